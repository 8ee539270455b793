"""What a bank lends by is set; every change is on record."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from banking.models import LoanTerms
from core import audit

_COMPARED = (
    "yearly_rate_percent",
    "method",
    "max_tenor_months",
    "max_installment_percent",
    "least_points",
    "decision_days",
)


@transaction.atomic
def set_terms(*, terms: LoanTerms, by: User | None, now: datetime) -> LoanTerms:
    """
    Store what a bank lends by from now on; applications that were made keep their own figures.

    Nothing goes on record where nothing changes.
    """
    known = LoanTerms.objects.select_for_update().filter(pk=terms.bank_id).first()
    before = _plain(known) if known else {}
    terms.save()
    after = _plain(terms)
    if before != after:
        audit.record(
            "loan_terms.set", by=by, subject=terms.bank, now=now, before=before, after=after
        )
    return terms


def _plain(terms: LoanTerms) -> dict[str, object]:
    values = {name: getattr(terms, name) for name in _COMPARED}
    return {
        name: f"{value:.2f}" if isinstance(value, Decimal) else value
        for name, value in values.items()
    }
