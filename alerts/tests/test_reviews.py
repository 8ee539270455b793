"""Reviews: each bank's own, the newest stands, and a warning that worsens is new again."""

from datetime import timedelta

import pytest

from accounts.models import Organisation, Role, User
from alerts.models import BankReview
from alerts.selectors import WarningNotFound, board_counts, warning_of
from alerts.services import NoteRequired, WarningResolved, acknowledge_warning, review_warning
from alerts.services.reviews import NoteTooLong, OnlyForBanks
from alerts.tests.crowd import at_once
from alerts.tests.factories import a_warning
from conftest import NOON
from core.models import AuditEntry
from merchants.models import Consent

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def review(warning, by, *, state="ACKNOWLEDGED", note="", now=LATER) -> BankReview:
    return review_warning(code=warning.code, state=state, note=note, by=by, now=now)


def standing(warning, user) -> str:
    return warning_of(user, code=warning.code).standing


def test_the_newest_review_of_the_bank_stands(warung, budi):
    warning = a_warning(warung)
    assert standing(warning, budi) == "NEW"

    review(warning, budi)
    review(warning, budi, state="MONITORING", note="Telepon lagi Senin.")

    assert standing(warning, budi) == "MONITORING"
    reviews = warning_of(budi, code=warning.code).own_reviews
    assert [review.state for review in reviews] == ["MONITORING", "ACKNOWLEDGED"]


def test_saying_the_same_again_adds_nothing(warung, budi):
    warning = a_warning(warung)

    assert review(warning, budi) == review(warning, budi, now=LATER + timedelta(hours=1))
    assert AuditEntry.objects.filter(action="warning.reviewed").count() == 1


def test_what_a_bank_resolved_is_silent_until_it_worsens(warung, budi):
    warning = a_warning(warung)
    review(warning, budi, state="RESOLVED", note="Toko pindah.")
    assert board_counts(budi).total == 0

    warning.worsened_at = LATER + timedelta(days=1)
    warning.save()

    assert standing(warning, budi) == "NEW"
    assert board_counts(budi).new == 1


def test_the_note_stays_out_of_the_audit_log(warung, budi):
    review(a_warning(warung), budi, note="Ibu Sari sakit.")

    assert "Sari" not in str(AuditEntry.objects.get(action="warning.reviewed").__dict__)


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"state": "RESOLVED", "note": "  "}, NoteRequired),
        ({"state": "MONITORING", "note": "x" * 2001}, NoteTooLong),
    ],
)
def test_notes_are_checked(warung, budi, details, refusal):
    with pytest.raises(refusal):
        review(a_warning(warung), budi, **details)
    assert not BankReview.objects.exists()


@pytest.mark.parametrize("person", ["sari", "operator", "wayan"])
def test_only_people_of_a_bank_review(warung, request, person):
    with pytest.raises(OnlyForBanks):
        review(a_warning(warung), request.getfixturevalue(person))


def test_without_consent_there_is_nothing_to_review(warung, budi):
    warning = a_warning(warung)
    Consent.objects.update(withdrawn_at=NOON)

    with pytest.raises(WarningNotFound):
        review(warning, budi)


def test_a_closed_warning_is_not_reviewed(warung, budi):
    with pytest.raises(WarningResolved):
        review(a_warning(warung, status="RESOLVED", resolved_at=NOON), budi)


def test_an_owner_sees_a_warning_once_and_a_worsened_one_again(warung):
    warning = a_warning(warung)
    acknowledge_warning(merchant=warung, code=warning.code, now=LATER)
    acknowledge_warning(merchant=warung, code=warning.code, now=LATER + timedelta(hours=1))
    warning.refresh_from_db()
    assert warning.acknowledged_at == LATER

    warning.worsened_at = LATER + timedelta(days=1)
    warning.save()
    seen = acknowledge_warning(merchant=warung, code=warning.code, now=LATER + timedelta(days=2))

    assert seen.acknowledged_at == LATER + timedelta(days=2)


def test_another_shops_warning_cannot_be_acknowledged(warung, kios):
    with pytest.raises(WarningNotFound):
        acknowledge_warning(merchant=kios, code=a_warning(warung).code, now=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_fifty_reviews_at_once_one_is_the_newest_for_everybody(warung, budi):
    warning = a_warning(warung)
    states = ["ACKNOWLEDGED", "MONITORING", "RESOLVED"]
    rival = User.objects.create(
        email="siti@bni.example",
        role=Role.BANK_APPROVER,
        organisation=Organisation.objects.create(code="BNI", name="PT BNI", kind="BANK"),
    )

    done = at_once(
        50, lambda n: review(warning, (budi, rival)[n % 2], state=states[n % 3], note=f"{n}")
    )

    assert all(isinstance(result, BankReview) for result in done)
    for person in (budi, rival):
        newest = BankReview.objects.filter(bank=person.organisation).latest("pk")
        assert standing(warning, person) == newest.state
    assert BankReview.objects.count() == AuditEntry.objects.count() == 50
