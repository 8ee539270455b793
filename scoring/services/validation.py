"""
The standing check: did low scores come before trouble?

Scores as of the end of a day, with what was known then, are compared with what happened to the same
merchants in the days after. Nothing is stored.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import connection

from core.dates import as_of_end_of
from core.errors import InvalidInput
from merchants.models import Merchant
from scoring.domain.scorecard import Scorecard, score
from scoring.domain.series import Series
from scoring.models import RiskBand
from scoring.selectors import historical_series_of
from scoring.statistics import Auc, auc, psi

BATCH = 500

REVENUE_DROP, NO_SALES, REFUNDS, ARREARS = "revenue_drop", "no_sales", "refunds", "arrears"
ANY = "any"
KINDS = (REVENUE_DROP, NO_SALES, REFUNDS, ARREARS)

# Revenue a day falls to less than half, thirty days pass without a sale, over 5 % is refunded.
DROP_TO = 0.5
SILENT_DAYS = 30
REFUND_SHARE = 0.05

_AFTERWARDS = """
SELECT merchant_id, sum(paid_amount - refunded_amount),
    sum(paid_count)::bigint, sum(refunded_count)::bigint,
    array_agg(day - %(before)s::date ORDER BY day) FILTER (WHERE paid_count > 0)
FROM transactions_dailytotal
WHERE merchant_id = ANY(%(merchants)s) AND day > %(before)s AND day <= %(last)s
GROUP BY merchant_id
"""


class NotOverYet(InvalidInput):
    code = "horizon_not_over"


@dataclass(frozen=True)
class Case:
    """One merchant: its score then, and which troubles came after."""

    points: int
    risk_band: str
    troubles: frozenset[str]


@dataclass(frozen=True)
class Finding:
    """How one kind of trouble fell on scores and bands. `auc` is None when not measurable."""

    kind: str
    merchants: int
    troubled: int
    auc: Auc | None
    # Troubled and all merchants, by risk band.
    bands: Mapping[str, tuple[int, int]]

    @property
    def is_measurable(self) -> bool:
        return self.auc is not None


@dataclass(frozen=True)
class Validation:
    at: date
    horizon_days: int
    merchants: int
    findings: tuple[Finding, ...]
    psi: float | None


def validate(
    *,
    at: date,
    horizon: int,
    now: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> Validation:
    """
    Compare scores as of the end of `at` with the `horizon` days after it.

    Arrears are not measurable until loans are repaid through the product. Raises NotOverYet when
    the days after are not complete.
    """
    last = at + timedelta(days=horizon)
    if as_of_end_of(last) > now:
        raise NotOverYet(f"The {horizon} days after {at} are not over yet.")
    cases: list[Case] = []
    later: list[int] = []
    for merchant_ids in _batches():
        cards = _cards(merchant_ids, at)
        cases += _cases(cards, at=at, last=last)
        later += [card.points for _, card in _cards(merchant_ids, last).values()]
        progress(len(merchant_ids))
    return Validation(
        at=at,
        horizon_days=horizon,
        merchants=len(cases),
        findings=tuple(_finding(kind, cases) for kind in (ANY, *KINDS)),
        psi=psi(expected=[case.points for case in cases], actual=later),
    )


def _batches() -> Iterator[list[int]]:
    ids = Merchant.objects.order_by("pk").values_list("pk", flat=True).iterator()
    while batch := list(islice(ids, BATCH)):
        yield batch


def _cards(merchant_ids: Sequence[int], day: date) -> dict[int, tuple[Series, Scorecard]]:
    series = historical_series_of(merchant_ids, as_of=as_of_end_of(day))
    judged = {pk: (known, score(known)) for pk, known in series.items()}
    return {pk: (known, card) for pk, (known, card) in judged.items() if card}


def _cases(
    cards: Mapping[int, tuple[Series, Scorecard]], *, at: date, last: date
) -> Iterator[Case]:
    horizon = (last - at).days
    afterwards = _afterwards(list(cards), at=at, last=last)
    for merchant_id, (series, card) in cards.items():
        revenue, sales, refunded, days = afterwards.get(merchant_id, (0, 0, 0, None))
        troubles = _troubles(
            before_a_day=series.totals.revenue_minor / 100 / max(1, series.observed_days),
            after_a_day=float(revenue) / horizon,
            sales=sales,
            refunded=refunded,
            silent=_longest_silence(days or [], horizon),
        )
        yield Case(card.points, card.risk_band, frozenset(troubles))


def _afterwards(merchant_ids: list[int], *, at: date, last: date) -> dict[int, tuple]:
    with connection.cursor() as cursor:
        cursor.execute(_AFTERWARDS, {"merchants": merchant_ids, "before": at, "last": last})
        return {row[0]: row[1:] for row in cursor}


def _troubles(
    *, before_a_day: float, after_a_day: float, sales: int, refunded: int, silent: int
) -> Iterator[str]:
    if before_a_day > 0 and after_a_day < DROP_TO * before_a_day:
        yield REVENUE_DROP
    if silent >= SILENT_DAYS:
        yield NO_SALES
    if sales and refunded > REFUND_SHARE * sales:
        yield REFUNDS


def _longest_silence(days: Sequence[int], horizon: int) -> int:
    """
    Return the most days in a row without a sale, `days` being those with one, counted from 1.

    >>> _longest_silence([1, 2, 40], 90), _longest_silence([], 90)
    (50, 90)
    """
    edges = [0, *days, horizon + 1]
    return max(b - a - 1 for a, b in zip(edges, edges[1:], strict=False))


def _finding(kind: str, cases: Sequence[Case]) -> Finding:
    def is_troubled(case: Case) -> bool:
        return bool(case.troubles) if kind == ANY else kind in case.troubles

    troubled = [case for case in cases if is_troubled(case)]
    fine = [case for case in cases if not is_troubled(case)]
    return Finding(
        kind=kind,
        merchants=len(cases),
        troubled=len(troubled),
        auc=auc(troubled=[case.points for case in troubled], fine=[case.points for case in fine]),
        bands={
            band: (
                sum(case.risk_band == band for case in troubled),
                sum(case.risk_band == band for case in cases),
            )
            for band in (RiskBand.HIGH, RiskBand.MEDIUM, RiskBand.LOW)
        },
    )
