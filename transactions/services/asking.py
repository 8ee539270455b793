"""
When the gateway is asked again about what it has left open: the payment of an order, a refund.

Either row carries `ask_at` (empty: there is nothing left to ask) and `asked_count`. The longer there is no
answer, the less often it is asked for.
"""

from datetime import datetime, timedelta

from django.db.models import F

from transactions.models import GatewayOrder, Refund

# Whoever claims a row has so long to ask, then another may.
CLAIM = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)
ROWS_PER_SWEEP = 500

Open = GatewayOrder | Refund


def due(model: type[Open], *, now: datetime) -> list[int]:
    """Return the rows that the sweep should look into now, longest due first."""
    found = model.objects.filter(ask_at__lte=now).order_by("ask_at")
    return list(found.values_list("pk", flat=True)[:ROWS_PER_SWEEP])


def claim(row: Open, *, now: datetime) -> bool:
    """Say whether it is ours to ask about a row that is due; of several at once it is one's."""
    # Claim by condition: of two sweeps that saw it due, one updates the row.
    seen = _same(row).filter(ask_at=row.ask_at, ask_at__lte=now)
    return bool(seen.update(ask_at=now + CLAIM, asked_count=F("asked_count") + 1))


def ask_at(row: Open, when: datetime) -> None:
    """Ask at `when`, unless an answer closed the question meanwhile."""
    _same(row).filter(ask_at__isnull=False).update(ask_at=when)


def ask_later(row: Open, *, now: datetime) -> None:
    """Ask after a pause, which doubles each time."""
    ask_at(row, now + min(FIRST_PAUSE * 2 ** min(row.asked_count, 10), LONGEST_PAUSE))


def _same(row: Open):
    return type(row).objects.filter(pk=row.pk)
