"""What members save: accounts of four kinds, and the movements that make up their balances."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import RupiahField
from koperasi_risk.models.members import Member
from koperasi_risk.models.tenants import TenantRow, Within


class SavingsAccount(TenantRow):
    """One account of a member; principal, mandatory and voluntary savings are one each."""

    class Kind(models.TextChoices):
        PRINCIPAL = "PRINCIPAL", _("Principal savings (simpanan pokok)")
        MANDATORY = "MANDATORY", _("Mandatory savings (simpanan wajib)")
        VOLUNTARY = "VOLUNTARY", _("Voluntary savings (simpanan sukarela)")
        TERM = "TERM", _("Term savings (simpanan berjangka)")

    member = Within(
        Member, related_name="savings_accounts", db_index=False, verbose_name=_("member")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    number = models.CharField(_("account number"), max_length=40, blank=True)
    # The sum of counted movements; services keep it.
    balance = RupiahField(_("balance"), default=0, editable=False)
    blocked_amount = RupiahField(
        _("blocked as collateral"), default=0, validators=[MinValueValidator(0)]
    )
    matures_on = models.DateField(_("matures on"), null=True, blank=True)

    class Meta:
        verbose_name = _("savings account")
        verbose_name_plural = _("savings accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind"],
                condition=~Q(kind="TERM"),
                name="savings_account_once_per_kind",
            ),
        ]
        indexes = [models.Index(fields=["member", "kind"], name="savings_of_member")]

    def __str__(self) -> str:
        return self.get_kind_display()


class SavingsMovement(TenantRow):
    """Money into or out of an account; only verified and approved movements count."""

    class Kind(models.TextChoices):
        DEPOSIT = "DEPOSIT", _("Deposit")
        WITHDRAWAL = "WITHDRAWAL", _("Withdrawal")
        INTEREST = "INTEREST", _("Interest or profit share (jasa)")
        SURPLUS = "SURPLUS", _("Surplus share (SHU)")
        CORRECTION = "CORRECTION", _("Correction")

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        VERIFIED = "VERIFIED", _("Verified")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")

    COUNTED = (Status.VERIFIED, Status.APPROVED)

    account = Within(
        SavingsAccount, related_name="movements", db_index=False, verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Positive; a correction may take away.
    amount = RupiahField(_("amount"))
    fee = RupiahField(_("fee"), default=0, validators=[MinValueValidator(0)])
    method = models.CharField(_("method"), max_length=20, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    on = models.DateField(_("on"))
    # The koperasi's own reference: a file that is read again adds nothing.
    reference = models.CharField(_("reference"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("savings movement")
        verbose_name_plural = _("savings movements")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0) | (Q(kind="CORRECTION") & ~Q(amount=0)),
                name="movement_amount_positive",
            ),
            models.UniqueConstraint(
                fields=["tenant", "reference"],
                condition=~Q(reference=""),
                name="movement_reference_once",
            ),
        ]
        indexes = [models.Index(fields=["account", "on"], name="movement_of_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
