import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from core.models import AuditEntry
from core.tests.hands import side_by_side
from transactions.models import DailyTotal, Refund
from transactions.services.refunds import (
    InvalidRefundAmount,
    NotPaid,
    RefundCodeTaken,
    RefundExceedsPaid,
    refund_sale,
)
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.factories import NOON, a_sale

TOMORROW = NOON + timedelta(days=1)


def refund(sale, amount: str, **overrides) -> Refund:
    details = {"reason": "Salah ketik", "by": None, "now": TOMORROW}
    return refund_sale(transaction=sale, amount=Decimal(amount), **(details | overrides))


def test_a_partial_refund_leaves_the_sale_paid(warung):
    sale = a_sale(warung, amount=Decimal("50000"))

    refund(sale, "20000")

    sale.refresh_from_db()
    assert (sale.status, sale.refund_status, sale.refunded_amount) == (
        "SUCCESS",
        "PROCESSED",
        20000,
    )


def test_refunds_that_reach_the_whole_amount_mark_the_sale(warung):
    sale = a_sale(warung, amount=Decimal("50000"))

    refund(sale, "20000")
    refund(sale, "30000")

    sale.refresh_from_db()
    assert (sale.status, sale.refunded_amount) == ("REFUNDED", 50000)


def test_the_totals_follow_on_the_day_of_the_sale_and_of_the_refund(warung):
    sale = a_sale(warung, amount=Decimal("50000"))

    refund(sale, "20000")
    refund(sale, "30000")

    of_sale, of_refund = DailyTotal.objects.order_by("day")
    assert (of_sale.day, of_sale.paid_count, of_sale.paid_amount) == (date(2026, 3, 2), 1, 50000)
    assert (of_sale.refunded_count, of_sale.refunded_amount) == (1, 50000)
    assert (of_refund.day, of_refund.paid_count) == (date(2026, 3, 3), 0)
    assert (of_refund.refunds_made_count, of_refund.refunds_made_amount) == (2, 50000)
    assert rebuild_daily_totals() == []


def test_a_refund_is_audited_with_its_reason(warung, operator):
    sale = a_sale(warung)

    refund(sale, "1000", by=operator)

    entry = AuditEntry.objects.get(action="transaction.refunded")
    assert (entry.actor_code, entry.subject_code) == (str(operator.code), sale.code)
    assert (entry.reason, entry.detail) == ("Salah ketik", {"amount": "1000"})


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("15000.01", RefundExceedsPaid),
        ("0", InvalidRefundAmount),
        ("-1", InvalidRefundAmount),
        ("0.001", InvalidRefundAmount),
        ("NaN", InvalidRefundAmount),
    ],
)
def test_a_refund_that_cannot_be_is_refused(warung, amount, refusal):
    sale = a_sale(warung, amount=Decimal("15000"))

    with pytest.raises(refusal):
        refund(sale, amount)

    assert not Refund.objects.exists()


def test_a_sale_given_back_cannot_be_given_back_again(warung):
    sale = a_sale(warung)
    refund(sale, "15000")

    with pytest.raises(RefundExceedsPaid):
        refund(sale, "0.01")


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "EXPIRED"])
def test_only_a_paid_sale_can_be_refunded(warung, status):
    sale = a_sale(warung, status=status)

    with pytest.raises(NotPaid):
        refund(sale, "1000")


@pytest.mark.django_db(transaction=True)
def test_refunds_at_once_never_give_back_more_than_was_paid(warung):
    sale = a_sale(warung, amount=Decimal("50000"))
    together = threading.Barrier(8)

    def ask(_):
        connection.ensure_connection()
        together.wait()
        try:
            return refund(sale, "20000").pk
        except RefundExceedsPaid:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as tills:
        made = [pk for pk in tills.map(ask, range(8)) if pk]

    sale.refresh_from_db()
    assert len(made) == 2
    assert (sale.status, sale.refunded_amount) == ("SUCCESS", 40000)
    assert rebuild_daily_totals() == []


@pytest.mark.django_db(transaction=True)
def test_one_code_for_two_sales_at_once_is_one_refund_and_one_refusal(warung):
    sales = [a_sale(warung), a_sale(warung)]
    code = UUID("6f0c7d3a-1f1e-4a37-9c50-5d1a3b0f6f11")

    def ask(number):
        try:
            return refund(sales[number % 2], "1000", code=code).status
        except RefundCodeTaken:
            return "taken"

    answers = side_by_side(8, ask)

    assert sorted(answers) == ["PROCESSED"] * 4 + ["taken"] * 4
    assert Refund.objects.count() == 1
