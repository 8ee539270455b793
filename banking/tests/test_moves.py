"""Who may move which application where, and what each step leaves behind."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organisation, Role
from banking.domain import pipeline
from banking.models import LoanApplication
from banking.selectors.loans import ApplicationNotFound
from banking.services.lending import ChangedMeanwhile, ConsentWithdrawn, NotABankPerson
from banking.services.loans import edit_application, move_application
from banking.services.moves import (
    ExceedsApproved,
    ExceedsRequested,
    IllegalMove,
    NotesRequired,
    NotForThisStep,
    RoleMayNotMove,
    SecondPersonNeeded,
    UnknownReason,
)
from banking.tests.loans import MILLION, a_person, a_score, an_application, at_status, move
from core.errors import Refusal
from core.models import AuditEntry, OutboxEvent
from core.tests.hands import side_by_side

LONG_NOTES = "Sudah dibicarakan panjang lebar."


@pytest.fixture
def maya(bank):
    """Approves for Budi's bank."""
    return a_person(bank, Role.BANK_APPROVER, "Maya")


@pytest.fixture
def rival(db):
    """Another bank's approver."""
    other = Organisation.objects.create(code="BNI", name="PT Bank BNI", kind="BANK")
    return a_person(other, Role.BANK_APPROVER, "Agus")


@pytest.fixture
def at(budi, maya, warung):
    """Return a function that makes an application of Budi's at a status."""
    a_score(warung)

    def application(status: str, **details) -> LoanApplication:
        return at_status(status, officer=budi, approver=maya, merchant=warung, **details)

    return application


def _state(application: LoanApplication) -> dict:
    return LoanApplication.objects.filter(pk=application.pk).values().get()


PAIRS = list(product(pipeline.STATUSES, pipeline.STATUSES))
CALLERS = [
    Role.BANK_OFFICER, Role.BANK_APPROVER, "maker", "rival",
    *(role for role in Role if not role.startswith("BANK")),
]  # fmt: skip


@pytest.mark.parametrize("came_from", pipeline.STATUSES)
def test_every_pair_of_statuses_by_every_role_is_as_the_table_says(
    came_from, at, budi, maya, rival, warung, bank
):
    """432 cases: 36 pairs of statuses by twelve callers; `maker` is an approver who submitted it."""
    people = {Role.BANK_OFFICER: budi, Role.BANK_APPROVER: maya, "rival": rival}
    people |= {
        role: a_person(bank, role, f"P{role}") for role in Role if not role.startswith("BANK")
    }
    people["maker"] = a_person(bank, Role.BANK_APPROVER, "Tono")
    application = at(came_from)
    LoanApplication.objects.filter(pk=application.pk).update(
        made_by=people["maker"], submitted_by=people["maker"] if application.submitted_by else None
    )

    for to, caller in product(pipeline.STATUSES, CALLERS):
        legal = pipeline.MOVES.get((came_from, to))
        role = Role.BANK_APPROVER if caller == "maker" else caller
        may = legal and role in legal.roles and not (caller == "maker" and legal.by_another)
        before = _state(application)
        with transaction.atomic():
            try:
                moved = move(application, to, people[caller], notes=LONG_NOTES)
                assert may, (to, caller)
                assert moved.status == to
            except Refusal as refusal:
                assert not may, (to, caller, refusal)
                assert _state(application) == before
                assert refusal.status == _expected(legal, caller)
            transaction.set_rollback(True)


def _expected(legal, caller: str) -> int:
    if caller == "rival":
        return 404
    if caller not in (Role.BANK_OFFICER, Role.BANK_APPROVER, "maker"):
        return 403
    return 403 if legal else 409


def test_an_application_goes_all_the_way_and_every_step_is_on_record(at, budi, maya, warung):
    loan = at("DISBURSED")

    assert loan.installments.count() == 12
    assert sum(line.principal for line in loan.installments.all()) == 12 * MILLION
    steps = [(step.came_from, step.went_to) for step in loan.transitions.order_by("pk")]
    assert steps == [
        ("", "DRAFT"),
        ("DRAFT", "SUBMITTED"),
        ("SUBMITTED", "UNDER_REVIEW"),
        ("UNDER_REVIEW", "APPROVED"),
        ("APPROVED", "DISBURSED"),
    ]
    audited = AuditEntry.objects.filter(subject_code=loan.code).order_by("pk")
    assert [entry.action for entry in audited] == [
        "loan.made", "loan.submitted", "loan.taken_under_review", "loan.approved", "loan.disbursed",
    ]  # fmt: skip
    approval = audited[3]
    assert approval.detail["before"] == {"status": "UNDER_REVIEW", "approved_amount": None}
    assert approval.detail["after"] == {"status": "APPROVED", "approved_amount": "12000000.00"}
    assert len(approval.detail["snapshot"]) == 64
    news = OutboxEvent.objects.filter(topic__startswith="loan.").order_by("pk")
    assert [event.topic for event in news] == ["loan.submitted", "loan.decided", "loan.disbursed"]
    assert news[0].payload == {"application_id": loan.pk}


@pytest.mark.parametrize("by_maker", [False, True])
def test_who_submitted_or_made_an_application_never_decides_it(at, budi, maya, warung, by_maker):
    other = a_person(budi.organisation, Role.BANK_APPROVER, "Tono")
    application = an_application(maya, warung)
    move(application, "SUBMITTED", budi if by_maker else maya)
    move(application, "UNDER_REVIEW", other)

    with pytest.raises(SecondPersonNeeded):
        move(application, "APPROVED", maya)
    assert _state(application)["status"] == "UNDER_REVIEW"


def test_the_database_too_refuses_a_decision_by_who_submitted(at, budi):
    application = at("UNDER_REVIEW")

    with pytest.raises(IntegrityError), transaction.atomic():
        LoanApplication.objects.filter(pk=application.pk).update(decided_by=budi)


def test_the_database_too_refuses_more_than_was_approved(at):
    loan = at("DISBURSED")

    with pytest.raises(IntegrityError), transaction.atomic():
        LoanApplication.objects.filter(pk=loan.pk).update(disbursed_amount=12 * MILLION + 1)


def test_a_rejection_needs_notes_and_tells_its_reasons(at, maya):
    application = at("UNDER_REVIEW")
    LoanApplication.objects.update(assessment={"checks": [], "recommendation": "REVIEW"})

    with pytest.raises(NotesRequired):
        move(application, "REJECTED", maya, notes="  ")
    done = move(application, "REJECTED", maya, notes="Tidak.", reasons=["LOW_SCORE", "OTHER"])

    assert (done.decision_notes, done.decision_reasons) == ("Tidak.", ["LOW_SCORE", "OTHER"])
    assert done.decided_by == maya


@pytest.mark.parametrize(
    ("to", "recommendation", "notes", "may"),
    [
        ("APPROVED", "APPROVE", "", True),
        ("APPROVED", "REVIEW", "", True),
        ("APPROVED", "REJECT", "x" * 19, False),
        ("APPROVED", "REJECT", "x" * 20, True),
        ("REJECTED", "APPROVE", "x" * 19, False),
        ("REJECTED", "APPROVE", "x" * 20, True),
        ("REJECTED", "REVIEW", "x", True),
        ("REJECTED", "REJECT", "x", True),
    ],
)
def test_a_decision_against_the_recommendation_explains_itself(
    at, maya, to, recommendation, notes, may
):
    application = at("UNDER_REVIEW")
    LoanApplication.objects.update(assessment={"checks": [], "recommendation": recommendation})

    if may:
        assert move(application, to, maya, notes=notes).status == to
    else:
        with pytest.raises(NotesRequired):
            move(application, to, maya, notes=notes)


@pytest.mark.parametrize(
    "reasons", [["STRONG_SCORE"], ["NOPE"], ["LOW_SCORE", "ARREARS", "OTHER", "HIGH_REFUNDS", "OPEN_WARNINGS"]]
)  # fmt: skip
def test_reasons_fit_the_decision_and_are_at_most_four(at, maya, reasons):
    application = at("UNDER_REVIEW")

    with pytest.raises(UnknownReason):
        move(application, "REJECTED", maya, notes=LONG_NOTES, reasons=reasons)


def test_an_approval_may_lower_the_amount_and_change_the_terms(at, maya, budi):
    application = at("UNDER_REVIEW")

    with pytest.raises(ExceedsRequested):
        move(application, "APPROVED", maya, approved_amount=12 * MILLION + Decimal("0.01"))
    move(
        application,
        "APPROVED",
        maya,
        approved_amount=10 * MILLION,
        yearly_rate_percent=Decimal(0),
        tenor_months=5,
    )
    with pytest.raises(ExceedsApproved):
        move(application, "DISBURSED", budi, disbursed_amount=10 * MILLION + 1)
    loan = move(application, "DISBURSED", budi, disbursed_amount=8 * MILLION)

    assert [line.principal for line in loan.installments.order_by("number")] == [
        Decimal("1600000.00")
    ] * 5


@pytest.mark.parametrize(
    ("status", "to", "wish"),
    [
        ("DRAFT", "SUBMITTED", {"approved_amount": MILLION}),
        ("UNDER_REVIEW", "REJECTED", {"yearly_rate_percent": Decimal(1)}),
        ("UNDER_REVIEW", "APPROVED", {"disbursed_amount": MILLION}),
        ("APPROVED", "DISBURSED", {"tenor_months": 3}),
    ],
)
def test_what_a_step_does_not_set_is_refused(at, budi, maya, status, to, wish):
    application = at(status)
    by = maya if status == "UNDER_REVIEW" else budi

    with pytest.raises(NotForThisStep):
        move(application, to, by, notes=LONG_NOTES, **wish)


def test_after_a_withdrawn_consent_nothing_is_submitted_or_approved(at, budi, maya, warung):
    draft, reviewed, approved = at("DRAFT"), at("UNDER_REVIEW"), at("APPROVED")
    warung.consents.update(withdrawn_at=timezone.now())

    with pytest.raises(ConsentWithdrawn):
        move(draft, "SUBMITTED", budi)
    with pytest.raises(ConsentWithdrawn):
        edit_application(code=draft.code, by=budi, version=None, now=timezone.now(), amount=MILLION)
    with pytest.raises(ConsentWithdrawn):
        move(reviewed, "APPROVED", maya)
    assert move(reviewed, "REJECTED", maya, notes=LONG_NOTES).status == "REJECTED"
    assert move(approved, "DISBURSED", budi).status == "DISBURSED"


def test_an_application_given_back_can_be_changed_and_submitted_again(at, budi, maya):
    application = at("SUBMITTED")
    with pytest.raises(NotesRequired):
        move(application, "DRAFT", maya)
    back = move(application, "DRAFT", maya, notes="Tolong lengkapi.")
    assert (back.submitted_by, back.due_at) == (None, None)

    edit_application(
        code=back.code, by=budi, version=back.version, now=timezone.now(), amount=9 * MILLION
    )
    again = move(application, "SUBMITTED", budi)

    assert (again.amount, again.submitted_by) == (9 * MILLION, budi)


def test_who_saw_an_older_version_is_told_who_decided(at, maya, bank):
    application = at("UNDER_REVIEW")
    seen = application.version
    move(application, "APPROVED", maya)
    other = a_person(bank, Role.BANK_APPROVER, "Hendra")

    with pytest.raises(ChangedMeanwhile, match="Maya"):
        move(application, "REJECTED", other, notes=LONG_NOTES, version=seen)


def test_others_are_told_nothing(at, rival, sari, operator):
    application = at("UNDER_REVIEW")

    with pytest.raises(ApplicationNotFound):
        move(application, "APPROVED", rival)
    for person in (sari, operator):
        with pytest.raises(NotABankPerson):
            move(application, "APPROVED", person)


def test_the_decision_is_due_after_the_banks_days(at):
    application = at("SUBMITTED")

    assert application.due_at - application.submitted_at == timedelta(days=3)


def test_score_and_checks_are_those_of_the_submission(at, budi, warung):
    application = at("DRAFT")
    assert application.points_at_application == 85
    newer = a_score(warung, points=40, as_of=timezone.now())

    submitted = move(application, "SUBMITTED", budi)
    a_score(warung, points=90, as_of=timezone.now())
    submitted.refresh_from_db()

    assert (submitted.score, submitted.points_at_application) == (newer, 40)
    assert submitted.band_at_application == "HIGH"
    assert submitted.assessment["recommendation"] == "REJECT"


# ── Several at once ────────────────────────────────────────────────────────────────────


def _try(**wish) -> str:
    try:
        return move_application(now=timezone.now(), **wish).status
    except Refusal as refusal:
        return f"{refusal.status} {refusal.code}"


@pytest.mark.django_db(transaction=True)
def test_fifty_decide_one_application_and_one_decision_stands(at, bank):
    application = at("UNDER_REVIEW")
    people = [a_person(bank, Role.BANK_APPROVER, f"A{number}") for number in range(50)]

    answers = side_by_side(
        50,
        lambda number: _try(
            code=application.code,
            to=("APPROVED", "REJECTED")[number % 2],
            by=people[number],
            notes=LONG_NOTES,
        ),
        workers=25,
    )

    decided = [answer for answer in answers if answer in pipeline.DECISIONS]
    assert len(decided) == 1
    assert answers.count("409 changed_meanwhile") == 49
    application.refresh_from_db()
    assert application.status == decided[0]
    assert application.transitions.filter(came_from="UNDER_REVIEW").count() == 1
    assert OutboxEvent.objects.filter(topic="loan.decided").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_pay_out_at_once_and_it_is_paid_once(at, budi, maya):
    application = at("APPROVED")

    answers = side_by_side(
        8, lambda number: _try(code=application.code, to="DISBURSED", by=(budi, maya)[number % 2])
    )

    assert sorted(answers) == ["409 illegal_transition"] * 7 + ["DISBURSED"]
    assert application.installments.count() == 12


@pytest.mark.django_db(transaction=True)
def test_a_change_and_a_submission_at_once_never_mix(at, budi):
    application = at("DRAFT")

    def work(number: int) -> str:
        if number % 2:
            return _try(code=application.code, to="SUBMITTED", by=budi, version=1)
        try:
            edit_application(
                code=application.code, by=budi, version=1, now=timezone.now(), amount=MILLION
            )
            return "edited"
        except Refusal as refusal:
            return refusal.code

    answers = side_by_side(8, work)

    # Who came first raised the version, and nobody after them saw it.
    application.refresh_from_db()
    assert application.version == 2
    won = [answer for answer in answers if answer in ("edited", "SUBMITTED")]
    assert won == [("edited" if application.status == "DRAFT" else "SUBMITTED")]
    assert application.amount == (MILLION if won == ["edited"] else 12 * MILLION)


def test_an_illegal_move_says_where_it_stands(at, maya):
    with pytest.raises(IllegalMove, match="Submitted|Diajukan"):
        move(at("SUBMITTED"), "APPROVED", maya)


def test_an_officer_decides_nothing(at, budi):
    with pytest.raises(RoleMayNotMove):
        move(at("UNDER_REVIEW"), "APPROVED", budi)
