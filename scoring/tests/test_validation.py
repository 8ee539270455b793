"""The standing check: did low scores come before trouble?"""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from conftest import NOON
from core.dates import business_day
from scoring.models import CreditScore
from scoring.services.validation import ANY, ARREARS, NotOverYet, validate
from scoring.statistics import auc, psi
from scoring.tests.factories import daily_sales
from scoring.tests.portfolio import shops_with_planted_trouble

DAY = timedelta(days=1)
HORIZON = 90
AT = business_day(NOON) - (HORIZON + 1) * DAY


def finding(found, kind=ANY):
    return next(item for item in found.findings if item.kind == kind)


def rates(item) -> list[float]:
    return [troubled / merchants for troubled, merchants in item.bands.values() if merchants]


def test_on_planted_trouble_the_rate_falls_from_high_to_low(db):
    shops_with_planted_trouble(150, now=NOON, after=HORIZON)

    found = validate(at=AT, horizon=HORIZON, now=NOON)

    high, medium, low = rates(finding(found))
    assert high > medium > low
    area = finding(found).auc
    assert area.value > 0.7
    assert 0.5 < area.low < area.value < area.high


def test_without_trouble_nothing_is_measurable(warung):
    daily_sales(warung, days=180)

    found = validate(at=AT, horizon=HORIZON, now=NOON)

    assert found.merchants == 1
    assert [item.troubled for item in found.findings] == [0] * 5
    assert not any(item.is_measurable for item in found.findings)


def test_arrears_are_not_measurable_yet(db):
    shops_with_planted_trouble(20, now=NOON, after=HORIZON)

    assert not finding(validate(at=AT, horizon=HORIZON, now=NOON), ARREARS).is_measurable


def test_a_shop_that_stops_selling_is_troubled_in_two_ways(warung):
    daily_sales(warung, days=90, now=NOON - 95 * DAY)

    found = validate(at=AT, horizon=HORIZON, now=NOON)

    assert [item.kind for item in found.findings if item.troubled] == [
        "any",
        "revenue_drop",
        "no_sales",
    ]


def test_a_shop_without_a_score_then_is_no_case(warung):
    daily_sales(warung, days=30)

    assert validate(at=AT, horizon=HORIZON, now=NOON).merchants == 0


def test_days_that_are_not_over_are_refused(db):
    with pytest.raises(NotOverYet):
        validate(at=AT + 2 * DAY, horizon=HORIZON, now=NOON)


def test_nothing_is_stored(warung):
    daily_sales(warung, days=180)

    validate(at=AT, horizon=HORIZON, now=NOON)

    assert not CreditScore.objects.exists()


def test_the_command_prints_a_table_and_writes_json(db, capsys, tmp_path):
    shops_with_planted_trouble(20, now=NOON, after=HORIZON)
    figures = tmp_path / "validation.json"

    call_command("validate_scores", at=AT, json=figures)

    printed = capsys.readouterr().out
    assert "any trouble" in printed
    assert "not measurable" in printed
    stored = json.loads(figures.read_text())
    assert stored["merchants"] == 20
    assert stored["findings"][-1]["auc"] is None


def test_the_command_refuses_a_day_whose_horizon_is_not_over(db):
    with pytest.raises(CommandError):
        call_command("validate_scores", at=business_day(NOON).replace(year=2100))


def test_auc_against_a_plain_count_of_pairs():
    troubled, fine = [10, 20, 20, 35, 50], [20, 30, 35, 60, 70, 80]

    wins = sum((t < f) + (t == f) / 2 for t in troubled for f in fine)

    assert auc(troubled=troubled, fine=fine).value == pytest.approx(wins / 30)


def test_delongs_interval_on_a_published_shape():
    # Two overlapping groups: V10 = (1, 1, .75, .5), V01 = (1, .75, .75, .75) for four against four.
    area = auc(troubled=[1, 2, 4, 6], fine=[3, 5, 7, 8])

    assert area.value == pytest.approx(0.8125)
    # V10 = (1, 1, .75, .5): s2 = .057292; V01 = (.5, .75, 1, 1): s2 = .057292.
    error = (0.0572917 / 4 + 0.0572917 / 4) ** 0.5
    assert area.low == pytest.approx(0.8125 - 1.959964 * error, abs=1e-4)


def test_guessing_gives_a_half():
    assert auc(troubled=[50] * 9, fine=[50] * 9).value == 0.5


def test_psi_grows_with_the_move():
    then = [45] * 50 + [75] * 50

    moved = [psi(expected=then, actual=[45] * n + [75] * (100 - n)) for n in (50, 60, 90)]

    assert moved[0] == 0
    assert moved[0] < moved[1] < 0.1 < moved[2]
