from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from accounts.services.confirmation import WrongPassword, confirm_person, is_confirmed
from accounts.services.sign_in import LockedOut
from accounts.tests.people import PASSWORD, with_password
from conftest import NOON
from core.models import AuditEntry

ADDRESS = "10.0.0.7"


@pytest.fixture
def request_of_budi(budi):
    request = RequestFactory().post("/")
    request.user, request.session = with_password(budi), SessionStore()
    return request


def confirm(request, password=PASSWORD, *, now=NOON):
    confirm_person(request=request, password=password, address=ADDRESS, now=now)


def test_the_right_password_holds_for_five_minutes(request_of_budi):
    confirm(request_of_budi)

    assert is_confirmed(request_of_budi, now=NOON + timedelta(minutes=4, seconds=59))
    assert not is_confirmed(request_of_budi, now=NOON + timedelta(minutes=5))


def test_a_session_without_a_confirmation_has_none(request_of_budi):
    assert not is_confirmed(request_of_budi, now=NOON)


def test_a_wrong_password_is_refused_and_audited_without_it(request_of_budi):
    with pytest.raises(WrongPassword):
        confirm(request_of_budi, "wrong-password-1")

    assert not is_confirmed(request_of_budi, now=NOON)
    entry = AuditEntry.objects.get(action="user.confirmation_failed")
    assert "wrong-password-1" not in str(entry.detail)


def test_guessing_is_counted_as_at_the_door(request_of_budi):
    for _ in range(5):
        with pytest.raises(WrongPassword):
            confirm(request_of_budi, "wrong-password-1")

    with pytest.raises(LockedOut) as refusal:
        confirm(request_of_budi)
    assert refusal.value.retry_after > 0


def test_the_right_password_forgets_earlier_guesses(request_of_budi):
    for _ in range(4):
        with pytest.raises(WrongPassword):
            confirm(request_of_budi, "wrong-password-1")
    confirm(request_of_budi)

    with pytest.raises(WrongPassword):
        confirm(request_of_budi, "wrong-password-1")
