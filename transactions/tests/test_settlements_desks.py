from datetime import timedelta

import pytest
from django.urls import reverse

from core.models import AuditEntry
from transactions.admin.gateway import does_the_gateway_contradict_us
from transactions.admin.refunds import do_customers_wait_for_refunds
from transactions.admin.settlements import was_everything_settled_on_time
from transactions.models import (
    GatewayMismatch,
    GatewayOrder,
    Refund,
    SettlementProblem,
    SettlementStatement,
)
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.factories import NOON, a_refund, a_sale

NOW = NOON + timedelta(days=10)
TYPED = {"reason": "Dibayar tunai", "_form_submitted": "True"}


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def asked_back(warung) -> Refund:
    """A refund that the gateway was never asked for."""
    return a_refund(a_sale(warung, method="QRIS"), status="REQUESTED", processed_at=None)


def act(desk, refund, deed, **typed):
    path = reverse(f"admin:transactions_refund_{deed}", args=[refund.pk])
    return desk.post(path, TYPED | typed)


# ── Refunds closed by hand ─────────────────────────────────────────────────────────────


def test_an_operator_marks_a_refund_as_processed_with_a_reason(desk, asked_back, operator):
    response = act(desk, asked_back, "mark_processed")

    asked_back.refresh_from_db()
    sale = asked_back.transaction
    sale.refresh_from_db()
    page = reverse("admin:transactions_refund_change", args=[asked_back.pk])
    assert response["HX-Redirect"] == page
    assert (asked_back.status, asked_back.ask_at, sale.status) == ("PROCESSED", None, "REFUNDED")
    entry = AuditEntry.objects.get(action="refund.confirmed")
    assert (entry.actor_code, entry.reason) == (str(operator.code), "Dibayar tunai")
    assert rebuild_daily_totals() == []


def test_an_operator_rejects_a_refund_with_a_reason(desk, asked_back, operator):
    act(desk, asked_back, "reject")

    asked_back.refresh_from_db()
    assert (asked_back.status, asked_back.rejection) == ("REJECTED", "Dibayar tunai")
    assert asked_back.transaction.refunded_amount == 0
    assert AuditEntry.objects.get(action="refund.declined").actor_code == str(operator.code)
    assert rebuild_daily_totals() == []


@pytest.mark.parametrize("deed", ["mark_processed", "reject"])
def test_closing_a_refund_needs_a_reason(desk, asked_back, deed):
    act(desk, asked_back, deed, reason="")
    act(desk, asked_back, deed, reason="  ")

    asked_back.refresh_from_db()
    assert asked_back.status == "REQUESTED"


@pytest.mark.parametrize("deed", ["mark_processed", "reject"])
def test_what_is_closed_already_stays_as_it_is(desk, asked_back, deed):
    act(desk, asked_back, "reject")

    response = act(desk, asked_back, deed)

    page = desk.get(response["HX-Redirect"]).content.decode()
    asked_back.refresh_from_db()
    assert "Pengembalian ini sudah ditutup." in page
    assert asked_back.status == "REJECTED"
    assert AuditEntry.objects.filter(action__startswith="refund.").count() == 1


def test_only_an_open_refund_shows_what_can_be_done(desk, asked_back):
    page = reverse("admin:transactions_refund_change", args=[asked_back.pk])
    before = desk.get(page).content.decode()
    act(desk, asked_back, "mark_processed")
    after = desk.get(page).content.decode()

    assert "Tandai selesai" in before
    assert "Tandai selesai" not in after


# ── The questions of the morning ───────────────────────────────────────────────────────


def test_sales_that_wait_too_long_for_their_settlement_are_counted(warung):
    a_sale(warung, settlement_tracked=True, occurred_at=NOW - timedelta(days=3))
    assert was_everything_settled_on_time(NOW).tone == "ok"

    a_sale(warung, settlement_tracked=True, occurred_at=NOW - timedelta(days=4))

    answer = was_everything_settled_on_time(NOW)
    assert (answer.figure, answer.tone) == ("1", "warn")


def test_lines_that_do_not_fit_and_statements_that_broke_off_are_told(db):
    statement = SettlementStatement.objects.create(
        source="FILE", name="a", started_at=NOW, status="FAILED"
    )
    SettlementProblem.objects.create(statement=statement, line=1, reason_code="unknown_sale")

    answer = was_everything_settled_on_time(NOW)
    assert (answer.figure, answer.tone) == ("0", "warn")
    assert "1 " in answer.note
    assert was_everything_settled_on_time(NOW + timedelta(days=8)).tone == "ok"


def test_refunds_that_stay_open_are_counted(warung, asked_back):
    assert do_customers_wait_for_refunds(asked_back.requested_at).tone == "ok"

    answer = do_customers_wait_for_refunds(asked_back.requested_at + timedelta(hours=2))

    assert (answer.figure, answer.tone) == ("1", "warn")


def test_reports_that_contradict_our_books_are_counted(db):
    assert does_the_gateway_contradict_us(NOW).tone == "ok"

    GatewayMismatch.objects.create(
        trade_number="x", reason="AMOUNT", reported="1", known="2", received_at=NOW
    )

    answer = does_the_gateway_contradict_us(NOW)
    assert (answer.figure, answer.tone) == ("1", "warn")


# ── The tables ─────────────────────────────────────────────────────────────────────────


def test_problems_are_shown_in_words_and_chosen_by_reason(desk, db):
    statement = SettlementStatement.objects.create(source="FILE", name="a", started_at=NOW)
    for reason in ("unknown_sale", "not_paid"):
        SettlementProblem.objects.create(
            statement=statement, line=1, trade_number=f"T-{reason}", reason_code=reason
        )

    page = desk.get("/admin/transactions/settlementproblem/?reason_code=not_paid").content.decode()

    assert "Pembayaran penjualan ini belum pernah dilaporkan" in page
    assert "T-not_paid" in page and "T-unknown_sale" not in page


def test_nobody_can_pay_from_the_gateways_desk(desk, warung):
    order = GatewayOrder.objects.create(
        transaction=a_sale(warung), expires_at=NOW, qr_code="000201QR", qris_url="http://pay.here"
    )

    page = desk.get(f"/admin/transactions/gatewayorder/{order.pk}/change/").content.decode()

    assert "000201QR" not in page and "pay.here" not in page


@pytest.mark.parametrize("table", ["gatewayorder", "settlementproblem"])
def test_the_lists_ask_the_same_few_questions(desk, warung, table, django_assert_max_num_queries):
    statement = SettlementStatement.objects.create(source="FILE", name="a", started_at=NOW)
    for line in range(20):
        GatewayOrder.objects.create(transaction=a_sale(warung), expires_at=NOW)
        SettlementProblem.objects.create(statement=statement, line=line, reason_code="not_paid")

    with django_assert_max_num_queries(7):
        desk.get(f"/admin/transactions/{table}/")
