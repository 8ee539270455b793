from datetime import timedelta

import pytest

from accounts.tests.people import at_once
from core.errors import InvalidInput, NotAllowed
from core.models import AuditEntry
from core.tenancy import tenant_scope
from koperasi_risk.models import (
    DecisionOverride,
    Member,
    RiskAssessment,
    RiskResult,
    TenantRole,
)
from koperasi_risk.selectors.overrides import active_override, overrides_page, standing_of
from koperasi_risk.selectors.results import ResultNotFound
from koperasi_risk.services.members import MemberNotFound
from koperasi_risk.services.overrides import (
    OverrideDecided,
    OverrideNotFound,
    OverrideOutdated,
    OverrideWaits,
    OwnOverride,
    ask_override,
    decide_override,
    end_override,
    withdraw_override,
)
from koperasi_risk.tests.factories import NOON, TODAY, a_koperasi, a_member, a_person

NOTE = "Agunan tambahan sudah diterima."


def judged(tenant, decision="MANUAL_REVIEW") -> Member:
    member = a_member(tenant)
    moment = {"as_of": TODAY, "computed_at": NOON, "ruleset_hash": "x"}
    judgement = {"score": 80, "decision": decision, "reasons": ["-"]}
    assessment = RiskAssessment.objects.create(
        tenant=tenant, member=member, lines=[], seen={}, trigger="NIGHT", **moment, **judgement
    )
    RiskResult.objects.create(
        tenant=tenant, member=member, assessment=assessment, **moment, **judgement
    )
    return member


@pytest.fixture
def nyoman(mekar):
    """Sits on the board of Wayan's koperasi."""
    return a_person("Nyoman", mekar, TenantRole.BOARD)


def ask(tenant, member, by, **changes) -> DecisionOverride:
    asked = {
        "went_to": "APPROVE",
        "reason_code": "NEW_COLLATERAL",
        "note": NOTE,
        "valid_until": TODAY + timedelta(days=90),
    }
    return ask_override(tenant=tenant, member_id=member.pk, by=by, now=NOON, **(asked | changes))


def decide(tenant, override, by, approve=True, now=NOON):
    return decide_override(tenant=tenant, code=override.code, approve=approve, by=by, now=now)


def test_an_override_counts_once_the_board_agreed_until_its_day(mekar, wayan, nyoman):
    member = judged(mekar)
    override = ask(mekar, member, wayan)
    assert active_override(mekar, member.pk, today=TODAY) is None

    decide(mekar, override, nyoman)

    until = TODAY + timedelta(days=90)
    assert active_override(mekar, member.pk, today=until) == override
    assert active_override(mekar, member.pk, today=until + timedelta(days=1)) is None
    assert RiskResult.objects.get().decision == "MANUAL_REVIEW"
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "override.asked",
        "override.approved",
    ]
    assert NOTE not in str(AuditEntry.objects.values_list("reason", "detail"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("went_to", "MANUAL_REVIEW"),  # what the engine says already
        ("went_to", "REJECT"),
        ("reason_code", "X"),
        ("note", "terlalu  "),
        ("note", "x" * 501),
        ("valid_until", TODAY - timedelta(days=1)),
        ("valid_until", TODAY + timedelta(days=91)),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(mekar, wayan, field, value):
    member = judged(mekar)

    with pytest.raises(InvalidInput) as refusal:
        ask(mekar, member, wayan, **{field: value})

    assert list(refusal.value.fields) == [field]


def test_only_a_member_with_a_result_is_asked_for(mekar, wayan):
    unjudged = a_member(mekar)
    with a_koperasi("KSP Lain") as other:
        foreign = judged(other)

    with pytest.raises(ResultNotFound):
        ask(mekar, unjudged, wayan)
    with pytest.raises(MemberNotFound):
        ask(mekar, foreign, wayan)


def test_one_waits_for_a_member_at_a_time(mekar, wayan, nyoman):
    member = judged(mekar)
    first = ask(mekar, member, wayan)

    with pytest.raises(OverrideWaits, match="Wayan"):
        ask(mekar, member, nyoman)
    withdraw_override(tenant=mekar, code=first.code, by=wayan, now=NOON)
    assert ask(mekar, member, nyoman)


def test_roles_ask_and_decide_each_in_their_place(mekar, wayan, nyoman, admin_user):
    manager = a_person("Ketut", mekar, TenantRole.RISK_MANAGER)
    officer = a_person("Made", mekar, TenantRole.FINANCING_OFFICER)
    member = judged(mekar)

    for person in (officer, admin_user):
        with pytest.raises(NotAllowed):
            ask(mekar, member, person)
    override = ask(mekar, member, wayan)
    with pytest.raises(OwnOverride):
        decide(mekar, override, wayan)
    for person in (officer, manager, admin_user):
        with pytest.raises(NotAllowed):
            decide(mekar, override, person)
        with pytest.raises(NotAllowed):
            withdraw_override(tenant=mekar, code=override.code, by=person, now=NOON)
    assert decide(mekar, override, nyoman, approve=False).state == "REJECTED"


def test_what_is_out_of_date_is_not_approved(mekar, wayan, nyoman):
    member = judged(mekar)
    override = ask(mekar, member, wayan, valid_until=TODAY)
    with pytest.raises(OverrideOutdated):
        decide(mekar, override, nyoman, now=NOON + timedelta(days=1))
    RiskResult.objects.update(decision="AUTO_REJECT")
    with pytest.raises(OverrideOutdated):
        decide(mekar, override, nyoman)

    assert decide(mekar, override, nyoman, approve=False).state == "REJECTED"


def test_the_newest_override_takes_the_place_of_the_one_before(mekar, wayan, nyoman):
    member = judged(mekar)
    first = decide(mekar, ask(mekar, member, wayan), nyoman)
    second = decide(mekar, ask(mekar, member, wayan, went_to="AUTO_REJECT"), nyoman)

    first.refresh_from_db()
    assert first.ended_at == NOON
    assert active_override(mekar, member.pk, today=TODAY) == second


def judge_anew(member, decision):
    RiskResult.objects.filter(member=member).update(decision=decision)


@pytest.mark.parametrize(
    ("came_from", "went_to", "now", "stands"),
    [
        ("MANUAL_REVIEW", "APPROVE", "APPROVE", "ACTIVE"),
        ("MANUAL_REVIEW", "APPROVE", "MANUAL_REVIEW", "ACTIVE"),
        ("MANUAL_REVIEW", "APPROVE", "AUTO_REJECT", "OUTGROWN"),
        ("AUTO_REJECT", "APPROVE", "AUTO_REJECT", "ACTIVE"),
        # Whoever is stricter than the engine stays so until the engine is stricter still.
        ("APPROVE", "AUTO_REJECT", "MANUAL_REVIEW", "ACTIVE"),
        ("APPROVE", "MANUAL_REVIEW", "MANUAL_REVIEW", "ACTIVE"),
        ("APPROVE", "MANUAL_REVIEW", "AUTO_REJECT", "OUTGROWN"),
    ],
)
def test_an_override_counts_until_the_engine_decides_more_gravely(
    mekar, wayan, nyoman, came_from, went_to, now, stands
):
    member = judged(mekar, came_from)
    override = decide(mekar, ask(mekar, member, wayan, went_to=went_to), nyoman)

    judge_anew(member, now)

    listed = [
        state
        for state in ("ACTIVE", "OUTGROWN", "OVER")
        if overrides_page(mekar, today=TODAY, state=state).overrides
    ]
    assert listed == [stands]
    assert bool(active_override(mekar, member.pk, today=TODAY)) == (stands == "ACTIVE")
    again = DecisionOverride.objects.select_related("member__risk_result").get(pk=override.pk)
    assert standing_of(again, today=TODAY) == stands


def test_an_outgrown_override_does_not_come_back_once_another_was_agreed_to(mekar, wayan, nyoman):
    member = judged(mekar)
    first = decide(mekar, ask(mekar, member, wayan), nyoman)
    judge_anew(member, "AUTO_REJECT")
    second = decide(mekar, ask(mekar, member, wayan, went_to="MANUAL_REVIEW"), nyoman)

    judge_anew(member, "MANUAL_REVIEW")

    first.refresh_from_db()
    assert first.ended_at == NOON
    assert active_override(mekar, member.pk, today=TODAY) == second


def test_an_override_ends_early_with_a_reason(mekar, wayan, nyoman):
    member = judged(mekar)
    override = ask(mekar, member, wayan)
    with pytest.raises(OverrideNotFound):
        end_override(tenant=mekar, code=override.code, by=wayan, now=NOON, why="x")
    decide(mekar, override, nyoman)
    with pytest.raises(InvalidInput):
        end_override(tenant=mekar, code=override.code, by=wayan, now=NOON, why=" ")

    ended = end_override(tenant=mekar, code=override.code, by=wayan, now=NOON, why="agunan ditarik")

    assert active_override(mekar, member.pk, today=TODAY) is None
    assert standing_of(ended, today=TODAY) == "OVER"
    assert AuditEntry.objects.latest("pk").reason == "agunan ditarik"


def test_overrides_are_listed_by_how_they_stand(mekar, wayan, nyoman, django_assert_num_queries):
    states = {}
    for state in ("WAITING", "ACTIVE", "OVER", "REJECTED"):
        override = ask(mekar, judged(mekar), wayan, valid_until=TODAY)
        if state != "WAITING":
            decide(mekar, override, nyoman, approve=state != "REJECTED")
        if state == "OVER":
            end_override(tenant=mekar, code=override.code, by=wayan, now=NOON, why="selesai")
        states[state] = override

    with django_assert_num_queries(2):
        page = overrides_page(mekar, today=TODAY, limit=3)
        assert [one.member.full_name for one in page.overrides if one.maker.full_name]
    assert (page.total, len(page.overrides)) == (4, 3)
    rest = overrides_page(mekar, today=TODAY, before=page.next_before)
    assert (list(rest.overrides), rest.next_before) == ([states["WAITING"]], None)
    for state, override in states.items():
        assert list(overrides_page(mekar, today=TODAY, state=state).overrides) == [override]


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_decide_at_once_one_does(wayan):
    with a_koperasi("KSP Ramai", wayan) as tenant:
        board = a_person("Nyoman", tenant, TenantRole.BOARD)
        override = ask(tenant, judged(tenant), wayan)

    def answer(number):
        try:
            with tenant_scope(tenant.pk):
                return decide(tenant, override, board, approve=number % 2 == 0).state
        except OverrideDecided:
            return "LATE"

    answers = at_once(answer, range(8))

    with tenant_scope(tenant.pk):
        stands = DecisionOverride.objects.of(tenant).get().state
    assert sorted(answers) == sorted([stands, *["LATE"] * 7])
