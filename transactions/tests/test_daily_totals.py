import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from transactions.domain.totals import COLUMNS
from transactions.models import DailyTotal, Transaction
from transactions.selectors.totals import totals_params, totals_sql
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import (
    add_totals_of,
    apply_change,
    rebuild_daily_totals,
    state_of,
)
from transactions.tests.factories import NOON, a_refund, a_sale

MONDAY = date(2026, 3, 2)


def stored() -> list[dict]:
    return list(DailyTotal.objects.order_by("merchant", "day").values("merchant", "day", *COLUMNS))


def folded(merchant, **instants) -> dict:
    with connection.cursor() as cursor:
        sql = totals_sql(sales="t.merchant_id = ANY(%(merchants)s)")
        cursor.execute(sql, totals_params(merchants=[merchant.pk], **instants))
        return {row[1]: dict(zip(COLUMNS, row[2:], strict=True)) for row in cursor}


def a_history(warung) -> None:
    """Sales of every kind, one of them refunded a day later."""
    a_sale(warung, method="CASH", settlement_tracked=True, settled_at=NOON)
    a_sale(warung, settlement_tracked=True, fee_amount=Decimal("105.00"))
    a_sale(warung, status="PENDING")
    a_sale(warung, status="EXPIRED", occurred_at=NOON + timedelta(days=3))
    sale = a_sale(warung, settlement_tracked=True)
    before = state_of(sale)
    a_refund(sale)
    sale.status, sale.refunded_amount = "REFUNDED", sale.amount
    sale.save()
    apply_change(merchant_id=warung.pk, before=before, after=state_of(sale))


def test_the_rebuild_finds_no_difference_after_a_history(warung, kios):
    a_history(warung)
    a_sale(kios)

    assert rebuild_daily_totals() == []


def test_the_rebuild_finds_and_repairs_a_tampered_row(warung):
    a_history(warung)
    before = stored()
    DailyTotal.objects.filter(day=MONDAY).update(paid_count=7, waiting_paid_epoch=1)

    [wrong] = rebuild_daily_totals(repair=True)

    assert (wrong.merchant_id, wrong.day) == (warung.pk, MONDAY)
    assert wrong.missing.paid_count == 3 - 7
    assert stored() == before
    assert rebuild_daily_totals() == []


def test_the_rebuild_restores_a_lost_row_and_empties_an_invented_one(warung, kios):
    a_history(warung)
    DailyTotal.objects.all().delete()
    DailyTotal.objects.create(merchant=kios, day=MONDAY, paid_count=1, paid_amount=1)

    assert len(rebuild_daily_totals(repair=True)) == 4
    assert rebuild_daily_totals() == []


def test_the_rebuild_looks_only_at_the_merchants_it_was_given(warung, kios):
    a_history(warung)
    DailyTotal.objects.all().delete()

    assert rebuild_daily_totals(merchants=[kios]) == []


def test_many_new_sales_are_added_as_if_one_by_one(warung, kios):
    a_history(warung)
    a_sale(kios)
    one_by_one = stored()
    DailyTotal.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE new_sales ON COMMIT DROP AS SELECT id FROM transactions_transaction"
        )
    add_totals_of("new_sales")

    assert stored() == one_by_one


def test_the_fold_knows_only_what_had_happened(warung):
    sale = a_sale(
        warung,
        paid_at=NOON + timedelta(hours=1),
        settlement_tracked=True,
        settled_at=NOON + timedelta(days=2),
        status="REFUNDED",
        refunded_amount=Decimal("15000.00"),
    )
    a_refund(sale, processed_at=NOON + timedelta(days=3))

    def as_of(**later) -> dict:
        return {
            name: value
            for name, value in folded(warung, known_by=NOON + timedelta(**later))[MONDAY].items()
            if value
        }

    amount, paid = sale.amount, int(sale.paid_at.timestamp())
    is_paid = {"paid_count": 1, "paid_amount": amount}
    is_settled = is_paid | {"settled_count": 1, "settlement_seconds": 47 * 3600}
    assert folded(warung, known_by=NOON - timedelta(seconds=1)) == {}
    assert as_of(minutes=1) == {"pending_count": 1, "pending_amount": amount}
    assert as_of(hours=1) == is_paid | {"waiting_count": 1, "waiting_paid_epoch": paid}
    assert as_of(days=2) == is_settled
    assert as_of(days=3) == is_settled | {"refunded_count": 1, "refunded_amount": amount}
    assert folded(warung)[MONDAY + timedelta(days=3)]["refunds_made_count"] == 1


def test_the_fold_since_a_day_keeps_refunds_of_older_sales(warung):
    a_refund(a_sale(warung))

    [(day, figures)] = folded(warung, since=NOON + timedelta(hours=12)).items()

    assert day == MONDAY + timedelta(days=1)
    assert (figures["paid_count"], figures["refunds_made_count"]) == (0, 1)


def test_the_command_names_the_difference_and_fails(warung):
    a_history(warung)
    DailyTotal.objects.filter(day=MONDAY).update(paid_count=7)
    out = StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("rebuild_daily_totals", stdout=out, stderr=StringIO())

    assert exit_.value.code == 1
    assert f"{warung.code} 2026-03-02 missing {{'paid_count': '-4'}}" in out.getvalue()


def test_the_command_repairs_when_asked(warung):
    a_history(warung)
    Transaction.objects.filter(status="PENDING").update(amount=99)

    call_command("rebuild_daily_totals", "--repair", stdout=StringIO(), stderr=StringIO())

    assert rebuild_daily_totals() == []


@pytest.mark.django_db(transaction=True)
def test_a_repair_while_sales_go_on_loses_and_invents_nothing(warung):
    a_history(warung)
    DailyTotal.objects.update(paid_count=99, waiting_paid_epoch=0)
    together = threading.Barrier(6)

    def work(number):
        connection.ensure_connection()
        together.wait()
        try:
            for _ in range(15):
                if number < 2:
                    rebuild_daily_totals(repair=True)
                else:
                    create_sale(
                        merchant=warung, sale=NewSale(method="CASH", amount=Decimal(5000)), now=NOON
                    )
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as people:
        list(people.map(work, range(6)))

    assert rebuild_daily_totals() == []
    assert DailyTotal.objects.get(day=MONDAY).paid_count == 3 + 4 * 15
