"""Applications and the loans they become: each step, instalment and repayment is a row."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import BACK_OFFICE_ROLES, BANK_ROLES, Organisation, Role, User
from banking.models.terms import RepaymentMethod
from core.fields import POSITIVE, RupiahField
from core.models import AppendOnly
from merchants.models import Merchant
from scoring.models import CreditScore, RiskBand


def new_application_code() -> str:
    return f"LA-{uuid.uuid4().hex[:16].upper()}"


class LoanApplicationQuerySet(models.QuerySet):
    def visible_to(self, user) -> "LoanApplicationQuerySet":
        """Keep a bank's own applications for its people, a merchant's own for its owner."""
        role = getattr(user, "role", None)
        if role in BANK_ROLES:
            return self.filter(bank=user.organisation_id)
        if role == Role.MERCHANT:
            return self.filter(merchant__owner=user).exclude(status="DRAFT")
        if role in BACK_OFFICE_ROLES:
            return self
        return self.none()


class LoanApplication(models.Model):
    """
    One loan that a bank considers, decides and, once disbursed, follows.

    Score and checks are those of the submission: whoever decides sees what was applied with.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("Submitted")
        UNDER_REVIEW = "UNDER_REVIEW", _("Under review")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        DISBURSED = "DISBURSED", _("Disbursed")

    code = models.CharField(
        _("number"), max_length=50, unique=True, default=new_application_code, editable=False
    )
    bank = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="loan_applications",
        db_index=False,
        verbose_name=_("bank"),
    )
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="loan_applications",
        db_index=False,
        verbose_name=_("merchant"),
    )
    amount = RupiahField(_("amount"), validators=[POSITIVE])
    recommended_amount = RupiahField(_("recommended amount"), null=True, blank=True)
    tenor_months = models.PositiveSmallIntegerField(
        _("tenor (months)"), validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    yearly_rate_percent = models.DecimalField(
        _("yearly interest (%)"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    method = models.CharField(_("repayment"), max_length=7, choices=RepaymentMethod)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    # Raised by every change: who saw an older one is told so instead of deciding over it.
    version = models.PositiveIntegerField(default=1)

    # Frozen when it was made, and again when it was submitted.
    score = models.ForeignKey(
        CreditScore,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("credit score"),
    )
    points_at_application = models.PositiveSmallIntegerField(_("score then"), null=True)
    band_at_application = models.CharField(
        _("risk band then"), max_length=6, choices=RiskBand, blank=True
    )
    # The checks as they came out, and what the product recommended from them.
    assessment = models.JSONField(_("checks"), default=dict)

    made_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("updated at"))
    submitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    due_at = models.DateTimeField(_("decision due"), null=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reasons = models.JSONField(_("reasons"), default=list)
    decision_notes = models.TextField(_("decision notes"), blank=True)
    approved_amount = RupiahField(_("approved amount"), null=True)
    disbursed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("disbursed by")
    )
    disbursed_at = models.DateTimeField(_("disbursed at"), null=True)
    disbursed_amount = RupiahField(_("disbursed amount"), null=True)
    # Set when the last instalment is paid.
    repaid_at = models.DateTimeField(_("repaid at"), null=True)

    objects = LoanApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan application")
        verbose_name_plural = _("loan applications")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loan_amount_positive"),
            models.CheckConstraint(
                condition=Q(tenor_months__range=(1, 120)), name="loan_tenor_in_range"
            ),
            # Maker and checker: whoever decided is not who submitted.
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")),
                name="loan_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(disbursed_amount=None)
                | Q(disbursed_amount__gt=0, disbursed_amount__lte=F("approved_amount")),
                name="loan_disbursed_within_approval",
            ),
        ]
        indexes = [
            models.Index(fields=["bank", "status", "-made_at", "-id"], name="loan_of_bank"),
            models.Index(fields=["bank", "-made_at", "-id"], name="loan_recent"),
            models.Index(fields=["merchant", "-made_at", "-id"], name="loan_of_merchant"),
        ]

    def __str__(self) -> str:
        return self.code


class LoanTransition(AppendOnly):
    """One step of an application: from where to where, by whom, why, and what changed with it."""

    application = models.ForeignKey(
        LoanApplication,
        on_delete=models.PROTECT,
        related_name="transitions",
        verbose_name=_("loan application"),
    )
    # Empty for the first.
    came_from = models.CharField(
        _("from"), max_length=12, choices=LoanApplication.Status, blank=True
    )
    went_to = models.CharField(_("to"), max_length=12, choices=LoanApplication.Status)
    notes = models.TextField(_("notes"), blank=True)
    detail = models.JSONField(_("changes"), default=dict)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("at"))

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("step of an application")
        verbose_name_plural = _("steps of applications")

    def __str__(self) -> str:
        return f"{self.came_from} → {self.went_to}"


class Installment(models.Model):
    """One payment that a disbursed loan expects, and how much of it was paid."""

    application = models.ForeignKey(
        LoanApplication,
        on_delete=models.PROTECT,
        related_name="installments",
        db_index=False,
        verbose_name=_("loan application"),
    )
    number = models.PositiveSmallIntegerField(_("number"))
    due_date = models.DateField(_("due date"))
    principal = RupiahField(_("principal"))
    interest = RupiahField(_("interest"))
    # Interest is paid before principal.
    paid_amount = RupiahField(_("paid"), default=0)
    paid_on = models.DateField(_("paid in full on"), null=True, blank=True)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="installment_once"),
            models.CheckConstraint(
                condition=Q(paid_amount__gte=0, paid_amount__lte=F("principal") + F("interest")),
                name="installment_paid_at_most_due",
            ),
        ]
        indexes = [
            # The morning's question: what is due and unpaid?
            models.Index(fields=["due_date"], condition=Q(paid_on=None), name="installment_unpaid"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} #{self.number}"


class Repayment(AppendOnly):
    """Money that came back on one loan. The bank's own reference makes it count once."""

    application = models.ForeignKey(
        LoanApplication,
        on_delete=models.PROTECT,
        related_name="repayments",
        db_index=False,
        verbose_name=_("loan application"),
    )
    reference = models.CharField(_("reference"), max_length=64)
    amount = RupiahField(_("amount"), validators=[POSITIVE])
    paid_on = models.DateField(_("paid on"))
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("repayment")
        verbose_name_plural = _("repayments")
        constraints = [
            models.UniqueConstraint(fields=["application", "reference"], name="repayment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_positive"),
        ]

    def __str__(self) -> str:
        return self.reference
