"""Random histories: sales paid, settled by statements, refunded, told again, in any order."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from transactions.domain.settlements import SettlementLine
from transactions.domain.totals import COLUMNS
from transactions.models import DailyTotal, Refund, SettlementStatement, Transaction
from transactions.services.refunds import process_refund, refund_sale
from transactions.services.settlements import settle
from transactions.services.totals import (
    apply_change,
    rebuild_daily_totals,
    state_of,
    totals_following_many,
)
from transactions.tests.factories import NOON, a_sale

LATER = NOON + timedelta(days=30)
amounts = st.integers(1, 2_000_000).map(lambda sen: Decimal(sen) / 100)
hours = st.integers(-2, 24 * 5).map(lambda n: timedelta(hours=n))
which = st.integers(0, 5)
lines = st.tuples(which, hours, st.none() | st.integers(0, 300), st.booleans())
steps = st.one_of(
    st.tuples(st.just("sell"), amounts, hours, st.booleans()),
    st.tuples(st.just("pay"), which, hours),
    st.tuples(st.just("settle"), st.lists(lines, max_size=6)),
    st.tuples(st.just("repeat")),
    st.tuples(st.just("refund"), which, amounts, hours),
)
without_limits = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Books:
    """One history of one or two shops, on empty tables."""

    def __init__(self, *shops):
        for model in (SettlementStatement, Refund, Transaction, DailyTotal):
            model.objects.all().delete()
        self.shops, self.last_statement = shops, []

    def sale(self, number: int) -> Transaction | None:
        sales = Transaction.objects.order_by("pk")
        return sales[number % len(sales)] if sales else None

    def sell(self, amount, lapse, is_tracked):
        a_sale(
            self.shops[Transaction.objects.count() % len(self.shops)],
            amount=amount,
            occurred_at=NOON + lapse,
            status="PENDING",
            settlement_tracked=is_tracked,
        )

    def pay(self, number, lapse):
        sale = self.sale(number)
        if not sale or sale.paid_at:
            return
        before = state_of(sale)
        sale.status, sale.paid_at = "SUCCESS", sale.occurred_at + abs(lapse)
        sale.save()
        apply_change(merchant_id=sale.merchant_id, before=before, after=state_of(sale))

    def settle(self, told):
        named = [(self.sale(number), *rest) for number, *rest in told]
        self.last_statement = [
            SettlementLine(
                line=place,
                trade_number=sale.code,
                amount=sale.amount,
                fee=None if fee is None else min(Decimal(fee), sale.amount),
                net=None,
                settled_at=(sale.paid_at or NOON) + lapse,
                day_only=day_only,
            )
            for place, (sale, lapse, fee, day_only) in enumerate(named)
            if sale
        ]
        self.repeat()

    def repeat(self):
        settle(self.last_statement, source="FILE", name="x", now=LATER)

    def refund(self, number, amount, lapse):
        if sale := self.sale(number):
            amount = min(amount, sale.amount - sale.refunded_amount)
            now = (sale.paid_at or NOON) + abs(lapse)
            with suppress(Refusal):
                refund = refund_sale(transaction=sale, amount=amount, reason="", by=None, now=now)
                process_refund(refund=refund, now=now)


@without_limits
@given(history=st.lists(steps, max_size=20))
def test_no_difference_is_found_after_any_history(warung, kios, history):
    books = Books(warung, kios)

    for name, *details in history:
        getattr(books, name)(*details)
        assert rebuild_daily_totals() == []

    # What was refused because nobody had paid may be paid by now; after that nothing is new.
    books.repeat()
    settled = totals()
    books.repeat()
    assert totals() == settled
    assert rebuild_daily_totals() == []


changes = st.tuples(
    st.sampled_from(["PENDING", "SUCCESS", "FAILED"]), st.none() | hours, st.none() | amounts
)


@without_limits
@given(history=st.lists(steps, max_size=12), changed=st.lists(changes, min_size=1, max_size=6))
def test_many_sales_move_their_days_as_each_of_them_would(warung, kios, history, changed):
    books = Books(warung, kios)
    for name, *details in history:
        getattr(books, name)(*details)
    sales = list(Transaction.objects.order_by("pk")[: len(changed)])
    started = list(DailyTotal.objects.all())

    for sale, change in zip(sales, changed, strict=False):
        before = state_of(sale)
        apply(sale, change)
        # Only the totals: the rows wait for their turn below.
        apply_change(merchant_id=sale.merchant_id, before=before, after=state_of(sale))
    one_by_one = totals()

    take_back(started)
    with totals_following_many([sale.pk for sale in sales]):
        for sale in sales:
            sale.save()
    assert totals() == one_by_one


def apply(sale: Transaction, change) -> None:
    status, lapse, fee = change
    if not sale.refunded_amount:
        sale.status = status
    sale.paid_at = sale.paid_at or sale.occurred_at
    sale.settled_at = None if lapse is None else sale.paid_at + lapse
    sale.settlement_tracked, sale.fee_amount = True, fee


def take_back(totals_before) -> None:
    DailyTotal.objects.all().delete()
    DailyTotal.objects.bulk_create(totals_before)


def totals() -> dict:
    return {
        (merchant, day): figures
        for merchant, day, *figures in DailyTotal.objects.values_list("merchant", "day", *COLUMNS)
        if any(figures)
    }
