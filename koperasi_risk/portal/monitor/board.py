"""The monitor's figures put together once, for the page, the CSV and the PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banking.wording import COLLECTABILITY
from koperasi_risk.domain import catalogue
from koperasi_risk.domain.collectability import CLASSES
from koperasi_risk.domain.periods import Step, month_ends, steps
from koperasi_risk.models import Tenant
from koperasi_risk.portal.monitor.form import MonitorForm
from koperasi_risk.selectors.monitor import (
    Ageing,
    BreachRate,
    OverrideCounts,
    Past,
    RuleChange,
    ageing_of,
    breach_rates,
    decisions_over_time,
    override_counts,
    past_of,
    rule_changes,
)

QUARTER = timedelta(days=90)


@dataclass(frozen=True)
class Board:
    """Everything that the monitor shows of one koperasi, for one time and kind of loan."""

    tenant: Tenant
    form: MonitorForm
    now: datetime
    steps: Sequence[Step]
    decisions: Sequence[Mapping[str, int]]
    changes: Sequence[RuleChange]
    rates: Sequence[BreachRate]
    overrides: OverrideCounts
    ageing: Ageing
    past: Past
    ends: Sequence[date]

    @cached_property
    def last_end(self) -> Ageing | None:
        """How loans stood at the last month's end; not known of one kind of loan."""
        return None if self.form.kind else self.past.ageing.get(self.ends[-1])

    @property
    def rpm_change(self) -> Decimal | None:
        return _less(self.ageing.rpm, self.last_end and self.last_end.rpm)

    @property
    def par30_change(self) -> Decimal | None:
        return _less(self.ageing.par30, self.last_end and self.last_end.par30)

    @property
    def outstanding_change(self) -> Decimal | None:
        """Percent more or less than at the last month's end."""
        if not (self.last_end and self.last_end.total):
            return None
        return 100 * (self.ageing.total - self.last_end.total) / self.last_end.total

    @cached_property
    def quality(self) -> list[tuple[date, Ageing]]:
        """How loans stood at each month's end of the period, and how they stand now."""
        known = [(end, self.past.ageing[end]) for end in self.ends[1:] if end in self.past.ageing]
        return [*known, (self.tenant.today(self.now), self.ageing)] if self._may_join else known

    @property
    def _may_join(self) -> bool:
        """Tell whether today's figures are of the same loans as those of the months' ends."""
        return not self.form.kind and bool(self.ageing.total)

    @property
    def class_rows(self) -> list[tuple]:
        return [(class_name(row.level), row) for row in self.ageing.rows]

    @cached_property
    def roll_rows(self) -> list[tuple[str, int, list]]:
        """Each class with how many stood in it, and where they stood a month later: (class, members, percent)."""
        moves = self.past.all_moves
        names = [*map(class_name, CLASSES), ""]
        return [
            (
                class_name(level),
                moves.total_of(level),
                [(to, *move) for to, move in zip(names, moves.of(level), strict=True)],
            )
            for level in CLASSES
        ]

    def step_of(self, at: datetime) -> Step:
        return next((step for step in self.steps if at < step.ends_at), self.steps[-1])


def board_of(tenant: Tenant, form: MonitorForm, *, now: datetime) -> Board:
    """Ask for everything; as many statements however many members there are."""
    months, kind, today = form.months, form.kind, tenant.today(now)
    cut = steps(months, today=today, zone=ZoneInfo(tenant.time_zone))
    ends = month_ends(months, today=today)
    begins = cut[0].ends_at - (cut[1].ends_at - cut[0].ends_at)
    return Board(
        tenant=tenant,
        form=form,
        now=now,
        steps=cut,
        decisions=decisions_over_time(tenant, cut, kind=kind),
        changes=rule_changes(tenant, since=begins),
        rates=breach_rates(tenant, then=now - QUARTER, kind=kind),
        overrides=override_counts(tenant, since=begins, kind=kind),
        ageing=ageing_of(tenant, now=now, kind=kind),
        past=past_of(tenant, ends, kind=kind),
        ends=ends,
    )


def _less(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before


def class_name(level: int) -> str:
    return f"{level} {COLLECTABILITY[level]}"


def factor_name(factor: str) -> str:
    """Return a factor's label; of one that the catalogue does not know its own text."""
    known = catalogue.find(factor)
    return known.label(get_language() or "id") if known else factor


def deed_word(deed: str) -> str:
    return {"ADDED": _("added"), "CHANGED": _("changed"), "DELETED": _("deleted")}[deed]
