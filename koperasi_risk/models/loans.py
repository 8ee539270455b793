"""What members borrow: loans, their instalments, repayments, and what secures them."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import POSITIVE, RupiahField
from core.models import AppendOnly
from koperasi_risk.models.members import Member
from koperasi_risk.models.tenants import TenantRow, Within


class Loan(TenantRow):
    """One loan, or sharia financing, of a member."""

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Applied for")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        DISBURSED = "DISBURSED", _("Disbursed")
        RESTRUCTURED = "RESTRUCTURED", _("Restructured")
        SETTLED = "SETTLED", _("Settled (lunas)")
        WRITTEN_OFF = "WRITTEN_OFF", _("Written off (hapus buku)")

    class Method(models.TextChoices):
        FLAT = "FLAT", _("Flat")
        DECLINING = "DECLINING", _("Declining balance (menurun)")
        ANNUITY = "ANNUITY", _("Annuity")
        MARGIN = "MARGIN", _("Sharia margin (akad)")

    class Contract(models.TextChoices):
        LOAN = "LOAN", _("Loan")
        MURABAHAH = "MURABAHAH", "Murabahah"
        IJARAH = "IJARAH", "Ijarah"
        MUDHARABAH = "MUDHARABAH", "Mudharabah"
        MUSYARAKAH = "MUSYARAKAH", "Musyarakah"
        QARDH = "QARDH", "Qardhul hasan"

    class RatePeriod(models.TextChoices):
        MONTH = "MONTH", _("a month")
        YEAR = "YEAR", _("a year")
        TENOR = "TENOR", _("over the whole tenor")

    class Purpose(models.TextChoices):
        PRODUCTIVE = "PRODUCTIVE", _("Productive")
        CONSUMPTIVE = "CONSUMPTIVE", _("Consumptive")
        OTHER = "OTHER", _("Other")

    OPEN = (Status.DISBURSED, Status.RESTRUCTURED)

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("loan number"), max_length=40)
    member = Within(Member, related_name="loans", db_index=False, verbose_name=_("member"))
    contract = models.CharField(
        _("contract (akad)"), max_length=10, choices=Contract, default=Contract.LOAN
    )
    principal = RupiahField(_("principal"), validators=[POSITIVE])
    tenor_months = models.PositiveSmallIntegerField(
        _("tenor (months)"), validators=[MinValueValidator(1), MaxValueValidator(360)]
    )
    method = models.CharField(_("method"), max_length=9, choices=Method, default=Method.FLAT)
    rate_percent = models.DecimalField(
        _("rate or margin (%)"),
        max_digits=9,
        decimal_places=4,
        default=0,
        validators=[MinValueValidator(0)],
    )
    rate_period = models.CharField(
        _("rate is"), max_length=5, choices=RatePeriod, default=RatePeriod.TENOR
    )
    purpose = models.CharField(_("purpose"), max_length=11, choices=Purpose, default=Purpose.OTHER)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    applied_on = models.DateField(_("applied on"))
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    disbursed_on = models.DateField(_("disbursed on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # A loan that was settled while it was 5 stays in the member's history.
    closed_collectability = models.PositiveSmallIntegerField(
        _("collectability when closed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    is_in_litigation = models.BooleanField(_("with a court or an insurer"), default=False)

    class Meta:
        verbose_name = _("member's loan")
        verbose_name_plural = _("members' loans")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="koperasi_loan_number_once"),
            models.CheckConstraint(condition=Q(principal__gt=0), name="koperasi_loan_principal"),
        ]
        indexes = [
            models.Index(fields=["member", "-applied_on"], name="koperasi_loan_of_member"),
            models.Index(fields=["tenant", "status", "id"], name="koperasi_loan_by_status"),
        ]

    def __str__(self) -> str:
        return self.number


class LoanInstallment(TenantRow):
    """One instalment of a loan: what is due, and how much of it was paid."""

    loan = Within(Loan, related_name="installments", db_index=False, verbose_name=_("loan"))
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    due_date = models.DateField(_("due"))
    principal_due = RupiahField(_("principal"), validators=[MinValueValidator(0)])
    interest_due = RupiahField(_("interest (jasa)"), validators=[MinValueValidator(0)])
    principal_paid = RupiahField(_("principal paid"), default=0)
    interest_paid = RupiahField(_("interest paid"), default=0)
    penalty_due = RupiahField(_("penalty (denda)"), default=0)
    penalty_paid = RupiahField(_("penalty paid"), default=0)
    # The day on which principal and interest were all paid.
    paid_in_full_on = models.DateField(_("paid in full on"), null=True, blank=True)

    class Meta:
        verbose_name = _("member's instalment")
        verbose_name_plural = _("members' instalments")
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="koperasi_installment_once"),
            models.CheckConstraint(
                condition=Q(principal_paid__range=(0, F("principal_due")))
                & Q(interest_paid__range=(0, F("interest_due")))
                & Q(penalty_paid__range=(0, F("penalty_due"))),
                name="koperasi_installment_never_overpaid",
            ),
            models.CheckConstraint(
                condition=Q(paid_in_full_on__isnull=True)
                | Q(principal_paid=F("principal_due"), interest_paid=F("interest_due")),
                name="koperasi_installment_full_is_full",
            ),
        ]
        indexes = [
            models.Index(fields=["loan", "due_date"], name="koperasi_installment_due"),
        ]

    def __str__(self) -> str:
        return f"{self.loan} #{self.number}"


class LoanRepayment(AppendOnly, TenantRow):
    """Money that a member paid on a loan; a mistake is undone by a row that reverses it."""

    loan = Within(Loan, related_name="repayments", verbose_name=_("loan"))
    reference = models.CharField(_("reference"), max_length=60)
    amount = RupiahField(_("amount"), validators=[POSITIVE])
    paid_on = models.DateField(_("paid on"))
    method = models.CharField(_("method"), max_length=20, blank=True)
    reverses = Within(
        "self",
        null=True,
        blank=True,
        related_name="reversals",
        verbose_name=_("reverses"),
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("member's repayment")
        verbose_name_plural = _("members' repayments")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reference"], name="koperasi_repayment_once"),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="koperasi_repayment_reversed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class RepaymentAllocation(AppendOnly, TenantRow):
    """The part of a repayment that went to one instalment."""

    repayment = Within(
        LoanRepayment, related_name="allocations", db_index=False, verbose_name=_("repayment")
    )
    installment = Within(LoanInstallment, related_name="allocations", verbose_name=_("instalment"))
    principal = RupiahField(_("principal"), default=0)
    interest = RupiahField(_("interest (jasa)"), default=0)
    penalty = RupiahField(_("penalty (denda)"), default=0)

    class Meta(AppendOnly.Meta):
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["repayment", "installment"], name="allocation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.repayment} → {self.installment}"


class LoanRestructuring(TenantRow):
    """A loan's terms were changed because its member could not keep to them."""

    loan = Within(Loan, related_name="restructurings", db_index=False, verbose_name=_("loan"))
    on = models.DateField(_("on"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("restructuring")
        verbose_name_plural = _("restructurings")
        constraints = [
            models.UniqueConstraint(fields=["loan", "on"], name="restructuring_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.on}"


class Collateral(TenantRow):
    """A thing that secures a loan (agunan)."""

    class Kind(models.TextChoices):
        VEHICLE = "BPKB", _("Vehicle (BPKB)")
        LAND = "SERTIFIKAT", _("Land (sertifikat)")
        SAVINGS = "SIMPANAN", _("Savings")
        DEPOSIT = "DEPOSITO", _("Deposit")
        OTHER = "LAINNYA", _("Other collateral")

    loan = Within(Loan, related_name="collaterals", verbose_name=_("loan"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    description = models.CharField(_("description"), max_length=120, blank=True)
    appraised_value = RupiahField(_("appraised value"), validators=[MinValueValidator(0)])
    haircut_percent = models.DecimalField(
        _("haircut (%)"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    released_on = models.DateField(_("released on"), null=True, blank=True)

    class Meta:
        verbose_name = _("collateral")
        verbose_name_plural = _("collateral")

    def __str__(self) -> str:
        return self.get_kind_display()


class Guarantor(TenantRow):
    """A member who answers for another member's loan (tanggung renteng)."""

    loan = Within(Loan, related_name="guarantors", db_index=False, verbose_name=_("loan"))
    member = Within(Member, related_name="guarantees", verbose_name=_("guarantor"))
    amount = RupiahField(_("amount"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("guarantor")
        verbose_name_plural = _("guarantors")
        constraints = [
            models.UniqueConstraint(fields=["loan", "member"], name="guarantor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member} → {self.loan}"
