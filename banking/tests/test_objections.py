from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Organisation, Role, User
from banking.models import LoanApplication, Objection
from banking.selectors.objections import ObjectionNotFound, objections_for, open_to_objection
from banking.services.objections import (
    AlreadyAnswered,
    AlreadyObjected,
    DecidedItself,
    NothingToObjectTo,
    answer_objection,
    open_objection,
    raise_objection,
)
from conftest import NOON
from core.errors import InvalidInput
from core.models import AuditEntry, OutboxEvent
from core.tests.hands import side_by_side
from scoring.services.scores import recalculate
from scoring.tests.factories import a_sale

TEXT = "Penjualan bulan Maret belum dihitung semua."
ANSWER = "Kami sudah memeriksa ulang bulan Maret bersama Anda."


@pytest.fixture
def scored(warung):
    """Sari's shop with a score."""
    a_sale(warung, at=NOON)
    recalculate(merchant=warung, now=NOON)
    return warung


@pytest.fixture
def tuti(bank):
    return User.objects.create(
        email="tuti@bank.example", full_name="Tuti", role=Role.BANK_APPROVER, organisation=bank
    )


@pytest.fixture
def rejected(warung, bank, budi, tuti):
    """An application for Sari's shop that Tuti turned down."""
    return LoanApplication.objects.create(
        bank=bank,
        merchant=warung,
        amount=50_000_000,
        tenor_months=12,
        yearly_rate_percent=12,
        method="ANNUITY",
        status="REJECTED",
        made_by=budi,
        made_at=NOON,
        updated_at=NOON,
        submitted_by=budi,
        submitted_at=NOON,
        decided_by=tuti,
        decided_at=NOON,
    )


def objected(merchant, *, code=None, **against) -> Objection:
    return raise_objection(
        merchant=merchant, by=merchant.owner, text=TEXT, code=code or uuid4(), now=NOON, **against
    )


def test_an_objection_to_the_score_is_due_in_seven_days_and_announced(scored):
    objection = objected(scored)

    assert (objection.score, objection.application) == (scored.credit_scores.get(), None)
    assert objection.due_at == NOON + timedelta(days=7)
    assert OutboxEvent.objects.get(topic="objection.raised").payload == {
        "objection_id": objection.pk
    }
    entry = AuditEntry.objects.get(action="objection.raised")
    assert TEXT not in str(entry.detail)


def test_sent_twice_it_is_one(scored):
    code = uuid4()

    assert objected(scored, code=code) == objected(scored, code=code)


def test_the_code_of_another_shops_objection_leads_nowhere(scored, kios):
    code = objected(scored).code

    with pytest.raises(AlreadyObjected):
        objected(kios, code=code)


def test_the_score_of_the_next_night_is_no_new_reason(scored):
    objected(scored)
    recalculate(merchant=scored, now=NOON + timedelta(days=1))

    with pytest.raises(AlreadyObjected):
        objected(scored)


def test_after_the_answer_one_may_object_again(scored, operator):
    first = objected(scored)
    answer_objection(code=first.code, by=operator, answer=ANSWER, now=NOON)

    assert objected(scored) != first


@pytest.mark.parametrize("text", ["", "x" * 19, " " * 40, "x" * 2001])
def test_a_text_too_short_or_too_long_is_refused(scored, text):
    with pytest.raises(InvalidInput):
        raise_objection(merchant=scored, by=scored.owner, text=text, code=uuid4(), now=NOON)

    assert not Objection.objects.exists()


def test_without_a_score_there_is_nothing_to_object_to(warung):
    with pytest.raises(NothingToObjectTo):
        objected(warung)


@pytest.mark.parametrize("status", [s for s in LoanApplication.Status if s != "REJECTED"])
def test_only_a_rejection_can_be_objected_to(rejected, warung, status):
    LoanApplication.objects.update(status=status)

    with pytest.raises(NothingToObjectTo):
        objected(warung, application_code=rejected.code)
    assert not open_to_objection(warung).exists()


def test_another_shops_rejection_does_not_exist(rejected, kios):
    with pytest.raises(NothingToObjectTo):
        objected(kios, application_code=rejected.code)


def test_the_text_is_encrypted_at_rest(rejected, warung):
    objection = objected(warung, application_code=rejected.code)

    stored = Objection.objects.filter(pk=objection.pk).values_list("text", flat=True).get()
    assert TEXT not in str(stored)
    assert Objection.objects.get().text == TEXT


def test_the_bank_answers_for_its_decision_and_reading_is_on_record(rejected, warung, budi):
    code = objected(warung, application_code=rejected.code).code

    assert open_objection(code=code, by=budi, now=NOON).text == TEXT
    answer_objection(code=code, by=budi, answer=ANSWER, now=NOON)

    answered = Objection.objects.get()
    assert (answered.status, answered.answer, answered.answered_by) == ("ANSWERED", ANSWER, budi)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"objection.raised", "objection.read", "objection.answered"} <= actions


def test_whoever_decided_does_not_answer(rejected, warung, tuti):
    code = objected(warung, application_code=rejected.code).code

    with pytest.raises(DecidedItself):
        answer_objection(code=code, by=tuti, answer=ANSWER, now=NOON)


def test_an_answer_stands(rejected, warung, budi):
    code = objected(warung, application_code=rejected.code).code
    answer_objection(code=code, by=budi, answer=ANSWER, now=NOON)
    answer_objection(code=code, by=budi, answer=ANSWER, now=NOON)

    with pytest.raises(AlreadyAnswered):
        answer_objection(code=code, by=budi, answer="Kata lain yang cukup panjang.", now=NOON)
    assert AuditEntry.objects.filter(action="objection.answered").count() == 1


def test_nobody_else_reads_or_answers(rejected, scored, operator, sari):
    decision = objected(scored, application_code=rejected.code)
    score = objected(scored)
    other_bank = Organisation.objects.create(code="BNI", name="BNI", kind="BANK")
    stranger = User.objects.create(
        email="ani@bni.example", full_name="Ani", role=Role.BANK_APPROVER, organisation=other_bank
    )

    for person, objection in [(stranger, decision), (operator, decision), (sari, score)]:
        with pytest.raises(ObjectionNotFound):
            open_objection(code=objection.code, by=person, now=NOON)
        with pytest.raises(ObjectionNotFound):
            answer_objection(code=objection.code, by=person, answer=ANSWER, now=NOON)
    assert list(objections_for(operator)) == [score]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_made(rejected, warung):
    def attempt(_):
        try:
            return objected(warung, application_code=rejected.code)
        except AlreadyObjected as refusal:
            return refusal

    answers = side_by_side(6, attempt)

    assert sum(isinstance(answer, Objection) for answer in answers) == 1
    assert Objection.objects.count() == 1
