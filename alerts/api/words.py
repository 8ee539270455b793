"""The wire's words for what is stored."""

from alerts.models import BankReview, EarlyWarning
from alerts.models.warnings import Severity
from alerts.selectors import NEW

Kind = EarlyWarning.Kind

TYPES = {
    Kind.REVENUE_DROP: "Revenue Drop",
    Kind.REFUND_SPIKE: "Refund Spike",
    Kind.SETTLEMENT_DELAY: "Settlement Delay",
    Kind.TRANSACTION_DROP: "Transaction Drop",
    Kind.SCORE_DROP: "Score Drop",
}
METRICS = {
    Kind.REVENUE_DROP: "Daily Revenue",
    Kind.REFUND_SPIKE: "Refund Rate (%)",
    Kind.SETTLEMENT_DELAY: "Settlement Days",
    Kind.TRANSACTION_DROP: "Transaction Count",
    Kind.SCORE_DROP: "Credit Score",
}
SEVERITIES = {severity: severity.capitalize() for severity in Severity.values}
STANDINGS = {standing: standing.capitalize() for standing in (NEW, *BankReview.State.values)}


def stored(words: dict[str, str], word: str) -> str:
    """Return the stored choice behind a word of the wire; nothing for no word."""
    return next((choice for choice, known in words.items() if known == word), "")
