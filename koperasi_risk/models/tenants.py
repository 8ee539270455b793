"""Koperasi as tenants: what each lends by, and who works there in which roles."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from core.fields import RupiahField


class TenantRole(models.TextChoices):
    """What somebody does in one koperasi; several at once are usual."""

    FINANCING_OFFICER = "PETUGAS_PEMBIAYAAN", _("Financing officer")
    RISK_MANAGER = "MANAJER_RISIKO", _("Risk manager")
    BOARD = "PENGURUS", _("Board member")
    MEMBER = "ANGGOTA", _("Member of the koperasi")


class DocumentKind(models.TextChoices):
    KTP = "KTP", _("Identity card (KTP)")
    FAMILY_CARD = "KK", _("Family card (KK)")
    PAYSLIP = "SLIP_GAJI", _("Payslip")
    TAX_NUMBER = "NPWP", _("Tax number (NPWP)")
    BUSINESS_LETTER = "SKU", _("Business letter (SKU)")
    OTHER = "LAINNYA", _("Other document")


def usual_documents() -> list[str]:
    return [DocumentKind.KTP, DocumentKind.FAMILY_CARD]


class Tenant(models.Model):
    """One koperasi, with what its scores are computed by. Its number is that of its organisation."""

    class Kind(models.TextChoices):
        KSP = "KSP", _("Savings and loan koperasi (KSP)")
        USP = "USP", _("Savings and loan unit (USP)")
        KSPPS = "KSPPS", _("Sharia savings and financing koperasi (KSPPS)")
        KSU = "KSU", _("Multi-purpose koperasi (KSU)")
        BMT = "BMT", _("Baitul maal wat tamwil (BMT)")

    class Preset(models.TextChoices):
        SLIK = "SLIK", _("SLIK: 0, 90, 120, 180 days")
        BPR = "BPR", _("BPR: 30, 90, 180, 360 days")
        KEMENKOP = "KEMENKOP", _("Ministry of cooperatives: months and collateral")

    organisation = models.OneToOneField(
        Organisation,
        on_delete=models.PROTECT,
        related_name="tenant",
        primary_key=True,
        verbose_name=_("koperasi"),
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.KSP)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Jakarta")
    principal_savings_amount = RupiahField(
        _("principal savings (simpanan pokok)"), null=True, blank=True
    )
    mandatory_savings_amount = RupiahField(
        _("mandatory savings a month (simpanan wajib)"), null=True, blank=True
    )
    mandatory_savings_due_day = models.PositiveSmallIntegerField(
        _("day on which mandatory savings are due"),
        default=28,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    mandatory_savings_since = models.DateField(_("mandatory savings since"), null=True, blank=True)
    own_capital = RupiahField(_("own capital (modal sendiri)"), null=True, blank=True)
    collectability_preset = models.CharField(
        _("collectability by"), max_length=8, choices=Preset, default=Preset.SLIK
    )
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=3)
    unsecured_limit = RupiahField(_("lent without collateral up to"), default=Decimal(0))
    required_documents = ArrayField(
        models.CharField(max_length=10, choices=DocumentKind),
        verbose_name=_("required documents"),
        default=usual_documents,
        blank=True,
    )
    use_score_bands = models.BooleanField(
        _("let the score decide, too"),
        default=False,
        help_text=_("85 and more may be approved, 65 to 84.99 is reviewed, less is rejected."),
    )
    # {"tinggi": "1.5"}: what a category's weights are multiplied by; 1 where it is not named.
    category_multipliers = models.JSONField(
        _("multipliers of risk categories"), default=dict, blank=True
    )
    rules_need_approval = models.BooleanField(
        _("a second person approves rule changes"), default=False
    )
    # Of the rules and settings that decide now; a result under another hash is stale.
    ruleset_hash = models.CharField(max_length=64, default="", editable=False)

    class Meta:
        verbose_name = _("koperasi")
        verbose_name_plural = _("koperasi")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mandatory_savings_due_day__range=(1, 28)),
                name="tenant_due_day_in_every_month",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def is_sharia(self) -> bool:
        return self.kind in (self.Kind.KSPPS, self.Kind.BMT)

    def today(self, now: datetime) -> date:
        """Return the day that an instant falls on where the koperasi is."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    @staticmethod
    def tenant_ids() -> list[int]:
        return tenant_ids()


def tenant_ids() -> list[int]:
    """Return the numbers of all koperasi, seen without being one of them."""
    koperasi = Organisation.objects.filter(kind=Organisation.Kind.KOPERASI)
    return list(koperasi.order_by("pk").values_list("pk", flat=True))


class TenantRowQuerySet(models.QuerySet):
    def of(self, tenant: Tenant | int) -> "TenantRowQuerySet":
        """Keep one koperasi's own rows: the first lock, with which every query starts."""
        return self.filter(tenant=tenant)


class TenantRow(models.Model):
    """A row of one koperasi; foreign keys between such rows hold the tenant, too (see the migrations)."""

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("koperasi"),
    )

    objects = TenantRowQuerySet.as_manager()

    class Meta:
        abstract = True

    @staticmethod
    def tenant_ids() -> list[int]:
        return tenant_ids()


class Within(models.ForeignKey):
    """A foreign key to another row of the same tenant; the database checks both columns."""

    def __init__(self, to, on_delete=models.PROTECT, **kwargs):
        super().__init__(to, on_delete, **(kwargs | {"db_constraint": False}))


class TenantMembership(TenantRow):
    """Somebody who works for one koperasi, or is served by it, and in which roles."""

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=TenantRole), verbose_name=_("roles"), default=list
    )
    since = models.DateTimeField(_("since"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return str(self.user)
