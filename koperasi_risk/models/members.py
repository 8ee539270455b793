"""Members of a koperasi: who they are, what they earn and owe elsewhere, and how they take part."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.encryption import BlindIndexField, EncryptedTextField
from core.fields import RupiahField
from core.models import AppendOnly
from koperasi_risk.models.tenants import DocumentKind, TenantRow, Within


class Member(TenantRow):
    """One member (anggota) of one koperasi."""

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Awaiting admission")
        ACTIVE = "ACTIVE", _("Active")
        INACTIVE = "INACTIVE", _("Not active")
        LEFT = "LEFT", _("Has left")

    class IncomeSource(models.TextChoices):
        SALARY = "SALARY", _("Salary")
        BUSINESS = "BUSINESS", _("Own business")
        FARMING = "FARMING", _("Farming or fishing")
        OTHER = "OTHER", _("Other")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("member number"), max_length=30)
    full_name = models.CharField(_("full name"), max_length=120)
    nik = EncryptedTextField(
        _("identity number (NIK)"),
        row="code",
        blank=True,
        default="",
        validators=[RegexValidator(r"^[0-9]{16}$", _("An identity number has 16 digits."))],
    )
    nik_index = BlindIndexField(of="nik")
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    occupation = models.CharField(_("occupation"), max_length=80, blank=True)
    employer = models.CharField(_("employer"), max_length=80, blank=True)
    # Net, each month; unknown is nothing, never 0.
    monthly_income = RupiahField(
        _("net income a month"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    income_source = models.CharField(
        _("source of income"), max_length=8, choices=IncomeSource, blank=True
    )
    income_verified_on = models.DateField(_("income verified on"), null=True, blank=True)
    dependants = models.PositiveSmallIntegerField(_("dependants"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    joined_on = models.DateField(_("joined on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    is_board_member = models.BooleanField(_("is on the board"), default=False)
    # Whatever the member's factors are computed from changed then; an older result is stale.
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="member_number_once"),
            models.UniqueConstraint(
                fields=["tenant", "nik_index"], condition=~Q(nik_index=""), name="member_nik_once"
            ),
            models.CheckConstraint(
                condition=Q(monthly_income__isnull=True) | Q(monthly_income__gte=0),
                name="member_income_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "full_name", "id"], name="member_by_name"),
            models.Index(fields=["tenant", "status", "id"], name="member_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.number})"


class MemberStatusEvent(AppendOnly, TenantRow):
    """A member's status changed."""

    member = Within(Member, related_name="status_events", verbose_name=_("member"))
    came_from = models.CharField(_("from"), max_length=8, choices=Member.Status, blank=True)
    went_to = models.CharField(_("to"), max_length=8, choices=Member.Status)
    on = models.DateField(_("on"))
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")

    def __str__(self) -> str:
        return f"{self.came_from} → {self.went_to}"


class MemberDocument(TenantRow):
    """A document that a member handed in; it counts once somebody has verified it."""

    member = Within(Member, related_name="documents", db_index=False, verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=10, choices=DocumentKind)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(fields=["member", "kind"], name="document_once_per_kind"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ExternalDebt(TenantRow):
    """What a member owes elsewhere, as SLIK reports it or the member declares it."""

    class Source(models.TextChoices):
        SLIK = "SLIK", _("SLIK")
        DECLARED = "DECLARED", _("Declared by the member")

    member = Within(Member, related_name="external_debts", verbose_name=_("member"))
    lender = models.CharField(_("lender"), max_length=120)
    outstanding = RupiahField(_("outstanding"), validators=[MinValueValidator(0)])
    monthly_installment = RupiahField(
        _("instalment a month"), default=0, validators=[MinValueValidator(0)]
    )
    collectability = models.PositiveSmallIntegerField(
        _("collectability"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    source = models.CharField(_("source"), max_length=8, choices=Source)
    as_of = models.DateField(_("as of"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("debt elsewhere")
        verbose_name_plural = _("debts elsewhere")

    def __str__(self) -> str:
        return self.lender


class AnnualMeeting(TenantRow):
    """An annual meeting of members (RAT) that was held."""

    held_on = models.DateField(_("held on"))
    title = models.CharField(_("title"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("annual meeting (RAT)")
        verbose_name_plural = _("annual meetings (RAT)")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "held_on"], name="meeting_once_a_day"),
        ]

    def __str__(self) -> str:
        return self.title or f"RAT {self.held_on:%Y}"


class MeetingAttendance(TenantRow):
    """A member was at an annual meeting."""

    meeting = Within(
        AnnualMeeting, related_name="attendances", db_index=False, verbose_name=_("annual meeting")
    )
    member = Within(Member, related_name="attendances", verbose_name=_("member"))

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], name="attendance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.meeting}"
