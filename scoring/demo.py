"""Scores of the demo shops, out of the real calculation: one a week in the past, and today's."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.dates import business_day, start_of_day
from merchants.models import Merchant
from scoring.services.scores import NoSalesToScore, refresh_when_due, score_as_of

# Younger shops have no score worth showing.
FIRST_SCORE_AFTER_DAYS = 30


def add_missing_scores(*, merchant: Merchant, now: datetime) -> int:
    """Add the weekly scores that are missing, and today's when there is none; return how many."""
    known = set(merchant.credit_scores.values_list("as_of", flat=True))
    added = 0
    for as_of in _mondays(merchant.joined_at, now):
        if as_of not in known:
            added += _score(merchant, as_of=as_of, now=now)
    return added + bool(refresh_when_due(merchant_id=merchant.pk, now=now))


def _mondays(joined_at: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the first instant of each Monday since the shop is old enough, today's excluded."""
    first = business_day(joined_at) + timedelta(days=FIRST_SCORE_AFTER_DAYS)
    monday = first + timedelta(days=-first.weekday() % 7)
    while monday < business_day(now):
        yield start_of_day(monday)
        monday += timedelta(days=7)


def _score(merchant: Merchant, *, as_of: datetime, now: datetime) -> bool:
    try:
        score_as_of(merchant=merchant, as_of=as_of, now=now)
    except NoSalesToScore:
        return False
    return True
