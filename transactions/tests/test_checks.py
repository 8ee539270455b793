import pytest

from transactions.checks import payments_are_reported_to_our_door

HOUSE = "https://saksama.example"


@pytest.mark.parametrize("path", ["/api/webhook/paylabs", "/api/transactions/webhook/paylabs"])
def test_a_notify_url_that_leads_to_the_webhook_is_right(settings, path):
    settings.PAYLABS_MID, settings.PAYLABS_NOTIFY_URL = "010414", HOUSE + path

    assert payments_are_reported_to_our_door(None) == []


@pytest.mark.parametrize("path", ["", "/", "/api/webhook", "/api/transactions", "/paylabs"])
def test_a_notify_url_that_leads_past_the_webhook_is_warned_of(settings, path):
    settings.PAYLABS_MID, settings.PAYLABS_NOTIFY_URL = "010414", HOUSE + path

    assert [each.id for each in payments_are_reported_to_our_door(None)] == ["transactions.W001"]


def test_a_copy_without_the_gateway_is_not_warned(settings):
    settings.PAYLABS_MID, settings.PAYLABS_NOTIFY_URL = "", HOUSE

    assert payments_are_reported_to_our_door(None) == []
