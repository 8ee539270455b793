"""The windows: the same as day by day, whatever the day and however many merchants."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from alerts.domain import Settlement
from alerts.selectors.windows import windows_of
from alerts.tests.factories import a_day, a_score, days_of_sales
from alerts.tests.plain_windows import plain_windows
from conftest import NOON
from core.dates import business_day, start_of_day
from merchants.models import Merchant
from scoring.tests.factories import a_sale
from transactions.services.totals import rebuild_daily_totals

pytestmark = pytest.mark.django_db
TODAY = business_day(NOON)


def a_random_shop(dice: random.Random, number: int) -> Merchant:
    shop = Merchant.objects.create(code=f"R-{number}", company_name="Toko", joined_at=NOON)
    for ago in range(dice.choice((0, 5, 29, 30, 31, 60)), -1, -1):
        if dice.random() < 0.3:
            continue
        sales = dice.randrange(0, 40)
        waiting = dice.randrange(0, sales + 1)
        paid_at = int(start_of_day(TODAY - timedelta(days=ago)).timestamp()) + 40_000
        a_day(
            shop,
            TODAY - timedelta(days=ago),
            sales,
            price=dice.randrange(1, 10**9),
            refunded_amount=dice.randrange(0, 1 + sales),
            refunds_made_count=dice.randrange(0, 9),
            settled_count=sales - waiting,
            settlement_seconds=(sales - waiting) * dice.randrange(0, 10**6),
            waiting_count=waiting,
            waiting_paid_epoch=waiting * paid_at,
        )
    for _ in range(dice.randrange(0, 4)):
        a_score(shop, dice.randrange(101), as_of=NOON - timedelta(days=dice.randrange(0, 40)))
    return shop


def test_one_statement_says_the_same_as_day_by_day(db, django_assert_num_queries):
    dice = random.Random(41)
    shops = [a_random_shop(dice, number) for number in range(40)]

    with django_assert_num_queries(1):
        found = windows_of([shop.pk for shop in shops], as_of=NOON)

    assert found == {shop.pk: plain_windows(shop, as_of=NOON) for shop in shops}


def test_today_is_no_complete_day(warung):
    days_of_sales(warung, *(10,) * 31)
    before = windows_of([warung.pk], as_of=NOON)
    a_day(warung, TODAY, 500)

    assert windows_of([warung.pk], as_of=NOON) == before


def test_the_day_is_that_of_jakarta(warung):
    a_day(warung, TODAY - timedelta(days=1), 7)
    just_before_midnight = datetime(2026, 3, 1, 16, 59, 59, tzinfo=UTC)
    at_midnight = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)

    sold = [
        windows_of([warung.pk], as_of=instant)[warung.pk].sales.recent.total
        for instant in (just_before_midnight, at_midnight)
    ]

    assert sold == [0, 7]


def test_waiting_sales_are_as_old_as_the_last_complete_day(warung):
    paid_at = start_of_day(TODAY - timedelta(days=4))
    a_sale(warung, at=paid_at, settled_after=None)

    for as_of in (NOON, NOON + timedelta(hours=11)):
        settlement = windows_of([warung.pk], as_of=as_of)[warung.pk].settlement
        assert settlement == Settlement(settled=0, waiting=1, seconds=4 * 86_400)


def test_historical_windows_see_what_was_known_then(warung):
    for ago in range(1, 41):
        a_sale(warung, at=NOON - timedelta(days=ago), settled_after=timedelta(days=6))
    a_sale(
        warung,
        at=NOON - timedelta(days=20),
        refunded=50_000,
        refunded_at=NOON - timedelta(days=2),
    )
    a_week_ago = NOON - timedelta(days=7)

    then = windows_of([warung.pk], as_of=a_week_ago, historical=True)[warung.pk]

    assert (then.refunds.recent_refunds, then.refunds.past_refunds) == (0, 0)
    assert (then.settlement.settled, then.settlement.waiting) == (26, 5)
    assert then.observed_days == 33


def test_historical_windows_of_now_are_the_live_ones(warung):
    for ago in range(1, 50):
        a_sale(warung, at=NOON - timedelta(days=ago, hours=ago % 5), amount=ago * 1000)
    a_sale(warung, at=NOON - timedelta(days=20), refunded=50_000, refunded_at=NOON)
    a_score(warung, 70)
    assert rebuild_daily_totals() == []

    assert windows_of([warung.pk], as_of=NOON, historical=True) == windows_of(
        [warung.pk], as_of=NOON
    )
