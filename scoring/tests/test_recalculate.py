"""One merchant's score: what it is made of, what it announces, what refuses."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from conftest import NOON
from core.models import OutboxEvent
from scoring.domain.scorecard import score
from scoring.domain.series import Series
from scoring.models import CreditScore, LatestScore
from scoring.selectors import latest_score
from scoring.services.rows import AsOfInFuture
from scoring.services.scores import (
    NoSalesToScore,
    recalculate,
    refresh_when_due,
    score_as_of,
    score_merchants,
)
from scoring.tests.factories import a_sale, daily_sales

YESTERDAY = NOON - timedelta(days=1)


def test_scores_the_measurements_of_the_daily_totals(warung):
    daily_sales(warung)

    row = recalculate(merchant=warung, now=NOON)

    # 30 sales a month, no variation, no growth, no refund, settled after a day:
    # 30 x .25 + 100 x .25 + 50 x .20 + 100 x .10 + 100 x .20 = 72.5
    assert (row.volume_points, row.consistency_points, row.growth_points) == (30, 100, 50)
    assert (row.refund_points, row.settlement_points) == (100, 100)
    assert (row.points, row.risk_band) == (73, "MEDIUM")
    assert row.average_monthly_revenue == 3_000_000
    assert (row.min_limit, row.max_limit) == (2_400_000, 3_600_000)


def test_the_stored_row_recomputes_to_itself(warung):
    daily_sales(warung)
    row = CreditScore.objects.get(pk=recalculate(merchant=warung, now=NOON).pk)

    again = score(Series.from_json(row.series))

    assert again.points == row.points
    assert [reason.to_json() for reason in again.reasons] == row.reasons


def test_becomes_the_newest_score_and_announces_the_change(warung):
    daily_sales(warung)
    first = recalculate(merchant=warung, now=NOON)
    for _ in range(30):
        a_sale(warung, at=YESTERDAY)

    second = recalculate(merchant=warung, now=NOON + timedelta(minutes=1))

    assert LatestScore.objects.get(merchant=warung).score == second
    assert [event.payload for event in OutboxEvent.objects.filter(topic="score.changed")] == [
        {
            "merchant_id": warung.pk,
            "score_id": first.pk,
            "points_before": None,
            "points_after": first.points,
            "run_id": None,
        },
        {
            "merchant_id": warung.pk,
            "score_id": second.pk,
            "points_before": first.points,
            "points_after": second.points,
            "run_id": None,
        },
    ]


def test_every_call_adds_a_row(warung):
    a_sale(warung)

    recalculate(merchant=warung, now=NOON)
    recalculate(merchant=warung, now=NOON)

    assert CreditScore.objects.count() == 2


def test_a_shop_without_sales_has_no_score(warung):
    with pytest.raises(NoSalesToScore):
        recalculate(merchant=warung, now=NOON)

    assert not CreditScore.objects.exists()


def test_failed_sales_alone_never_make_a_score(warung):
    for _ in range(120):
        a_sale(warung, status="FAILED")

    with pytest.raises(NoSalesToScore):
        recalculate(merchant=warung, now=NOON)


def test_failed_and_pending_sales_change_nothing(warung):
    daily_sales(warung)
    before = recalculate(merchant=warung, now=NOON)
    for _ in range(50):
        a_sale(warung, status="FAILED")
        a_sale(warung, status="PENDING")

    after = recalculate(merchant=warung, now=NOON)

    assert (after.points, after.sales_count) == (before.points, before.sales_count)


def test_a_shop_with_nothing_but_refunds_gets_nothing_for_refunds(warung):
    daily_sales(warung, refunded=100_000)

    row = recalculate(merchant=warung, now=NOON)

    assert (row.refund_points, row.consistency_points) == (0, 0)
    assert row.risk_band == "HIGH"
    assert row.max_limit == 0


def test_unknown_settlement_is_neutral_and_named(warung):
    daily_sales(warung, settled_after=None, settlement_tracked=False)

    row = recalculate(merchant=warung, now=NOON)

    assert row.settlement_points == 50
    assert row.data_quality == "partial"
    assert "settlement_not_measurable" in [reason["code"] for reason in row.reasons]


def test_a_flat_shop_shows_no_growth_on_any_day_of_the_month(warung):
    end_of_march = NOON.replace(day=31)
    daily_sales(warung, days=120, now=end_of_march)

    growth = {
        score_as_of(merchant=warung, as_of=NOON.replace(day=day), now=end_of_march).growth_points
        for day in range(1, 32)
    }

    assert growth == {50}


def test_growth_beyond_any_narrow_column_is_stored(warung):
    for ago in range(31, 61):
        a_sale(warung, at=NOON - timedelta(days=ago), amount=1)
    for ago in range(1, 31):
        a_sale(warung, at=NOON - timedelta(days=ago), amount=10_000_000)

    row = recalculate(merchant=warung, now=NOON)

    assert float(row.measurements["growth_percent"]) > 100_000


def test_settlement_after_half_a_year_is_stored(warung):
    daily_sales(warung, settled_after=timedelta(days=200))

    row = recalculate(merchant=warung, now=NOON)

    assert (row.settlement_points, row.measurements["settlement_days"]) == (0, "200.0000")


def test_a_young_shop_is_judged_on_the_days_that_exist(warung):
    daily_sales(warung, days=30)

    row = recalculate(merchant=warung, now=NOON)

    assert row.average_monthly_revenue == 3_000_000
    assert row.measurements["cv_percent"] is None


def test_a_shop_that_traded_once_is_not_consistent(warung):
    a_sale(warung, at=NOON - timedelta(days=85), amount=50_000_000)

    row = recalculate(merchant=warung, now=NOON)

    assert row.consistency_points == 0


def test_a_stored_score_cannot_be_changed(warung):
    a_sale(warung)
    row = recalculate(merchant=warung, now=NOON)

    with pytest.raises(DatabaseError), transaction.atomic():
        CreditScore.objects.filter(pk=row.pk).update(points=100)
    with pytest.raises(DatabaseError), transaction.atomic():
        CreditScore.objects.filter(pk=row.pk).delete()


def test_a_score_of_the_past_leaves_the_newest_alone(warung):
    daily_sales(warung)
    newest = recalculate(merchant=warung, now=NOON)

    score_as_of(merchant=warung, as_of=NOON - timedelta(days=10), now=NOON)

    assert latest_score(warung) == newest
    assert OutboxEvent.objects.filter(topic="score.changed").count() == 1


def test_the_future_cannot_be_scored(warung):
    with pytest.raises(AsOfInFuture):
        score_as_of(merchant=warung, as_of=NOON + timedelta(days=1), now=NOON)


def test_a_first_sale_of_the_day_is_due(warung):
    a_sale(warung)

    assert refresh_when_due(merchant_id=warung.pk, now=NOON) is not None


def test_a_second_delivery_of_the_day_is_not_due(warung):
    a_sale(warung)
    refresh_when_due(merchant_id=warung.pk, now=NOON)

    assert refresh_when_due(merchant_id=warung.pk, now=NOON) is None
    assert CreditScore.objects.count() == 1


def test_the_next_business_day_is_due_again(warung):
    a_sale(warung)
    refresh_when_due(merchant_id=warung.pk, now=NOON)

    # 23.59 and 00.01 in Jakarta.
    assert refresh_when_due(merchant_id=warung.pk, now=NOON.replace(hour=16, minute=59)) is None
    assert refresh_when_due(merchant_id=warung.pk, now=NOON.replace(hour=17, minute=1))


def test_asking_whether_a_score_is_due_costs_one_query(warung, django_assert_num_queries):
    a_sale(warung)
    refresh_when_due(merchant_id=warung.pk, now=NOON)

    with django_assert_num_queries(1):
        refresh_when_due(merchant_id=warung.pk, now=NOON)


def test_an_unpaid_sale_makes_nothing_due(warung):
    a_sale(warung, status="PENDING")

    assert refresh_when_due(merchant_id=warung.pk, now=NOON) is None


def test_news_of_an_unknown_merchant_is_ignored(db):
    assert refresh_when_due(merchant_id=999_999, now=NOON) is None


def test_an_import_scores_its_merchants_once_however_often_it_is_told(warung, kios):
    a_sale(warung)
    told = {"merchant_ids": [warung.pk, kios.pk], "event_id": 7, "now": NOON}

    score_merchants(**told)
    score_merchants(**told)

    assert CreditScore.objects.get().merchant == warung


def test_another_import_scores_them_again(warung):
    a_sale(warung)

    score_merchants(merchant_ids=[warung.pk], event_id=7, now=NOON)
    score_merchants(merchant_ids=[warung.pk], event_id=8, now=NOON)

    assert CreditScore.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_people_recalculating_at_once_get_a_row_each(warung):
    a_sale(warung)
    together = threading.Barrier(2)

    def ask(_):
        connection.ensure_connection()
        together.wait()
        try:
            return recalculate(merchant=warung, now=NOON).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        rows = set(people.map(ask, range(2)))

    assert len(rows) == 2
    assert LatestScore.objects.get(merchant=warung).score_id == max(rows)
    befores = [event.payload["points_before"] for event in OutboxEvent.objects.order_by("pk")]
    assert befores.count(None) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_deliveries_at_once_score_once(warung):
    a_sale(warung)
    together = threading.Barrier(8)

    def deliver(_):
        connection.ensure_connection()
        together.wait()
        try:
            refresh_when_due(merchant_id=warung.pk, now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(deliver, range(8)))

    assert CreditScore.objects.count() == 1


def test_recalculating_takes_the_same_statements_at_any_size(warung, django_assert_max_num_queries):
    daily_sales(warung)

    with django_assert_max_num_queries(9):
        recalculate(merchant=warung, now=NOON)
