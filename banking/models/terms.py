"""What each bank lends by."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation


class RepaymentMethod(models.TextChoices):
    ANNUITY = "ANNUITY", _("Annuity (level payments, effective rate)")
    FLAT = "FLAT", _("Flat (interest on the first principal)")


class LoanTerms(models.Model):
    """What one bank lends by: its usual rate and the limits that its checks compare with."""

    bank = models.OneToOneField(
        Organisation,
        on_delete=models.CASCADE,
        related_name="loan_terms",
        primary_key=True,
        verbose_name=_("bank"),
    )
    yearly_rate_percent = models.DecimalField(
        _("yearly interest (%)"),
        max_digits=5,
        decimal_places=2,
        default=Decimal("12"),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    method = models.CharField(
        _("repayment"), max_length=7, choices=RepaymentMethod, default=RepaymentMethod.ANNUITY
    )
    max_tenor_months = models.PositiveSmallIntegerField(
        _("longest tenor (months)"),
        default=36,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    # Of the average monthly revenue.
    max_installment_percent = models.DecimalField(
        _("highest instalment (% of monthly revenue)"),
        max_digits=5,
        decimal_places=2,
        default=Decimal("30"),
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    least_points = models.PositiveSmallIntegerField(
        _("lowest score"), default=60, validators=[MaxValueValidator(100)]
    )
    decision_days = models.PositiveSmallIntegerField(
        _("days to a decision"), default=3, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("loan terms")
        verbose_name_plural = _("loan terms")

    def __str__(self) -> str:
        return str(self.bank)
