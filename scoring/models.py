"""Credit scores: rows that are only added, the run that made them, and each merchant's newest one."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import AppendOnly
from merchants.models import Merchant


class RiskBand(models.TextChoices):
    LOW = "LOW", _("Low")
    MEDIUM = "MEDIUM", _("Medium")
    HIGH = "HIGH", _("High")


class ScoringRun(models.Model):
    """One recalculation of every merchant as of one instant; resumed where a crash left it."""

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    as_of = models.DateTimeField(_("as of"))
    # The business day whose nightly run this is: one a day. Empty for runs that people start.
    nightly_day = models.DateField(_("nightly run of"), null=True, blank=True, unique=True)
    # From the sales themselves, with what was known then, instead of the daily totals of now.
    is_historical = models.BooleanField(_("historical"), default=False)
    total = models.PositiveIntegerField(_("merchants"), default=0)
    # Every merchant up to this id has been looked at.
    done_through = models.BigIntegerField(default=0)
    scored = models.PositiveIntegerField(_("scored"), default=0)
    started_at = models.DateTimeField(_("started at"))
    # When the last batch was committed; a run that stands still is resumed.
    progressed_at = models.DateTimeField(_("progressed at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # Somebody ended it before every merchant was looked at.
    is_stopped = models.BooleanField(_("stopped"), default=False)

    class Meta:
        verbose_name = _("scoring run")
        verbose_name_plural = _("scoring runs")

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M}"


class CreditScore(AppendOnly):
    """
    One judgement of one merchant: the points, what they were measured from, and by which policy.

    `series` holds the daily figures the score saw, so that the row can be recomputed at any time.
    """

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    # `score_recent` leads with the merchant.
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="credit_scores",
        db_index=False,
        verbose_name=_("merchant"),
    )
    run = models.ForeignKey(
        ScoringRun,
        on_delete=models.PROTECT,
        null=True,
        related_name="scores",
        verbose_name=_("scoring run"),
    )
    as_of = models.DateTimeField(_("as of"))
    as_of_day = models.DateField(_("business day"))
    calculated_at = models.DateTimeField(_("calculated at"))
    policy_version = models.CharField(_("policy version"), max_length=20)

    points = models.PositiveSmallIntegerField(_("score"))
    risk_band = models.CharField(_("risk band"), max_length=6, choices=RiskBand)
    volume_points = models.PositiveSmallIntegerField(_("transaction volume"))
    consistency_points = models.PositiveSmallIntegerField(_("revenue consistency"))
    growth_points = models.PositiveSmallIntegerField(_("growth trend"))
    refund_points = models.PositiveSmallIntegerField(_("refund rate"))
    settlement_points = models.PositiveSmallIntegerField(_("settlement time"))

    average_monthly_revenue = models.DecimalField(
        _("average monthly revenue"), max_digits=24, decimal_places=2
    )
    min_limit = models.DecimalField(_("lowest limit"), max_digits=24, decimal_places=2)
    max_limit = models.DecimalField(_("highest limit"), max_digits=24, decimal_places=2)
    sales_count = models.BigIntegerField(_("sales in the window"))
    data_quality = models.CharField(_("data quality"), max_length=12)
    # Five measurements and more, by name; an absent measurement is null.
    measurements = models.JSONField(_("measurements"))
    reasons = models.JSONField(_("reasons"))
    improvements = models.JSONField(_("improvements"))
    series = models.JSONField(_("daily series"))

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("credit score")
        verbose_name_plural = _("credit scores")
        constraints = [
            models.UniqueConstraint(fields=["run", "merchant"], name="score_once_per_run"),
            models.CheckConstraint(condition=models.Q(points__lte=100), name="score_at_most_100"),
        ]
        indexes = [models.Index(fields=["merchant", "-as_of", "-id"], name="score_recent")]

    def __str__(self) -> str:
        return f"{self.points} ({self.as_of_day})"


class LatestScore(models.Model):
    """Each merchant's newest score, in the few columns that lists filter and sort by."""

    merchant = models.OneToOneField(
        Merchant,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="latest_score",
        verbose_name=_("merchant"),
    )
    score = models.ForeignKey(
        CreditScore, on_delete=models.PROTECT, related_name="+", verbose_name=_("credit score")
    )
    as_of = models.DateTimeField(_("as of"))
    points = models.PositiveSmallIntegerField(_("score"))
    risk_band = models.CharField(_("risk band"), max_length=6, choices=RiskBand)
    max_limit = models.DecimalField(_("highest limit"), max_digits=24, decimal_places=2)

    class Meta:
        verbose_name = _("latest score")
        verbose_name_plural = _("latest scores")
        indexes = [models.Index(fields=["-points", "merchant"], name="latest_score_ranking")]

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.points}"
