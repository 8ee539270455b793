"""Whoever brings the news of a payment, however often and in whatever order: it is counted once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.dates import business_day
from core.tests.hands import side_by_side
from transactions.models import DailyTotal, Transaction
from transactions.services.payments import expire_payment
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.callbacks import report

PRICE = Decimal(1000)


@pytest.fixture
def sale(paylabs, warung) -> Transaction:
    """Rp 1,000 whose code is shown."""
    return create_sale(
        merchant=warung, sale=NewSale(method="QRIS", amount=PRICE), now=timezone.now()
    )


@pytest.fixture
def check(api, sari, sale):
    """Ask how the sale stands, as the till does."""
    tills = [api(sari) for _ in range(10)]
    return lambda number: tills[number].get(f"/api/transactions/{sale.code}/check-status")


def assert_counted_once(sale):
    [total] = DailyTotal.objects.filter(merchant=sale.merchant)
    assert (total.paid_count, total.paid_amount) == (1, PRICE)
    assert (total.pending_count, total.failed_count) == (0, 0)
    assert rebuild_daily_totals() == []
    sale.refresh_from_db()
    assert sale.status == "SUCCESS"
    assert sale.events.filter(kind="PAID").count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_identical_callbacks_at_once_count_a_payment_once(paylabs, sale):
    statuses = side_by_side(10, lambda _: report(sale, paylabs).status_code)

    assert statuses == [200] * 10
    assert_counted_once(sale)


@pytest.mark.django_db(transaction=True)
def test_ten_status_checks_at_once_count_a_payment_once(paylabs, sale, check):
    paylabs.pay(sale.code, silent=True)

    answers = side_by_side(10, lambda number: check(number).json()["data"]["status"])

    assert answers == ["Success"] * 10
    assert_counted_once(sale)


@pytest.mark.django_db(transaction=True)
def test_callbacks_and_status_checks_at_once_count_a_payment_once(paylabs, sale, check):
    paylabs.pay(sale.code, silent=True)

    statuses = side_by_side(
        20,
        lambda number: (check(number // 2) if number % 2 else report(sale, paylabs)).status_code,
    )

    assert statuses == [200] * 20
    assert_counted_once(sale)


def test_a_late_failure_of_a_paid_sale_changes_nothing(paylabs, sale):
    report(sale, paylabs)
    before = Transaction.objects.values().get(pk=sale.pk)

    answer = report(sale, paylabs, status="09")

    assert answer.status_code == 200
    assert Transaction.objects.values().get(pk=sale.pk) == before
    assert_counted_once(sale)


def test_a_payment_reported_again_after_a_late_failure_is_not_added_again(paylabs, sale):
    for status in ("02", "09", "02", "01", "02"):
        assert report(sale, paylabs, status=status).status_code == 200

    assert_counted_once(sale)


def test_a_payment_after_a_failure_is_counted_once(paylabs, sale):
    report(sale, paylabs, status="09")
    assert DailyTotal.objects.get().failed_count == 1

    report(sale, paylabs)
    report(sale, paylabs)

    assert_counted_once(sale)


def test_a_payment_after_expiry_is_counted_once(paylabs, sale):
    expire_payment(sale=sale, source="SWEEP", now=timezone.now())

    report(sale, paylabs)
    report(sale, paylabs)

    assert_counted_once(sale)


def test_a_payment_after_midnight_counts_for_the_day_of_the_sale(paylabs, warung):
    yesterday = timezone.now() - timedelta(days=1)
    sale = create_sale(merchant=warung, sale=NewSale(method="QRIS", amount=PRICE), now=yesterday)

    report(sale, paylabs)

    assert DailyTotal.objects.get().day == business_day(yesterday)
    assert_counted_once(sale)


def test_the_fee_of_a_payment_is_kept(paylabs, sale):
    report(sale, paylabs, totalTransFee="7.00")

    sale.refresh_from_db()
    assert (sale.fee_amount, sale.net_amount) == (Decimal("7.00"), Decimal("993.00"))
    assert DailyTotal.objects.get().fee_amount == 7


def test_a_fee_that_comes_only_with_the_second_report_is_kept_too(paylabs, sale):
    report(sale, paylabs, totalTransFee=None)
    report(sale, paylabs)

    sale.refresh_from_db()
    assert sale.net_amount == Decimal("993.00")
    assert_counted_once(sale)


def test_the_instant_of_payment_never_lies_in_the_future(paylabs, sale):
    report(sale, paylabs, successTime="20991231235959")

    sale.refresh_from_db()
    assert sale.occurred_at <= sale.paid_at <= datetime.now(UTC)
