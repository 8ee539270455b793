"""Every door that asks for no token lets through only so many attempts of one address."""

import uuid

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

DOORS = [
    ("sign_in", "/api/auth/login"),
    ("register", "/api/auth/register"),
    ("refresh", "/api/auth/refresh"),
    ("reset", "/api/auth/request-password-reset"),
    ("reset", "/api/auth/reset-password"),
]


@pytest.fixture
def address() -> str:
    """An address that nobody has counted yet."""
    return f"2001:db8::{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}"


@pytest.mark.parametrize(("scope", "door"), DOORS)
def test_a_door_of_the_api_closes_after_its_number_of_attempts(settings, address, scope, door):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {scope: 3}

    statuses = [APIClient().post(door, {}, REMOTE_ADDR=address).status_code for _ in range(5)]

    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]


def test_the_page_for_a_forgotten_password_closes_too(client, sari, settings, address, mailoutbox):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"reset": 3}

    statuses = [
        client.post(
            "/accounts/password/reset/", {"email": sari.email}, REMOTE_ADDR=address
        ).status_code
        for _ in range(5)
    ]

    assert statuses == [302, 302, 302, 429, 429]
