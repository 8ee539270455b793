"""
The scan: look at merchants' windows, raise what is found, follow it, close what is gone.

A batch is one transaction under locks on its merchants, so that scans side by side do one's work.
The same scan again writes nothing.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import connection, transaction

from alerts.domain import Finding, Thresholds, Verdict, judge
from alerts.models import EarlyWarning, WarningStep
from alerts.models.warnings import Severity
from alerts.selectors.windows import windows_of
from core.outbox import announce_many
from merchants.models import Merchant
from scoring.services.rows import lock_merchants

Event, Status = WarningStep.Event, EarlyWarning.Status

BATCH = 1000
# A warning that nothing can be said of any more stands this long on its last figures.
UNKNOWN_FOR = timedelta(days=30)
# Why the system closed a warning; `alerts.wording` has the words.
CLEARED, NOT_MEASURABLE = "CLEARED", "NOT_MEASURABLE"
# From best to worst.
_RANKS = {severity: rank for rank, severity in enumerate(reversed(Severity.values))}
_FIGURES = ("severity", "current_value", "threshold", "deviation", "facts")

# Not bulk_update: it writes a case of each row into the statement, which takes many times as long.
_UPDATE = """
UPDATE alerts_earlywarning AS warning
SET severity = moved.severity, current_value = moved.current_value, threshold = moved.threshold,
    deviation = moved.deviation, facts = moved.facts, updated_at = moved.updated_at,
    worsened_at = moved.worsened_at
FROM unnest(%(id)s::bigint[], %(severity)s::text[], %(current_value)s::numeric[],
    %(threshold)s::numeric[], %(deviation)s::numeric[], %(facts)s::jsonb[],
    %(updated_at)s::timestamptz[], %(worsened_at)s::timestamptz[])
    AS moved(id, severity, current_value, threshold, deviation, facts, updated_at, worsened_at)
WHERE warning.id = moved.id
"""


@dataclass(frozen=True)
class ScanReport:
    """How many merchants a scan looked at, and what became of their warnings."""

    merchants: int = 0
    raised: int = 0
    worsened: int = 0
    eased: int = 0
    updated: int = 0
    resolved: int = 0

    def __add__(self, other: Self) -> Self:
        return ScanReport(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def scan(
    *, now: datetime, merchant_ids: Iterable[int] | None = None, historical: bool = False
) -> ScanReport:
    """
    Look for trouble at these merchants, or at all: raise, follow and close their warnings.

    Repeating is safe, at once and side by side. A condition that cannot be judged any more is not
    gone: its warning stands on its last figures for UNKNOWN_FOR, then it is closed with a note. So
    a shop that stopped selling keeps its drop while the windows tell of it, and 30 days beyond.

    A historical scan sees what was known at `now`, a past instant, and announces nothing, for it is
    no news; make them in order of time.

    Announces `alert.raised` (also for one that rose a tier) and `alert.resolved`.
    """
    report = ScanReport()
    for batch in _batches(merchant_ids):
        report += _scan_batch(batch, now=now, historical=historical)
    return report


def thresholds_in_force() -> Thresholds:
    """Read the thresholds from the settings."""
    return Thresholds(
        revenue_drop_percent=settings.ALERT_REVENUE_DROP_THRESHOLD,
        transaction_drop_percent=settings.ALERT_TRANSACTION_DROP_THRESHOLD,
        refund_spike_points=settings.ALERT_REFUND_SPIKE_THRESHOLD,
        settlement_delay_hours=settings.ALERT_SETTLEMENT_DELAY_HOURS,
        score_drop_points=settings.ALERT_SCORE_DROP_THRESHOLD,
        min_sigma=settings.ALERT_MIN_SIGMA,
    )


def _batches(merchant_ids: Iterable[int] | None) -> Iterator[Sequence[int]]:
    merchants = Merchant.objects.order_by("pk")
    if merchant_ids is not None:
        merchants = merchants.filter(pk__in=list(merchant_ids))
    done_through = 0
    while batch := list(merchants.filter(pk__gt=done_through).values_list("pk", flat=True)[:BATCH]):
        yield batch
        done_through = batch[-1]


@transaction.atomic
def _scan_batch(merchant_ids: Sequence[int], *, now: datetime, historical: bool) -> ScanReport:
    # Scores of these merchants wait as well, so that none changes between two looks at it.
    merchant_ids = lock_merchants(merchant_ids)
    windows = windows_of(merchant_ids, as_of=now, historical=historical)
    open_warnings = _open_warnings(merchant_ids)
    changes, thresholds = _Changes(now=now, is_news=not historical), thresholds_in_force()
    for merchant_id in merchant_ids:
        for kind, verdict in judge(windows[merchant_id], thresholds).items():
            changes.note(merchant_id, kind, open_warnings.get((merchant_id, kind)), verdict)
    changes.store()
    return changes.report(merchants=len(merchant_ids))


def _open_warnings(merchant_ids: Sequence[int]) -> dict[tuple[int, str], EarlyWarning]:
    warnings = EarlyWarning.objects.filter(merchant__in=merchant_ids, status=Status.OPEN)
    return {(warning.merchant_id, warning.kind): warning for warning in warnings}


class _Changes:
    """What one batch will write: warnings with what happened to each, stored in a few statements."""

    def __init__(self, *, now: datetime, is_news: bool):
        self.now, self.is_news = now, is_news
        self.events: dict[str, list[EarlyWarning]] = {event: [] for event in Event.values}
        # Figures that moved without a change worth a step: the line itself, or a fact.
        self.moved: list[EarlyWarning] = []

    def note(
        self,
        merchant_id: int,
        kind: str,
        warning: EarlyWarning | None,
        verdict: Finding | Verdict,
    ) -> None:
        match verdict:
            case Finding() if warning:
                self._follow(warning, verdict)
            case Finding(may_be_chance=False):
                self._raise(merchant_id, verdict)
            case Verdict.CLEAR if warning:
                self._resolve(warning, CLEARED)
            case Verdict.UNKNOWN if warning and warning.updated_at <= self.now - UNKNOWN_FOR:
                self._resolve(warning, NOT_MEASURABLE)

    def _raise(self, merchant_id: int, finding: Finding) -> None:
        warning = EarlyWarning(
            merchant_id=merchant_id,
            kind=finding.kind,
            detected_at=self.now,
            updated_at=self.now,
            worsened_at=self.now,
        )
        _take_figures(warning, finding)
        self.events[Event.RAISED].append(warning)

    def _follow(self, warning: EarlyWarning, finding: Finding) -> None:
        before = _figures(warning)
        rise = _RANKS[finding.severity] - _RANKS[warning.severity]
        _take_figures(warning, finding)
        if _figures(warning) == before:
            return
        warning.updated_at = self.now
        if rise > 0:
            warning.worsened_at = self.now
            self.events[Event.WORSENED].append(warning)
        elif rise < 0:
            self.events[Event.EASED].append(warning)
        elif (warning.current_value, warning.deviation) != (before[1], before[3]):
            self.events[Event.UPDATED].append(warning)
        else:
            self.moved.append(warning)

    def _resolve(self, warning: EarlyWarning, resolution: str) -> None:
        warning.resolution = resolution
        self.events[Event.RESOLVED].append(warning)

    def store(self) -> None:
        EarlyWarning.objects.bulk_create(self.events[Event.RAISED])
        followed = [*self._of(Event.WORSENED, Event.EASED, Event.UPDATED), *self.moved]
        _store_figures(followed)
        self._store_resolutions()
        WarningStep.objects.bulk_create(self._steps())
        if self.is_news:
            self._announce()

    def _store_resolutions(self) -> None:
        for resolution in (CLEARED, NOT_MEASURABLE):
            over = [w.pk for w in self.events[Event.RESOLVED] if w.resolution == resolution]
            if over:
                EarlyWarning.objects.filter(pk__in=over).update(
                    status=Status.RESOLVED, resolved_at=self.now, resolution=resolution
                )

    def _steps(self) -> list[WarningStep]:
        return [
            WarningStep(
                warning=warning,
                event=event,
                severity=warning.severity,
                current_value=warning.current_value,
                deviation=warning.deviation,
                at=self.now,
            )
            for event, warnings in self.events.items()
            for warning in warnings
        ]

    def _announce(self) -> None:
        raised = [
            {
                "warning_id": warning.pk,
                "merchant_id": warning.merchant_id,
                "severity": warning.severity,
                "event": event,
            }
            for event in (Event.RAISED.value, Event.WORSENED.value)
            for warning in self.events[event]
        ]
        resolved = [
            {"warning_id": warning.pk, "merchant_id": warning.merchant_id}
            for warning in self.events[Event.RESOLVED]
        ]
        for topic, news in (("alert.raised", raised), ("alert.resolved", resolved)):
            if news:
                announce_many(topic, news)

    def _of(self, *events: str) -> list[EarlyWarning]:
        return [warning for event in events for warning in self.events[event]]

    def report(self, *, merchants: int) -> ScanReport:
        counted = {event.lower(): len(warnings) for event, warnings in self.events.items()}
        return ScanReport(merchants=merchants, **counted)


def _store_figures(warnings: Sequence[EarlyWarning]) -> None:
    if not warnings:
        return
    columns = {
        name: [getattr(warning, name) for warning in warnings]
        for name in ("id", *_FIGURES, "updated_at", "worsened_at")
    }
    columns["facts"] = list(map(json.dumps, columns["facts"]))
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, columns)


def _take_figures(warning: EarlyWarning, finding: Finding) -> None:
    for name in _FIGURES:
        setattr(warning, name, getattr(finding, name))


def _figures(warning: EarlyWarning) -> tuple:
    return tuple(getattr(warning, name) for name in _FIGURES)
