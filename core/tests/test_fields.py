from decimal import Decimal

import pytest
from rest_framework.exceptions import ValidationError

from core.api.fields import AmountField


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        (15000, "15000.00"),
        (0.01, "0.01"),
        (1e3, "1000.00"),  # any JSON number
        (1500.25, "1500.25"),
        ("15000", "15000.00"),
        ("15000.5", "15000.50"),
        ("0.01", "0.01"),
        ("9999999999999.99", "9999999999999.99"),
        (9999999999999.99, "9999999999999.99"),
    ],
)
def test_an_amount_is_a_number_or_a_plain_decimal_text(sent, amount):
    assert AmountField().run_validation(sent) == Decimal(amount)


@pytest.mark.parametrize(
    "sent",
    [
        0,
        -1,
        -0.0,
        0.001,
        0.005,
        1000.005,
        "1000.005",
        "0",
        "-5",
        "+5",
        10_000_000_000_000,
        1e13,
        1e22,
        1e308,
        10**400,
        "9" * 500,
        "10000000000000",
        float("nan"),
        float("inf"),
        "NaN",
        "Infinity",
        "1e3",
        "1E3",
        "0x10",
        "1_000",
        "1,000",
        "1.000.000",
        "5.",
        ".5",
        " 5",
        "5 ",
        "5\n",
        "",
        "٥",
        "５",
        "Rp 5000",
        True,
        False,
        None,
        [],
        [5],
        {"amount": 5},
    ],
)
def test_anything_else_is_refused(sent):
    with pytest.raises(ValidationError):
        AmountField().run_validation(sent)
