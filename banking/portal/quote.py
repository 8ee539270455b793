"""What an application would cost and how it would fare, while somebody writes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from banking.domain import checks, installments
from banking.models import LoanTerms
from banking.portal.loan_forms import LoanForm
from banking.selectors.loans import assessment_for
from banking.wording import check_limit, check_name, check_value, recommendation_label
from merchants.models import Merchant
from scoring.selectors import latest_score


@dataclass(frozen=True)
class CheckLine:
    """One check in words; `passed` is None where its figure is not known."""

    label: str
    passed: bool | None
    value: str
    limit: str


def check_lines(found: Iterable[checks.Check]) -> list[CheckLine]:
    return [
        CheckLine(check_name(check), check.passed, check_value(check), _limit(check))
        for check in found
    ]


def _limit(check: checks.Check) -> str:
    # That a consent must stand needs no figure.
    return "" if check.code == checks.CONSENT else check_limit(check)


def loan_quote(form: LoanForm, *, merchant: Merchant, terms: LoanTerms, now: datetime) -> dict:
    """
    Return the context of `banking/applications/_quote.html`.

    Without readable figures there is no quote; a merchant whose consent ended is not looked at anew.
    """
    is_seen = Merchant.objects.consenting().filter(pk=merchant.pk).exists()
    score = latest_score(merchant) if is_seen else None
    panel = {"score": score, "is_seen": is_seen, "quote": None}
    if not form.is_valid():
        return panel
    asked = {name: value for name, value in form.terms.items() if name != "purpose"}
    panel["quote"] = installments.quote(
        principal=asked["amount"],
        **{name: asked[name] for name in ("yearly_rate_percent", "tenor_months", "method")},
    )
    if not is_seen:
        return panel
    found = assessment_for(merchant, **asked, terms=terms, now=now, score=score)
    share = next(c for c in found.checks if c.code == checks.INSTALLMENT_SHARE)
    return panel | {
        "share": share.value,
        "checks": check_lines(found.checks),
        "recommendation": found.recommendation,
        "recommendation_label": recommendation_label(found.recommendation),
    }
