"""What was found, each step of it, and what a bank says of it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organisation, User
from core.models import AppendOnly
from merchants.models import Merchant


class FigureField(models.DecimalField):
    """A measured figure, wide enough for any that a shop can reach."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 28)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


class Severity(models.TextChoices):
    CRITICAL = "CRITICAL", _("Critical")
    MEDIUM = "MEDIUM", pgettext_lazy("severity", "Medium")
    LOW = "LOW", pgettext_lazy("severity", "Low")


class EarlyWarning(models.Model):
    """
    Trouble of one kind at one merchant: raised by a scan, open until a scan finds it gone.

    Banks review it each for themselves (BankReview); the merchant sees it without their reviews.
    """

    class Kind(models.TextChoices):
        REVENUE_DROP = "REVENUE_DROP", _("Revenue drop")
        TRANSACTION_DROP = "TRANSACTION_DROP", _("Fewer sales")
        REFUND_SPIKE = "REFUND_SPIKE", _("Refund spike")
        SETTLEMENT_DELAY = "SETTLEMENT_DELAY", _("Settlement delay")
        SCORE_DROP = "SCORE_DROP", _("Score drop")

    class Status(models.TextChoices):
        OPEN = "OPEN", _("Open")
        RESOLVED = "RESOLVED", _("Resolved")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    # `warning_of_merchant` leads with the merchant.
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="warnings",
        db_index=False,
        verbose_name=_("merchant"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    # In the unit of the kind: rupiah a day, sales a day, per cent, days, points.
    current_value = FigureField(_("value"))
    threshold = FigureField(_("threshold"))
    # How far off: per cent, percentage points or points, as the kind has it.
    deviation = FigureField(_("deviation"))
    # Everything the detector saw, by name.
    facts = models.JSONField(_("facts"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    detected_at = models.DateTimeField(_("detected at"))
    # When a scan last changed value or severity.
    updated_at = models.DateTimeField(_("updated at"))
    # When it was raised or last rose a tier: reviews made before then no longer silence it.
    worsened_at = models.DateTimeField(_("worsened at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=200, blank=True)
    # By the merchant's owner.
    acknowledged_at = models.DateTimeField(_("seen by the merchant"), null=True, blank=True)

    class Meta:
        verbose_name = _("early warning")
        verbose_name_plural = _("early warnings")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind"],
                condition=models.Q(status="OPEN"),
                name="warning_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status="OPEN", resolved_at=None)
                | models.Q(status="RESOLVED", resolved_at__isnull=False),
                name="warning_resolved_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-detected_at", "-id"], name="warning_of_merchant"),
            models.Index(
                fields=["severity", "-detected_at", "-id"],
                condition=models.Q(status="OPEN"),
                name="warning_open",
            ),
            models.Index(fields=["-detected_at", "-id"], name="warning_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_severity_display()})"


class WarningStep(AppendOnly):
    """One thing that happened to a warning, with its figures of that moment."""

    class Event(models.TextChoices):
        RAISED = "RAISED", _("Raised")
        UPDATED = "UPDATED", _("Updated")
        WORSENED = "WORSENED", _("Worsened")
        EASED = "EASED", _("Eased")
        RESOLVED = "RESOLVED", _("Resolved")

    warning = models.ForeignKey(
        EarlyWarning,
        on_delete=models.PROTECT,
        related_name="steps",
        verbose_name=_("early warning"),
    )
    event = models.CharField(_("event"), max_length=8, choices=Event)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    current_value = FigureField(_("value"))
    deviation = FigureField(_("deviation"))
    at = models.DateTimeField(_("at"))

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("step of a warning")
        verbose_name_plural = _("steps of warnings")

    def __str__(self) -> str:
        return f"{self.get_event_display()} {self.at:%Y-%m-%d}"


class BankReview(AppendOnly):
    """What one bank's person made of a warning; the newest one of a bank stands."""

    class State(models.TextChoices):
        ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
        MONITORING = "MONITORING", _("Monitored")
        RESOLVED = "RESOLVED", _("Resolved")

    warning = models.ForeignKey(
        EarlyWarning,
        on_delete=models.PROTECT,
        related_name="reviews",
        # `review_newest` leads with the warning.
        db_index=False,
        verbose_name=_("early warning"),
    )
    bank = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank")
    )
    state = models.CharField(_("state"), max_length=12, choices=State)
    note = models.TextField(_("note"), blank=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("at"))

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("bank's review")
        verbose_name_plural = _("banks' reviews")
        indexes = [models.Index(fields=["warning", "bank", "-id"], name="review_newest")]

    def __str__(self) -> str:
        return f"{self.bank} {self.get_state_display()}"
