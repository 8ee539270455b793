from base64 import b64encode

import pytest

from core.checks import ai_calls_end, production_is_strict, secrets_are_long


def ids(errors) -> list[str]:
    return [error.id for error in errors]


def test_good_secrets_pass():
    assert secrets_are_long(None) == []


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "JWT_ACCESS_TOKEN_SECRET", "JWT_REFRESH_TOKEN_SECRET"]
)
def test_a_short_secret_stops_the_start(settings, name):
    setattr(settings, name, "x" * 31)

    assert ids(secrets_are_long(None)) == ["core.E001"]


def test_the_same_secret_twice_stops_the_start(settings):
    settings.JWT_ACCESS_TOKEN_SECRET = settings.JWT_REFRESH_TOKEN_SECRET

    assert ids(secrets_are_long(None)) == ["core.E002"]


@pytest.mark.parametrize(
    "keys",
    [["k1:short"], ["k1"], ["k1:!!!"], [f"k1:{b64encode(b'x' * 31).decode()}"], []],
)
def test_a_malformed_encryption_key_stops_the_start(settings, keys):
    settings.ENCRYPTION_KEYS = keys

    assert ids(secrets_are_long(None)) == ["core.E003"]


def test_two_encryption_keys_of_one_name_stop_the_start(settings):
    settings.ENCRYPTION_KEYS = [f"k1:{b64encode(bytes([n]) * 32).decode()}" for n in (1, 2)]

    assert ids(secrets_are_long(None)) == ["core.E003"]


def test_a_malformed_index_key_stops_the_start(settings):
    settings.BLIND_INDEX_KEY = "short"

    assert ids(secrets_are_long(None)) == ["core.E003"]


@pytest.mark.parametrize("name", ["DEBUG", "DEMO"])
def test_comforts_stop_a_deployment(settings, name):
    settings.DEBUG = settings.DEMO = False
    assert production_is_strict(None) == []

    setattr(settings, name, True)

    assert ids(production_is_strict(None)) == ["core.E004"]


def test_mails_that_are_written_to_the_log_stop_a_deployment(settings):
    settings.DEBUG = settings.DEMO = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert ids(production_is_strict(None)) == ["core.E005"]


@pytest.mark.parametrize("seconds", [0, -1, 26, float("nan"), float("inf")])
def test_calls_to_the_ai_that_may_not_end_stop_the_start(settings, seconds):
    settings.QWEN_TIMEOUT_SECONDS = seconds

    assert [error.id for error in ai_calls_end(None)] == ["core.E006"]


@pytest.mark.parametrize("seconds", [0.5, 8, 25])
def test_calls_to_the_ai_that_end_are_fine(settings, seconds):
    settings.QWEN_TIMEOUT_SECONDS = seconds

    assert ai_calls_end(None) == []
