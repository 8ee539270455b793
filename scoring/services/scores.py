"""Score merchants now: one that asks, one that sold, those of an import."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.dates import business_day, start_of_day
from core.errors import NotFound
from merchants.models import Merchant
from scoring.models import CreditScore, LatestScore
from scoring.selectors import historical_series_of, series_of
from scoring.services.rows import judge, lock_merchants, refuse_future


class NoSalesToScore(NotFound):
    code = "no_sales_to_score"


@transaction.atomic
def recalculate(*, merchant: Merchant, now: datetime) -> CreditScore:
    """
    Score one merchant at once from its daily totals and announce `score.changed`.

    Every call adds a row; calls for one merchant wait for each other, and a merchant's sales wait
    for none of them.

    Raises NoSalesToScore when the window holds no sale.
    """
    lock_merchants([merchant.pk])
    return _only_one(judge(series_of([merchant.pk], as_of=now), as_of=now, now=now))


@transaction.atomic
def score_as_of(*, merchant: Merchant, as_of: datetime, now: datetime) -> CreditScore:
    """
    Score one merchant with what was known at a past instant; a newer score stays the newest.

    Raises AsOfInFuture, and NoSalesToScore when the window then held no sale.
    """
    refuse_future(as_of, now=now)
    lock_merchants([merchant.pk])
    return _only_one(judge(historical_series_of([merchant.pk], as_of=as_of), as_of=as_of, now=now))


def refresh_when_due(*, merchant_id: int, now: datetime) -> CreditScore | None:
    """
    Score a merchant that sold, unless it has a score of today's business day already.

    Asking again is safe: the second caller finds the first one's score. None when nothing was due,
    or when nothing in the window could be scored.
    """
    # Nearly always there is nothing to do, which one row tells without a lock.
    if _is_scored_today(merchant_id, now=now):
        return None
    with transaction.atomic():
        if not lock_merchants([merchant_id]) or _is_scored_today(merchant_id, now=now):
            return None
        added = judge(series_of([merchant_id], as_of=now), as_of=now, now=now)
        return added[0] if added else None


@transaction.atomic
def score_merchants(
    *, merchant_ids: Iterable[int], event_id: int, now: datetime
) -> list[CreditScore]:
    """
    Score the merchants that news names: one row each, however often it is delivered.
    """
    # The event's id and the merchant's make the code of the row, so that a repeat knows its own rows.
    codes = {pk: _code_for(event_id, pk) for pk in lock_merchants(merchant_ids)}
    known = set(CreditScore.objects.filter(code__in=codes.values()).values_list("code", flat=True))
    waiting = [pk for pk, code in codes.items() if code not in known]
    return judge(series_of(waiting, as_of=now), as_of=now, now=now, codes=codes)


def _only_one(added: Sequence[CreditScore]) -> CreditScore:
    if not added:
        raise NoSalesToScore(_("There are no transactions to calculate a credit score from."))
    return added[0]


def _is_scored_today(merchant_id: int, *, now: datetime) -> bool:
    today = start_of_day(business_day(now))
    return LatestScore.objects.filter(merchant=merchant_id, as_of__gte=today).exists()


def _code_for(event_id: int, merchant_id: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"sales.imported/{event_id}/{merchant_id}")
