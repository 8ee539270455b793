"""What the OpenAPI document promises is what the doors answer."""

import pytest
from rest_framework.exceptions import ValidationError

from core.api.fields import TextField


@pytest.fixture
def schema(db, client) -> dict:
    return client.get("/api-docs/schema").json()


def test_a_number_is_no_text():
    with pytest.raises(ValidationError):
        TextField().run_validation(5)


def test_an_amount_is_a_number_or_a_plain_decimal_text(schema):
    amount = schema["components"]["schemas"]["NewSaleRequest"]["properties"]["amount"]

    assert [form["type"] for form in amount["oneOf"]] == ["number", "string"]


def test_a_query_field_may_be_left_empty(schema):
    fields = schema["paths"]["/api/transactions"]["get"]["parameters"]

    assert all(field["allowEmptyValue"] for field in fields)


@pytest.mark.parametrize(("door", "statuses"), [("login", {"401", "403"}), ("refresh", {"401"})])
def test_an_open_door_names_the_refusals_of_its_own(schema, door, statuses):
    answers = schema["paths"][f"/api/auth/{door}"]["post"]["responses"]

    assert statuses <= answers.keys()


def test_a_supposed_figure_names_its_range(schema):
    fields = schema["paths"]["/api/merchant/what-if"]["get"]["parameters"]
    refunds = next(field["schema"] for field in fields if field["name"] == "refundRate")

    assert (refunds["minimum"], refunds["maximum"]) == (0, 100)


def test_a_withdrawn_consent_is_answered_with_the_consent(schema):
    answers = schema["paths"]["/api/merchant/consents/{code}"]["delete"]["responses"]

    assert "200" in answers and "204" not in answers
