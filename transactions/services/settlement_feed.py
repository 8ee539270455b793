"""The gateway's own feed of what it paid out, a statement for each business day."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain

from core.dates import business_day
from transactions.models import SettlementProblem, SettlementStatement
from transactions.paylabs import client
from transactions.services.settlements import Line, settle

# A day of the feed grows and is corrected for a while.
DAYS_BACK = 7


def days_to_fetch(*, now: datetime) -> list[date]:
    """Return the business days whose statements may have changed, today included, oldest first."""
    today = business_day(now)
    return [today - timedelta(days=back) for back in reversed(range(DAYS_BACK))]


def fetch_settlements(
    *,
    day: date,
    now: datetime,
    on_refused: Callable[[list[SettlementProblem]], None] = lambda problems: None,
) -> SettlementStatement | None:
    """
    Settle what the gateway says it paid out on `day`; None when it paid out nothing.

    Repeating changes nothing. Call it outside a transaction. Raises GatewayNotConfigured,
    GatewayUnavailable (pages that were read are settled; repeat it), GatewayRefused.
    """
    lines = _begun(client.settlement(day=day))
    if lines is None:
        return None
    return settle(
        lines,
        source=SettlementStatement.Source.GATEWAY,
        name=f"Paylabs {day}",
        settlement_date=day,
        now=now,
        on_refused=on_refused,
    )


def _begun(lines: Iterator[Line]) -> Iterator[Line] | None:
    """Ask for the first line, so that a gateway that is away or has nothing leaves no statement."""
    first = next(lines, None)
    return None if first is None else chain([first], lines)
