import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.models import AuditEntry, OutboxEvent
from scoring.services.scores import recalculate
from transactions.domain.settlements import SettlementLine, UnreadableLine
from transactions.models import DailyTotal, GatewayOrder, SettlementProblem, SettlementStatement
from transactions.services import settlements
from transactions.services.settlements import close_broken_statements, settle
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.factories import NOON, a_refund, a_sale

TUESDAY = NOON + timedelta(hours=22)  # 10.00 in Jakarta
NOW = NOON + timedelta(days=2)
FEE = Decimal("105.00")
DONE, FAILED = SettlementStatement.Status.DONE, SettlementStatement.Status.FAILED


def a_line(sale=None, **overrides) -> SettlementLine:
    details = {
        "line": 1,
        "trade_number": sale.code if sale else "nobody's",
        "amount": sale.amount if sale else Decimal(1),
        "fee": FEE,
        "net": None,
        "settled_at": TUESDAY,
    }
    return SettlementLine(**(details | overrides))


def settled(*lines, source="FILE", name="statement.csv", now=NOW, **options) -> SettlementStatement:
    statement = settle(lines, source=source, name=name, now=now, **options)
    statement.refresh_from_db()
    return statement


def counts(statement: SettlementStatement) -> tuple[int, int, int, int]:
    return (
        statement.rows_read,
        statement.rows_settled,
        statement.rows_repeated,
        statement.rows_refused,
    )


def reasons(statement: SettlementStatement) -> list[tuple[int, str]]:
    return list(statement.problems.order_by("line").values_list("line", "reason_code"))


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(settlements, "CHUNK_ROWS", 3)


def test_settles_a_sale_and_moves_its_day(warung):
    sale = a_sale(warung, settlement_tracked=True)

    statement = settled(a_line(sale))

    sale.refresh_from_db()
    assert (sale.settled_at, sale.fee_amount, sale.net_amount) == (
        TUESDAY,
        FEE,
        Decimal("14895.00"),
    )
    day = DailyTotal.objects.get()
    assert (day.settled_count, day.waiting_count, day.waiting_paid_epoch) == (1, 0, 0)
    assert (day.settlement_seconds, day.fee_amount) == (22 * 3600, FEE)
    assert (counts(statement), statement.status) == ((1, 1, 0, 0), DONE)
    assert rebuild_daily_totals() == []


def test_a_sale_whose_settlement_nobody_reported_is_reported_from_now_on(warung):
    sale = a_sale(warung, settlement_tracked=False)

    settled(a_line(sale))

    sale.refresh_from_db()
    assert sale.settlement_tracked
    assert DailyTotal.objects.get().settled_count == 1


def test_a_repeated_statement_changes_nothing(warung):
    sale = a_sale(warung, settlement_tracked=True)
    settled(a_line(sale))
    before = DailyTotal.objects.values().get()

    again = settled(a_line(sale), now=NOW + timedelta(hours=1))

    sale.refresh_from_db()
    assert (counts(again), sale.updated_at) == ((1, 0, 1, 0), NOW)
    assert DailyTotal.objects.values().get() == before
    assert OutboxEvent.objects.filter(topic="sales.settled").count() == 1


def test_a_line_that_stands_twice_counts_once(warung):
    sale = a_sale(warung, settlement_tracked=True)

    statement = settled(a_line(sale), a_line(sale, line=2), a_line(sale, line=3, fee=FEE + 1))

    assert counts(statement) == (3, 1, 1, 1)
    assert reasons(statement) == [(3, "settled_differently")]
    assert DailyTotal.objects.get().settled_count == 1


def test_lines_that_do_not_fit_are_kept_and_the_others_settled(warung, small_chunks):
    paid, pending = a_sale(warung), a_sale(warung, status="PENDING")
    early = a_sale(warung)

    statement = settled(
        a_line(),
        a_line(paid, line=2, amount=Decimal(1)),
        a_line(pending, line=3),
        a_line(early, line=4, settled_at=NOON - timedelta(days=1)),
        a_line(early, line=5, settled_at=NOW + timedelta(days=1)),
        UnreadableLine(line=6, detail="amount: 1,5"),
        a_line(paid, line=7),
    )

    assert reasons(statement) == [
        (1, "unknown_sale"),
        (2, "amount_differs"),
        (3, "not_paid"),
        (4, "settled_before_paid"),
        (5, "settled_in_future"),
        (6, "malformed"),
    ]
    assert counts(statement) == (7, 1, 0, 6)
    problem = statement.problems.get(line=2)
    assert (problem.trade_number, problem.detail) == (paid.code, "1 ≠ 15000.00")
    assert {*settlements.REASONS} >= {reason for _line, reason in reasons(statement)}
    assert rebuild_daily_totals() == []


def test_an_unpaid_sale_is_asked_about_at_the_gateway(warung):
    due = [None, NOW + timedelta(hours=1), NOW - timedelta(hours=1)]
    sales = [a_sale(warung, status="EXPIRED") for _ in due]
    for sale, ask_at in zip(sales, due, strict=True):
        GatewayOrder.objects.create(transaction=sale, expires_at=NOON, ask_at=ask_at)

    settled(*map(a_line, sales))

    asked = GatewayOrder.objects.order_by("pk").values_list("ask_at", flat=True)
    assert list(asked) == [NOW, NOW, due[2]]
    assert not any(sale.settled_at for sale in warung.transactions.all())


def test_a_file_may_name_a_sale_by_the_merchants_own_id(warung, kios):
    ours, theirs = (a_sale(shop, external_id="A-1") for shop in (warung, kios))

    statement = settled(
        a_line(ours, trade_number="A-1", external_id="A-1", merchant=warung.code),
        a_line(ours, line=2, trade_number="A-1", external_id="A-1", merchant="nobody"),
        a_line(ours, line=3, trade_number="A-1", external_id="A-1"),
    )

    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.settled_at, theirs.settled_at) == (TUESDAY, None)
    assert reasons(statement) == [(2, "unknown_sale"), (3, "unknown_sale")]


def test_a_trade_number_is_not_believed_to_be_another_merchants(warung, kios):
    sale = a_sale(warung)

    statement = settled(a_line(sale, merchant=kios.code), a_line(sale, merchant=warung.code))

    assert reasons(statement) == [(1, "unknown_sale")]
    assert statement.rows_settled == 1


def test_each_touched_merchant_is_told_once(warung, kios, small_chunks, monkeypatch):
    monkeypatch.setattr(settlements, "MERCHANTS_PER_EVENT", 1)
    sales = [a_sale(shop) for shop in (warung, kios) * 4]

    statement = settled(*map(a_line, sales))

    told = OutboxEvent.objects.filter(topic="sales.settled").order_by("pk")
    assert [event.payload for event in told] == [
        {"statement_id": statement.pk, "merchant_ids": [shop.pk]} for shop in (warung, kios)
    ]
    assert AuditEntry.objects.get(action="sales.settled").detail["settled"] == 8


def broken_off(lines: Iterable[SettlementLine]) -> Iterable[SettlementLine]:
    yield from lines
    raise OSError("cut")


def test_a_second_run_completes_what_was_broken_off(warung, kios, small_chunks):
    sales = [a_sale(shop) for shop in (warung, warung, warung, kios, kios)]
    lines = [a_line(sale) for sale in sales]

    with pytest.raises(OSError, match="cut"):
        settle(broken_off(lines[:4]), source="FILE", name="statement.csv", now=NOW)
    first = SettlementStatement.objects.get()
    second = settled(*lines)

    # What was read of a chunk that never came together is not settled.
    assert (first.status, counts(first)) == (FAILED, (3, 3, 0, 0))
    assert (second.status, counts(second)) == (DONE, (5, 2, 3, 0))
    assert rebuild_daily_totals() == []


def test_the_run_after_a_killed_one_tells_what_nobody_was_told(warung, small_chunks):
    sales = [a_sale(warung) for _ in range(3)]
    killed = settled(*map(a_line, sales))
    SettlementStatement.objects.filter(pk=killed.pk).update(status="RUNNING")
    OutboxEvent.objects.all().delete()

    completed = settled(*map(a_line, sales))
    repeated = settled(*map(a_line, sales))

    assert counts(completed) == counts(repeated) == (3, 0, 3, 0)
    event = OutboxEvent.objects.get(topic="sales.settled")
    assert event.payload == {"statement_id": completed.pk, "merchant_ids": [warung.pk]}


def test_a_chunk_is_written_whole_or_not_at_all(warung, monkeypatch):
    sale = a_sale(warung, settlement_tracked=True)
    monkeypatch.setattr(settlements._Work, "_count", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        settle([a_line(sale)], source="FILE", name="x", now=NOW)

    sale.refresh_from_db()
    assert sale.settled_at is None
    assert (DailyTotal.objects.get().waiting_count, rebuild_daily_totals()) == (1, [])
    assert SettlementStatement.objects.get().status == FAILED


def test_the_next_reading_of_the_gateways_day_takes_over_its_problems(warung):
    pending = a_sale(warung, status="PENDING")
    day = {"source": "GATEWAY", "name": "2026-03-03", "settlement_date": TUESDAY.date()}
    settled(a_line(pending), a_line(line=2), **day)
    settled(a_line(), source="FILE")
    pending.status, pending.paid_at = "SUCCESS", NOON
    pending.save()

    second = settled(a_line(pending), a_line(line=2), **day)

    assert reasons(second) == [(2, "unknown_sale")]
    assert SettlementProblem.objects.filter(statement__source="GATEWAY").count() == 1
    assert SettlementProblem.objects.filter(statement__source="FILE").count() == 1


def test_a_statement_left_running_is_closed(db):
    left = SettlementStatement.objects.create(source="FILE", name="a", started_at=NOON)
    lives = SettlementStatement.objects.create(source="FILE", name="b", started_at=NOW)

    assert close_broken_statements(now=NOW) == 1
    left.refresh_from_db()
    lives.refresh_from_db()
    assert (left.status, lives.status) == (FAILED, "RUNNING")


def test_refunds_of_a_sale_stay_counted_when_it_is_settled(warung):
    sale = a_sale(warung, settlement_tracked=True)
    a_refund(sale, amount=Decimal(5000))
    sale.refunded_amount = Decimal(5000)
    sale.save()
    rebuild_daily_totals(repair=True)

    settled(a_line(sale))

    day = DailyTotal.objects.get(day=NOON.date())
    assert (day.refunded_amount, day.settled_count) == (Decimal(5000), 1)
    assert rebuild_daily_totals() == []


@pytest.mark.parametrize(("days", "points"), [(1, 100), (2, 75), (3, 50), (7, 0)])
def test_a_statement_moves_the_settlement_of_the_score(warung, days, points):
    for age in range(8, 40):
        at = NOW - timedelta(days=age)
        a_sale(warung, occurred_at=at, settlement_tracked=True)
    before = recalculate(merchant=warung, now=NOW)

    sales = warung.transactions.all()
    settled(*(a_line(sale, settled_at=sale.paid_at + timedelta(days=days)) for sale in sales))
    after = recalculate(merchant=warung, now=NOW)

    # Nobody had reported any settlement before.
    assert (before.settlement_points, after.settlement_points) == (50, points)


@pytest.mark.django_db(transaction=True)
def test_one_statement_read_by_four_at_once_counts_once(warung, kios, small_chunks):
    sales = [a_sale(shop, settlement_tracked=True) for shop in (warung, kios) * 10]
    lines = [a_line(sale) for sale in sales]
    together = threading.Barrier(4)

    def read(number):
        connection.ensure_connection()
        together.wait()
        try:
            mine = lines if number % 2 else lines[::-1]
            return settle(mine, source="FILE", name="x", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        read_by = list(people.map(read, range(4)))

    assert sum(statement.rows_settled for statement in read_by) == 20
    assert sum(statement.rows_repeated for statement in read_by) == 60
    assert sum(day.settled_count for day in DailyTotal.objects.all()) == 20
    assert rebuild_daily_totals() == []
