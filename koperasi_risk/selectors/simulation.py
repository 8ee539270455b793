"""
What a change of the rules would do to real members, before anybody saves it.

Every member who has not left is decided twice, by the rules in force and by those that would be, on the
newest factor values. And once more on the values of a day some months ago, for those who fell behind
since then: would the rules have stopped them in time?
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import get_language

from koperasi_risk.domain import scoring
from koperasi_risk.domain.catalogue import find
from koperasi_risk.domain.reasons import reasons
from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.domain.values import NOT_AVAILABLE, Missing
from koperasi_risk.models import Decision, Member, MemberFacts, Tenant
from koperasi_risk.selectors.measured import (
    UNREADABLE,
    Measured,
    newest_of_members,
    of_day,
    values_of,
)
from koperasi_risk.selectors.rules import (
    Breaches,
    RuleNotFound,
    active_rules,
    scoring_rule,
    scoring_settings,
)
from koperasi_risk.selectors.rules.contents import checked

SHOWN = 50
# Fell behind is more than so many days past due; looked back to the newest day that is neither too
# near to tell nor too far to matter.
BEHIND_DAYS = 30
NEAREST, FARTHEST = timedelta(days=90), timedelta(days=200)


@dataclass(frozen=True)
class Judged:
    """A member under one rule set: score with two decimals, decision, reasons in the reader's language."""

    score: Decimal
    decision: str
    reasons: list[str]


@dataclass(frozen=True)
class Flip:
    """A member whose decision would be another; `code` is the member's."""

    member_id: int
    code: str
    name: str
    number: str
    before: Judged
    after: Judged


@dataclass(frozen=True)
class Unreadable:
    """A member whose stored values cannot be read, and who is counted nowhere else."""

    code: str
    name: str
    number: str


@dataclass(frozen=True)
class Later:
    """
    Of `members` who were on time on a day, `fell` were more than 30 days past due at some time since.

    Caught is whom the rules would not have approved on that day.
    """

    day: date
    members: int
    fell: int
    caught_before: int
    caught_after: int

    @property
    def missed_before(self) -> int:
        return self.fell - self.caught_before

    @property
    def missed_after(self) -> int:
        return self.fell - self.caught_after


@dataclass(frozen=True)
class Simulation:
    """
    Members by decision as it is and as it would be, and what lies between.

    `missing` counts members whom the rules in force then cannot judge for want of data, who are among the
    decisions, too; `without_facts` those of whom nothing was computed yet. `breaches` are those of the
    rule itself. `later` is None where no facts are old enough; `history_since` is then the oldest day.
    """

    before: dict[str, int]
    after: dict[str, int]
    flips: Sequence[Flip]
    flip_count: int
    missing: int
    without_facts: int
    unreadable: Sequence[Unreadable]
    unreadable_count: int
    breaches: Breaches
    as_of: date | None
    computed_at: datetime | None
    later: Later | None
    history_since: date | None

    @property
    def members(self) -> int:
        return sum(self.before.values())

    @property
    def breached(self) -> int:
        return self.breaches.breached

    @property
    def judged(self) -> int:
        return self.breaches.judged


def simulate(
    tenant: Tenant,
    *,
    rule_id: int | None = None,
    content: RuleContent | None = None,
    now: datetime,
) -> Simulation:
    """
    Return what it would do to add a rule, to overwrite `rule_id`, or to delete it (no content).

    Nothing is written. A factor that another rule has already is tried beside it, although it could not be
    saved. Raises RuleNotFound, InvalidInput by field for a content that cannot be.
    """
    before = [scoring_rule(rule) for rule in active_rules(tenant)]
    after, subject = _supposed(before, rule_id, content and checked(content))
    pair = _Pair(scoring_settings(tenant), before, after)
    return _Trial(pair, subject).of(tenant, today=tenant.today(now))


def _supposed(
    rules: Sequence[scoring.Rule], rule_id: int | None, content: RuleContent | None
) -> tuple[list[scoring.Rule], scoring.Rule]:
    """Return the rules as they would be, and the one that the change is about."""
    present = next((rule for rule in rules if rule.id == rule_id), None) if rule_id else None
    if present is None and (rule_id or content is None):
        raise RuleNotFound()
    others = [rule for rule in rules if rule != present]
    if content is None:
        return others, present
    base = present or scoring.Rule(None, 0, "", Decimal(0), Decimal(0), "", "APPROVE")
    supposed = replace(base, version=base.version + 1, **vars(content))
    return [*others, supposed], supposed


class _Pair:
    """The rules in force and those that would be, with all factors that either looks at."""

    def __init__(self, settings: scoring.Settings, before: Iterable, after: Iterable):
        self.before = scoring.prepare(before, settings)
        self.after = scoring.prepare(after, settings)
        self.keys = sorted(self.before.factor_keys | self.after.factor_keys)

    def explained(self, member: Measured, language: str) -> tuple[Judged, Judged]:
        values = values_of(member, self.keys)
        return tuple(
            _judged(ruleset, member, values, language) for ruleset in (self.before, self.after)
        )


def _judged(ruleset: scoring.Ruleset, member: Measured, values: dict, language: str) -> Judged:
    assessment = ruleset.assess(values, is_active=member.is_active, member_status=member.status)
    sentences = reasons(assessment, language)
    return Judged(assessment.rounded_score, assessment.decision, sentences)


class _Trial:
    """One pass over the members, in which everything is counted."""

    def __init__(self, pair: _Pair, subject: scoring.Rule):
        self.pair = pair
        self.subject, self.factor = subject, find(subject.factor)
        self.before, self.after = Counter(), Counter()
        self.flipped: list[Measured] = []
        self.unreadable: list[Measured] = []
        self.missing = self.judged = self.breached = self.without_data = 0

    def of(self, tenant: Tenant, *, today: date) -> Simulation:
        members = newest_of_members(tenant, self.pair.keys)
        measured = [member for member in members if member.has_facts]
        for member in measured:
            try:
                self._count(member)
            except UNREADABLE:
                self.unreadable.append(member)
        later, history_since = _later(tenant, self.pair, today=today)
        as_of, computed_at = _moment(measured)
        return Simulation(
            before=_all_named(self.before),
            after=_all_named(self.after),
            flips=self._flips(),
            flip_count=len(self.flipped),
            missing=self.missing,
            without_facts=len(members) - len(measured),
            unreadable=[
                Unreadable(member.code, member.name, member.number)
                for member in _first(self.unreadable)
            ],
            unreadable_count=len(self.unreadable),
            breaches=Breaches(self.breached, self.judged, self.without_data),
            as_of=as_of,
            computed_at=computed_at,
            later=later,
            history_since=history_since,
        )

    def _count(self, member: Measured) -> None:
        values = values_of(member, self.pair.keys)
        before = self.pair.before.decide(values, member.is_active).decision
        after = self.pair.after.decide(values, member.is_active).decision
        self._count_subject(values)
        self.before[before] += 1
        self.after[after] += 1
        if before != after:
            self.flipped.append(member)
        self.missing += any(
            value.__class__ is Missing and value.status == NOT_AVAILABLE
            for key, value in values.items()
            if key in self.pair.after.factor_keys
        )

    def _count_subject(self, values: dict) -> None:
        if self.factor is None:
            return
        value = values[self.factor.key]
        if not isinstance(value, Missing):
            self.judged += 1
            self.breached += self.factor.is_breached(value, self.subject.threshold)
        elif value.status == NOT_AVAILABLE:
            self.without_data += 1
        else:
            self.judged += 1

    def _flips(self) -> list[Flip]:
        language = get_language() or "id"
        return [
            Flip(
                member.id,
                member.code,
                member.name,
                member.number,
                *self.pair.explained(member, language),
            )
            for member in _first(self.flipped)
        ]


def _first(members: Iterable[Measured]) -> list[Measured]:
    return sorted(members, key=lambda member: (member.name.casefold(), member.id))[:SHOWN]


def _all_named(counts: Counter) -> dict[str, int]:
    return {decision: counts[decision] for decision in Decision.values}


def _moment(measured: Sequence[Measured]) -> tuple[date | None, datetime | None]:
    """Return the day that most facts are of, and when the first of them were computed."""
    if not measured:
        return None, None
    day = Counter(member.as_of for member in measured).most_common(1)[0][0]
    return day, min(member.computed_at for member in measured if member.as_of == day)


def _later(tenant: Tenant, pair: _Pair, *, today: date) -> tuple[Later | None, date | None]:
    """Return what became of members since a past day, and the oldest day of which facts are kept."""
    days = MemberFacts.objects.of(tenant).values_list("as_of", flat=True)
    oldest = days.order_by("as_of").first()
    kept = days.filter(as_of__range=(today - FARTHEST, today - NEAREST))
    day = kept.order_by("-as_of").first()
    if day is None:
        return None, oldest
    facts = MemberFacts.objects.of(tenant)
    on_time = set(
        facts.filter(as_of=day, days_past_due__lte=BEHIND_DAYS)
        .exclude(member_status=Member.Status.LEFT)
        .values_list("member", flat=True)
    )
    behind = facts.filter(as_of__gt=day, days_past_due__gt=BEHIND_DAYS)
    fell = on_time.intersection(behind.values_list("member", flat=True).distinct())
    then = of_day(tenant, pair.keys, members=list(fell), day=day)
    return Later(
        day=day,
        members=len(on_time),
        fell=len(fell),
        caught_before=_caught(pair.before, then, pair.keys),
        caught_after=_caught(pair.after, then, pair.keys),
    ), oldest


def _caught(ruleset: scoring.Ruleset, members: Iterable[Measured], keys: Sequence[str]) -> int:
    caught = 0
    for member in members:
        try:
            verdict = ruleset.decide(values_of(member, keys), member.is_active)
        except UNREADABLE:
            continue
        caught += verdict.decision != Decision.APPROVE
    return caught
