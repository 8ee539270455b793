"""Start-up checks: whether the thresholds of warnings can be thresholds."""

from decimal import Decimal

from django.conf import settings
from django.core.checks import Error, register

# More than the first; less than the second, where there is an end.
BOUNDS = {
    "ALERT_REVENUE_DROP_THRESHOLD": (0, 100),
    "ALERT_TRANSACTION_DROP_THRESHOLD": (0, 100),
    "ALERT_REFUND_SPIKE_THRESHOLD": (0, 100),
    "ALERT_SETTLEMENT_DELAY_HOURS": (0, None),
    "ALERT_SCORE_DROP_THRESHOLD": (0, 100),
}


@register
def thresholds_can_be_exceeded(app_configs, **kwargs):
    """Refuse to start with a threshold that everybody, or nobody, would exceed."""
    errors = [
        Error(
            f"{name} must be more than {low}" + (f" and less than {high}." if high else "."),
            id="alerts.E001",
        )
        for name, (low, high) in BOUNDS.items()
        if not _lies_between(getattr(settings, name), low, high)
    ]
    if not (settings.ALERT_MIN_SIGMA.is_finite() and settings.ALERT_MIN_SIGMA >= 0):
        errors.append(Error("ALERT_MIN_SIGMA must be 0 or more.", id="alerts.E002"))
    return errors


def _lies_between(value: Decimal, low: int, high: int | None) -> bool:
    return value.is_finite() and low < value and (high is None or value < high)
