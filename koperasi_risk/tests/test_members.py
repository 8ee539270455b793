from datetime import date
from decimal import Decimal

import pytest

from core.models import AuditEntry, OutboxEvent
from koperasi_risk.models import Member
from koperasi_risk.services import members
from koperasi_risk.services.members import NewMember
from koperasi_risk.tests.factories import NOON, TODAY, a_koperasi, a_loan, a_member

NIK = "9901014101900001"


def join(tenant, by, **changes) -> Member:
    details = {"number": "A-1", "full_name": "Sri Rahayu", "joined_on": TODAY, "nik": NIK}
    person = NewMember(**(details | changes))
    return members.add_member(tenant=tenant, person=person, by=by, now=NOON)


def test_a_new_member_awaits_admission_and_is_told_of(mekar, wayan):
    member = join(mekar, wayan)

    assert member.status == Member.Status.PENDING
    assert member.status_events.get().went_to == Member.Status.PENDING
    news = OutboxEvent.objects.get(topic="koperasi.members_changed")
    assert news.payload == {"tenant_id": mekar.pk, "member_ids": [member.pk]}
    assert NIK not in str(list(AuditEntry.objects.values()))


def test_a_number_and_a_person_are_there_once(mekar, wayan):
    join(mekar, wayan)

    with pytest.raises(members.MemberNumberTaken):
        join(mekar, wayan, nik="")
    with pytest.raises(members.NikTaken):
        join(mekar, wayan, number="A-2")
    assert Member.objects.of(mekar).count() == 1


def test_another_koperasi_may_have_the_same_member(mekar, wayan):
    join(mekar, wayan)

    with a_koperasi("KSP Lain", wayan) as other:
        assert join(other, wayan).pk


@pytest.mark.parametrize(
    ("field", "value"),
    [("nik", "123"), ("full_name", ""), ("joined_on", date(2027, 1, 1)), ("monthly_income", -1)],
)
def test_nonsense_is_named(mekar, wayan, field, value):
    with pytest.raises(members.InvalidMember) as refused:
        join(mekar, wayan, **{field: value})

    assert list(refused.value.fields) == [field]


def move(tenant, member, to, by, on=TODAY):
    return members.change_status(tenant=tenant, member_id=member.pk, to=to, on=on, by=by, now=NOON)


def test_a_member_comes_rests_and_leaves(mekar, wayan):
    member = join(mekar, wayan)
    for to in ("ACTIVE", "INACTIVE", "ACTIVE", "LEFT"):
        member = move(mekar, member, to, wayan)

    assert member.left_on == TODAY
    assert member.status_events.count() == 5
    with pytest.raises(members.ImpossibleStep):
        move(mekar, member, "ACTIVE", wayan)


def test_the_same_status_again_changes_nothing(mekar, wayan):
    member = a_member(mekar)

    move(mekar, member, "ACTIVE", wayan)

    assert not member.status_events.exists()


def test_nobody_leaves_with_a_loan_unpaid(mekar, wayan):
    member = a_member(mekar)
    a_loan(member)

    with pytest.raises(members.MemberOwes):
        move(mekar, member, "LEFT", wayan)


def test_a_member_of_another_koperasi_is_not_found(mekar, wayan):
    member = a_member(mekar)

    with a_koperasi("KSP Lain", wayan) as other, pytest.raises(members.MemberNotFound):
        move(other, member, "INACTIVE", wayan)


def test_income_is_noted_with_the_day_it_was_verified(mekar, wayan):
    member = a_member(mekar)

    members.set_income(
        tenant=mekar, member_id=member.pk, amount=Decimal(4_500_000), source="SALARY",
        verified_on=TODAY, by=wayan, now=NOON,
    )  # fmt: skip

    member.refresh_from_db()
    assert (member.monthly_income, member.income_verified_on) == (4_500_000, TODAY)
    assert "4500000" not in str(list(AuditEntry.objects.values("detail")))
