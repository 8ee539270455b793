"""Checking passwords is dear; a crowd at the door must cost those inside nothing."""

import threading
import time
from collections import Counter

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.models import Role, User
from accounts.tests.people import at_once, login, with_password


@pytest.fixture
def hashes(monkeypatch):
    """Count how many passwords are hashed at the same time; each takes a tenth of a second."""
    now, most = 0, []
    lock = threading.Lock()

    def verify(self, password, encoded):
        nonlocal now
        with lock:
            now += 1
            most.append(now)
        time.sleep(0.1)
        with lock:
            now -= 1
        return True

    monkeypatch.setattr(Argon2PasswordHasher, "verify", verify)
    return most


@pytest.mark.django_db(transaction=True)
def test_of_twelve_sign_ins_at_once_one_is_checked_at_a_time_and_a_crowd_does_not_wait(
    hashes,
):
    people = [f"person{number}@example.com" for number in range(12)]
    for email in people:
        with_password(User.objects.create(email=email, full_name="Person", role=Role.MERCHANT))

    answers = at_once(lambda email: login(email).status_code, people)

    assert max(hashes) == 1
    assert set(answers) == {200, 429}
    assert Counter(answers)[429] >= 6
