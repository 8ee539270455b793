from datetime import date
from decimal import Decimal

import pytest

from koperasi_risk.domain.schedules import METHODS, schedule

LENT = {
    "principal": Decimal(12_000_000),
    "rate_percent": Decimal(1),
    "rate_period": "MONTH",
    "tenor_months": 12,
    "disbursed_on": date(2026, 1, 31),
}


@pytest.mark.parametrize(
    ("method", "first", "last"),
    [
        ("FLAT", "1120000.00", "1120000.00"),
        ("MARGIN", "1120000.00", "1120000.00"),
        ("DECLINING", "1120000.00", "1010000.00"),
        # The last one takes what rounding left.
        ("ANNUITY", "1066185.46", "1066185.52"),
    ],
)
def test_each_method_has_its_first_and_its_last_instalment(method, first, last):
    lines = schedule(method=method, **LENT)

    paid = [line.principal + line.interest for line in lines]
    assert (paid[0], paid[-1]) == (Decimal(first), Decimal(last))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("principal", ["0.01", "0.05", "1000000", "9999999.99"])
def test_the_principal_of_all_lines_is_what_was_lent(method, principal):
    lines = schedule(method=method, **(LENT | {"principal": Decimal(principal)}))

    assert sum(line.principal for line in lines) == Decimal(principal)
    assert all(line.principal >= 0 and line.interest >= 0 for line in lines)


@pytest.mark.parametrize(("period", "rate"), [("MONTH", "1"), ("YEAR", "12"), ("TENOR", "12")])
def test_a_rate_is_of_a_month_a_year_or_the_tenor(period, rate):
    terms = LENT | {"rate_percent": Decimal(rate), "rate_period": period}

    assert schedule(method="DECLINING", **terms)[1].interest == Decimal("110000.00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"principal": Decimal(0)},
        {"principal": Decimal("0.001")},
        {"rate_percent": Decimal(-1)},
        {"rate_percent": Decimal("NaN")},
        {"tenor_months": 0},
        {"tenor_months": 361},
        {"rate_period": "WEEK"},
        {"method": "GUESS"},
    ],
)
def test_what_cannot_be_lent_is_refused(wrong):
    with pytest.raises(ValueError):
        schedule(**({"method": "FLAT"} | LENT | wrong))
