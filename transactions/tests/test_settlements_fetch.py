"""The gateway's feed, from the simulator over HTTP."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.celery import app
from core.dates import business_day
from core.models import OutboxEvent
from transactions import tasks
from transactions.models import DailyTotal, GatewayOrder, SettlementStatement, Transaction
from transactions.paylabs import client
from transactions.paylabs.client import GatewayNotConfigured, GatewayUnavailable
from transactions.services import settlements
from transactions.services.inquiries import resolve_payment
from transactions.services.sales import NewSale, create_sale
from transactions.services.settlement_feed import days_to_fetch, fetch_settlements
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.factories import NOON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def a_payment(paylabs, warung):
    """Return a function that sells by QRIS and lets the payer pay; we hear of it when `heard`."""

    def pay(amount=15000, *, heard=True) -> Transaction:
        now = timezone.now()
        sale = create_sale(
            merchant=warung, sale=NewSale(method="QRIS", amount=Decimal(amount)), now=now
        )
        paylabs.pay(sale.code)
        if heard:
            hear_of(sale)
        return sale

    return pay


def hear_of(sale: Transaction) -> None:
    GatewayOrder.objects.filter(pk=sale.pk).update(ask_at=timezone.now())
    resolve_payment(transaction_id=sale.pk, now=timezone.now())
    sale.refresh_from_db()
    assert sale.status == "SUCCESS"


def fetched(**overrides) -> SettlementStatement | None:
    now = timezone.now()
    return fetch_settlements(**({"day": business_day(now), "now": now} | overrides))


def reasons(statement) -> list[str]:
    return list(statement.problems.order_by("line").values_list("reason_code", flat=True))


def test_what_the_gateway_paid_out_is_settled_once(paylabs, a_payment):
    sale = a_payment()
    waiting = DailyTotal.objects.get().waiting_count
    paylabs.settle()

    first, again = fetched(), fetched()

    sale.refresh_from_db()
    assert (sale.fee_amount, sale.net_amount) == (Decimal(105), Decimal(14895))
    assert timezone.now() - sale.settled_at < timedelta(minutes=1)
    assert (first.rows_settled, again.rows_repeated) == (1, 1)
    day = DailyTotal.objects.get()
    assert (waiting, day.waiting_count, day.settled_count) == (1, 0, 1)
    assert OutboxEvent.objects.filter(topic="sales.settled").count() == 1
    assert rebuild_daily_totals() == []


def test_a_day_without_payouts_leaves_no_statement(paylabs, a_payment):
    a_payment()

    assert fetched() is None
    assert not SettlementStatement.objects.exists()


def test_every_page_is_read(paylabs, a_payment, monkeypatch):
    page = {"1": [row("A"), row("B")], "2": [row("C"), "nonsense"]}
    monkeypatch.setattr(
        client, "_ask", lambda _path, body: {"rows": page[str(body["page"])], "pages": 2}
    )

    statement = fetched()

    assert statement.rows_read == 4
    assert reasons(statement) == ["unknown_sale"] * 3 + ["malformed"]


def row(number: str) -> dict:
    return {"merchantTradeNo": number, "amount": "1.00", "settlementTime": "20260303100000"}


def test_a_payment_that_was_never_heard_of_is_asked_about_then_settled(paylabs, a_payment):
    sale = a_payment(heard=False)
    paylabs.settle()

    refused = fetched()
    # The sweep finds it due at once.
    resolve_payment(transaction_id=sale.pk, now=timezone.now())
    settled = fetched()

    sale.refresh_from_db()
    assert reasons(refused) == []  # taken over
    assert (refused.rows_refused, settled.rows_settled) == (1, 1)
    assert sale.settled_at and sale.status == "SUCCESS"
    assert rebuild_daily_totals() == []


@pytest.mark.parametrize(
    ("untrue", "reason", "settled"),
    [
        ({"amount": "1.00"}, "amount_differs", 0),
        ({"merchantTradeNo": "X"}, "unknown_sale", 0),
        ({"netAmount": "1.00"}, "malformed", 0),
        ({"settlementTime": "20200101100000"}, "settled_before_paid", 0),
        ({"settlementTime": "20990101100000"}, "settled_in_future", 0),
        ({"settlementTime": "yesterday"}, "malformed", 0),
        ({"twice": True}, None, 1),
        ({"twice": True, "totalTransFee": "0.00", "netAmount": "15000.00"}, None, 1),
    ],
)
def test_an_untrue_row_is_kept_as_a_problem(paylabs, a_payment, untrue, reason, settled):
    sale = a_payment()
    paylabs.settle()
    paylabs.distort(sale.code, **untrue)

    statement = fetched()

    assert statement.rows_settled == settled
    assert reasons(statement) == ([reason] if reason else [])
    assert rebuild_daily_totals() == []


def test_a_gateway_that_is_away_leaves_no_statement(paylabs, a_payment):
    a_payment()
    paylabs.settle()
    paylabs.behave("settlement", "error500", times=1)

    with pytest.raises(GatewayUnavailable):
        fetched()

    assert not SettlementStatement.objects.exists()
    assert fetched().rows_settled == 1


def test_a_feed_that_breaks_off_in_the_middle_is_completed_by_the_next_fetch(
    paylabs, a_payment, monkeypatch
):
    monkeypatch.setattr(settlements, "CHUNK_ROWS", 1)
    sales = [a_payment() for _ in range(3)]
    paylabs.settle()
    whole = client.settlement

    def cut(*, day):
        lines = whole(day=day)
        yield next(lines)
        yield next(lines)
        raise GatewayUnavailable()

    monkeypatch.setattr(client, "settlement", cut)
    with pytest.raises(GatewayUnavailable):
        fetched()
    monkeypatch.setattr(client, "settlement", whole)
    fetched()

    broken, completed = SettlementStatement.objects.order_by("pk")
    assert (broken.status, broken.rows_settled) == ("FAILED", 2)
    assert (completed.status, completed.rows_settled, completed.rows_repeated) == ("DONE", 1, 2)
    assert Transaction.objects.filter(settled_at__isnull=False).count() == len(sales)
    assert rebuild_daily_totals() == []


# ── By itself, and by hand ─────────────────────────────────────────────────────────────


def test_the_last_seven_days_are_fetched_in_jakartas_calendar():
    days = days_to_fetch(now=NOON + timedelta(hours=14))  # 02.00 on Tuesday

    assert (len(days), days[0], days[-1]) == (7, date(2026, 2, 25), date(2026, 3, 3))


def test_the_clock_sends_for_each_day(settings, monkeypatch):
    sent = []
    monkeypatch.setattr(
        tasks.fetch_settlement_day_task, "delay", lambda **named: sent.append(named["day"])
    )

    settings.PAYLABS_MID = ""
    tasks.fetch_settlements_task()
    assert sent == []

    settings.PAYLABS_MID = "1"
    tasks.fetch_settlements_task()
    assert sent == [day.isoformat() for day in days_to_fetch(now=timezone.now())]


def test_the_clock_rings_at_half_past_ten_and_at_four_on_the_queue_for_long_work():
    times = {
        (min(entry["schedule"].hour), min(entry["schedule"].minute))
        for entry in app.conf.beat_schedule.values()
        if entry["task"] == "transactions.fetch_settlements"
    }

    assert times == {(10, 30), (16, 0)}
    for name in ("fetch_settlements", "fetch_settlement_day"):
        assert app.conf.task_routes[f"transactions.{name}"] == {"queue": "bulk"}


def test_the_task_of_a_day_settles_it(paylabs, a_payment):
    a_payment()
    paylabs.settle()

    tasks.fetch_settlement_day_task(day=business_day(timezone.now()).isoformat())

    assert SettlementStatement.objects.get().rows_settled == 1


def run(*options) -> str:
    out = StringIO()
    call_command("fetch_settlements", *options, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_fetches_the_last_days_or_the_one_it_is_told(paylabs, a_payment):
    a_payment()
    paylabs.settle()
    today = business_day(timezone.now())

    assert f"{today}: 1 settled, 0 known already, 0 refused." in run()
    assert run(f"--date={today}") == f"{today}: 0 settled, 1 known already, 0 refused.\n"
    assert "nothing was paid out" in run("--date=2026-01-01")


def test_the_command_fails_when_a_line_is_refused_or_the_gateway_away(paylabs, a_payment, settings):
    paylabs.distort(a_payment().code, amount="1.00")
    paylabs.settle()

    with pytest.raises(SystemExit) as exit_:
        run()
    settings.PAYLABS_MID = ""
    with pytest.raises(CommandError) as refusal:
        run()

    assert (exit_.value.code, refusal.value.returncode) == (1, 2)
    assert isinstance(refusal.value.__cause__, GatewayNotConfigured)


@pytest.mark.parametrize("pages", [True, 1.5, "2", None, 10**9])
def test_a_feed_of_an_impossible_number_of_pages_is_nonsense(paylabs, monkeypatch, pages):
    monkeypatch.setattr(client, "_ask", lambda path, body: {"rows": [{}], "pages": pages})

    with pytest.raises(GatewayUnavailable):
        fetched()


def test_a_feed_whose_pages_are_empty_ends(paylabs, monkeypatch):
    asked = []

    def one_more_each_time(path, body):
        asked.append(body["page"])
        return {"rows": [{}] if body["page"] == 1 else [], "pages": body["page"] + 1}

    monkeypatch.setattr(client, "_ask", one_more_each_time)

    with pytest.raises(GatewayUnavailable):
        fetched()

    assert asked == [1, 2]
    assert SettlementStatement.objects.get().status == "FAILED"


def test_a_feed_that_always_has_another_page_ends(paylabs, monkeypatch):
    monkeypatch.setattr(client, "MOST_PAGES", 5)
    asked = []

    def one_more_each_time(path, body):
        asked.append(body["page"])
        return {"rows": [{}], "pages": body["page"] + 1}

    monkeypatch.setattr(client, "_ask", one_more_each_time)

    with pytest.raises(GatewayUnavailable):
        fetched()

    assert asked == [1, 2, 3, 4, 5]
