"""Random histories of sales: the kept totals, the recomputation and the SQL fold agree."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transactions.domain.totals import (
    COLUMNS,
    NOTHING,
    Deltas,
    GivenBack,
    SaleState,
    contribution,
)
from transactions.models import DailyTotal, Refund, Transaction
from transactions.selectors.totals import totals_params, totals_sql
from transactions.services.refunds import RefundExceedsPaid, refund_sale
from transactions.services.totals import apply_change, rebuild_daily_totals, state_of

START = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # 23.00 in Jakarta

amounts = st.integers(1, 10**7).map(lambda sen: Decimal(sen) / 100)
instants = st.integers(0, 4 * 86400 * 10).map(lambda n: START + timedelta(seconds=n / 10))
lapses = st.integers(0, 3 * 86400 * 10).map(lambda n: timedelta(seconds=n / 10))
steps = st.one_of(
    st.tuples(st.just("create"), amounts, instants, st.booleans()),
    st.tuples(st.just("pay"), lapses, amounts),
    st.tuples(st.just("fail"), st.sampled_from(["FAILED", "EXPIRED"])),
    st.tuples(st.just("settle"), lapses),
    st.tuples(st.just("refund"), amounts, lapses),
    st.tuples(st.just("refund_all"), lapses),
)
histories = st.lists(st.tuples(steps, st.integers(0, 5)), max_size=25)


def changed(sale: Transaction, **changes) -> None:
    before = state_of(sale)
    for name, value in changes.items():
        setattr(sale, name, value)
    sale.save()
    apply_change(merchant_id=sale.merchant_id, before=before, after=state_of(sale))


def create(warung, amount, occurred_at, is_cash) -> None:
    paid = (
        {"status": "SUCCESS", "paid_at": occurred_at, "settled_at": occurred_at} if is_cash else {}
    )
    sale = Transaction.objects.create(
        merchant=warung,
        amount=amount,
        method="CASH" if is_cash else "QRIS",
        occurred_at=occurred_at,
        settlement_tracked=is_cash,
        recorded_at=occurred_at,
        updated_at=occurred_at,
        **paid,
    )
    apply_change(merchant_id=warung.pk, before=None, after=state_of(sale))


def happen(warung, step, which: int) -> None:
    kind, *details = step
    if kind == "create":
        create(warung, *details)
        return
    sales = list(Transaction.objects.order_by("pk"))
    if not sales:
        return
    sale = sales[which % len(sales)]
    is_paid = sale.status in Transaction.PAID_STATUSES
    if kind == "pay" and not is_paid:
        lapse, fee = details
        changed(
            sale,
            status="SUCCESS",
            paid_at=sale.occurred_at + lapse,
            fee_amount=fee,
            settlement_tracked=True,
        )
    elif kind == "fail" and sale.status == "PENDING":
        changed(sale, status=details[0])
    elif kind == "settle" and is_paid:
        changed(sale, settled_at=sale.paid_at + details[0])
    elif kind.startswith("refund") and is_paid:
        amount = details[0] if kind == "refund" else sale.amount - sale.refunded_amount
        with suppress(RefundExceedsPaid):
            refund_sale(
                transaction=sale,
                amount=max(amount, Decimal("0.01")),
                reason="",
                by=None,
                now=sale.paid_at + details[-1],
            )


def known_at(sale: Transaction, instant: datetime | None) -> SaleState | None:
    """The plain twin of `known_by`: the sale as it was known then."""
    state = state_of(sale)
    if instant is None:
        return state
    if state.occurred_at > instant:
        return None
    refunds = tuple(r for r in state.refunds if r.processed_at <= instant)
    is_paid = sale.status in Transaction.PAID_STATUSES
    status = state.status
    if is_paid:
        status = "SUCCESS" if state.paid_at <= instant else "PENDING"
    return SaleState(
        status=status,
        amount=state.amount,
        occurred_at=state.occurred_at,
        paid_at=state.paid_at,
        settlement_tracked=state.settlement_tracked,
        settled_at=state.settled_at if state.settled_at and state.settled_at <= instant else None,
        fee_amount=state.fee_amount,
        refunds=tuple(GivenBack(r.amount, r.processed_at) for r in refunds),
    )


def summed(instant: datetime | None) -> dict:
    days: dict = {}
    for sale in Transaction.objects.all():
        state = known_at(sale, instant)
        for day, added in (contribution(state) if state else {}).items():
            days[day] = days.get(day, NOTHING) + added
    return {day: figures for day, figures in days.items() if figures}


def folded(warung, instant: datetime | None) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(
            totals_sql(sales=f"t.merchant_id = {warung.pk}"), totals_params(known_by=instant)
        )
        return {row[1]: Deltas(*row[2:]) for row in cursor}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories, instant=instants)
def test_kept_recomputed_and_folded_totals_agree(warung, history, instant):
    for model in (Refund, Transaction, DailyTotal):
        model.objects.all().delete()

    for step, which in history:
        happen(warung, step, which)

    kept = {row[0]: Deltas(*row[1:]) for row in DailyTotal.objects.values_list("day", *COLUMNS)}
    assert {day: figures for day, figures in kept.items() if figures} == summed(None)
    assert folded(warung, None) == summed(None)
    assert folded(warung, instant) == summed(instant)
    assert rebuild_daily_totals() == []
