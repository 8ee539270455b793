"""Members of one koperasi with their latest result: a long list, filtered, sorted, page by page."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from core.errors import NotFound
from core.keyset import Order, beyond, place_of
from koperasi_risk.models import Decision, DecisionOverride, Member, MemberFacts, Tenant
from koperasi_risk.selectors.results import is_stale

# Members that were not scored yet, where a decision is asked for.
NOT_SCORED = "NONE"
_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
SORTS: Mapping[str, object] = {
    "name": F("full_name"),
    "number": F("number"),
    # Whoever has no score comes before the lowest.
    "score": Coalesce(F("risk_result__score"), Value(Decimal(-1))),
    "computed": Coalesce(F("risk_result__computed_at"), Value(_LONG_AGO)),
}


@dataclass(frozen=True)
class MemberFilter:
    search: str = ""
    decision: str = ""
    collectability: int | None = None
    status: str = ""
    only_stale: bool = False
    only_overridden: bool = False


@dataclass(frozen=True)
class MemberRow:
    """One line of the list; what is not known of a member is None."""

    member: Member
    score: Decimal | None
    decision: str
    computed_at: datetime | None
    is_stale: bool
    facts: MemberFacts | None
    override: DecisionOverride | None


@dataclass(frozen=True)
class MemberPage:
    rows: Sequence[MemberRow]
    total: int
    next_cursor: str


def member_of(tenant: Tenant, code: uuid.UUID) -> Member:
    """Return one of the koperasi's own members. Raises NotFound."""
    member = Member.objects.of(tenant).filter(code=code).first()
    if member is None:
        raise NotFound()
    return member


def stale(tenant: Tenant, *, today: date, by_member: bool = False) -> Q:
    """Ask for results that `is_stale` calls stale; `by_member` asks a list of members."""
    result, member = ("risk_result__", "") if by_member else ("", "member__")
    waits = Q(**{f"{result}as_of__isnull": False}) & ~Q(**{f"{member}status": Member.Status.LEFT})
    return waits & (
        ~Q(**{f"{result}ruleset_hash": tenant.ruleset_hash})
        | Q(**{f"{result}computed_at__lt": F(f"{member}changed_at")})
        | Q(**{f"{result}as_of__lt": today})
    )


def agreed_overrides(tenant: Tenant, *, today: date) -> QuerySet[DecisionOverride]:
    """Return the overrides that the board agreed to and whose last day has not passed."""
    return DecisionOverride.objects.of(tenant).filter(
        state=DecisionOverride.State.APPROVED, ended_at=None, valid_until__gte=today
    )


def covered(decision: str) -> Q:
    """Ask for overrides of which `covers(decision)` is true."""
    graver = Decision.values[Decision.values.index(decision) :]
    return Q(came_from__in=graver) | Q(went_to__in=graver)


def outgrown() -> Q:
    """Ask for overrides of members whom the engine judges more gravely by now than people did."""
    pairs = (
        Q(member__risk_result__decision=decision) & ~covered(decision)
        for decision in Decision.values
    )
    return reduce(or_, pairs)


def active_overrides(tenant: Tenant, *, today: date) -> QuerySet[DecisionOverride]:
    """Return the overrides that count today, beside members' latest results."""
    return agreed_overrides(tenant, today=today).exclude(outgrown())


def newest_facts(tenant: Tenant, column: str, *, member: str = "pk") -> Subquery:
    """Return one column of a member's newest factors."""
    facts = MemberFacts.objects.of(tenant).filter(member=OuterRef(member)).order_by("-as_of")
    return Subquery(facts.values(column)[:1])


def member_page(
    tenant: Tenant,
    *,
    wanted: MemberFilter,
    today: date,
    limit: int,
    sort: str = "name",
    falls: bool = False,
    cursor: str = "",
) -> MemberPage:
    """
    Return members in an order, from the one after `cursor` on.

    `sort` is a key of SORTS; `cursor` the code of the last member seen. Raises InvalidCursor.
    """
    members = matching_members(tenant, wanted=wanted, today=today)
    ordered, order = _sorted(members, sort, falls), _order(falls)
    if cursor:
        # Who was last may have been filtered out meanwhile.
        everybody = Member.objects.of(tenant).annotate(place=SORTS[sort])
        ordered = ordered.filter(beyond(place_of(everybody, code=cursor, order=order), order))
    ids = list(ordered.values_list("pk", flat=True)[: limit + 1])
    rows = member_rows(tenant, ids=ids[:limit], today=today)
    next_cursor = str(rows[-1].member.code) if len(ids) > limit else ""
    return MemberPage(rows=rows, total=members.count(), next_cursor=next_cursor)


def matching_members(tenant: Tenant, *, wanted: MemberFilter, today: date) -> QuerySet[Member]:
    """Return the members that a filter keeps, in no order."""
    members = Member.objects.of(tenant)
    if wanted.search:
        words = wanted.search.strip()
        members = members.filter(Q(full_name__icontains=words) | Q(number__icontains=words))
    if wanted.status:
        members = members.filter(status=wanted.status)
    if wanted.decision == NOT_SCORED:
        members = members.filter(risk_result__isnull=True)
    elif wanted.decision:
        members = members.filter(risk_result__decision=wanted.decision)
    if wanted.only_stale:
        members = members.filter(stale(tenant, today=today, by_member=True))
    if wanted.only_overridden:
        overrides = active_overrides(tenant, today=today)
        members = members.filter(pk__in=overrides.values("member_id"))
    if wanted.collectability:
        members = members.alias(class_now=newest_facts(tenant, "collectability"))
        members = members.filter(class_now=wanted.collectability)
    return members


def matching_ids(
    tenant: Tenant, *, wanted: MemberFilter, today: date, sort: str = "name", falls: bool = False
) -> list[int]:
    """Return the numbers of all members that a filter keeps, in order."""
    members = matching_members(tenant, wanted=wanted, today=today)
    return list(_sorted(members, sort, falls).values_list("pk", flat=True))


def _sorted(members: QuerySet[Member], sort: str, falls: bool) -> QuerySet[Member]:
    return members.alias(place=SORTS[sort]).order_by(*_order(falls))


def _order(falls: bool) -> Order:
    return ("-place", "-pk") if falls else ("place", "pk")


def member_rows(tenant: Tenant, *, ids: Sequence[int], today: date) -> list[MemberRow]:
    """Return a line for each of these members, in the order of `ids`; three queries however many."""
    members = (
        Member.objects.of(tenant)
        .filter(pk__in=ids)
        .select_related("risk_result")
        .defer("nik", "nik_index")
        .annotate(newest_facts=newest_facts(tenant, "pk"))
    )
    found = {member.pk: member for member in members}
    facts = MemberFacts.objects.of(tenant).defer("values")
    facts = facts.in_bulk([member.newest_facts for member in found.values() if member.newest_facts])
    overrides = {
        override.member_id: override
        for override in active_overrides(tenant, today=today).filter(member__in=ids)
    }
    return [
        _row(tenant, found[pk], facts.get(found[pk].newest_facts), overrides.get(pk), today=today)
        for pk in ids
        if pk in found
    ]


def _row(tenant: Tenant, member: Member, facts, override, *, today: date) -> MemberRow:
    result = getattr(member, "risk_result", None)
    return MemberRow(
        member=member,
        score=result and result.score,
        decision=result.decision if result else "",
        computed_at=result and result.computed_at,
        is_stale=bool(result) and is_stale(result, tenant, today=today),
        facts=facts,
        override=override,
    )
