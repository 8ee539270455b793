"""The score in the words and signs of the merchant's own pages."""

from scoring.models import CreditScore
from scoring.wording import reason_text

REASONS = 3
# Icons of the page.
SIGNS = {"strength": "up", "risk": "down"}
# Revenue that holds or grows a little costs points, but nothing has gone down.
LEVEL = {"growth_flat", "growth_modest"}


def reasons_of(score: CreditScore | None) -> list[dict]:
    """Return what matters most about a score, as (sign, text); nothing without a score."""
    if score is None:
        return []
    return [
        {"sign": _sign(reason), "text": reason_text(reason)} for reason in score.reasons[:REASONS]
    ]


def _sign(reason: dict) -> str:
    return "level" if reason["code"] in LEVEL else SIGNS.get(reason["kind"], "info")
