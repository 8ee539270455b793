import gzip
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from core.models import AuditEntry, OutboxEvent
from merchants.models import Consent, Merchant
from transactions.models import DailyTotal, Refund, RefusedRow, SalesImport, Transaction
from transactions.services import bulk, imports
from transactions.services.imports import FileRefused, Reading, import_sales
from transactions.services.totals import add_totals_of, rebuild_daily_totals

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
HEADER = "merchant_id,transaction_id,occurred_at,amount,payment_method,status"


def a_file(*rows: str, header: str = HEADER, pack=bytes) -> io.BytesIO:
    return io.BytesIO(pack("\n".join([header, *rows, ""]).encode()))


def a_row(n: int = 1, *, merchant: str = "M-1", amount="15000", status="Success", more="") -> str:
    day = 1 + n % 7
    return f"{merchant},A-{n},2026-03-0{day}T10:00:00+07:00,{amount},QRIS,{status}{more}"


def imported(file: io.BytesIO, **reading) -> SalesImport:
    return import_sales(file=file, name="sales.csv", reading=Reading(**reading), now=NOW)


def counts(done: SalesImport) -> tuple[int, int, int, int]:
    done.refresh_from_db()
    return done.rows_read, done.rows_added, done.rows_repeated, done.rows_refused


def reasons(done: SalesImport) -> list[tuple[int, str]]:
    return list(done.refused.order_by("line").values_list("line", "reason_code"))


@pytest.fixture
def toko(warung) -> Merchant:
    Merchant.objects.filter(pk=warung.pk).update(code="M-1")
    warung.refresh_from_db()
    return warung


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(imports, "CHUNK_ROWS", 10)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_adds_sales_with_their_totals(toko, pack):
    done = imported(a_file(a_row(1), a_row(2, status="Failed"), a_row(8), pack=pack))

    assert counts(done) == (3, 3, 0, 0)
    assert done.status == SalesImport.Status.DONE
    total = DailyTotal.objects.get(day="2026-03-02")
    assert (total.paid_count, total.paid_amount) == (2, Decimal("30000.00"))
    assert rebuild_daily_totals() == []


def test_settlement_of_imported_sales_is_unknown_not_instant(toko):
    imported(a_file(a_row()))

    sale = Transaction.objects.get()
    assert (sale.settlement_tracked, sale.settled_at) == (False, None)


def test_settlement_and_fees_come_from_their_columns(toko):
    header = HEADER + ",settled_at,fee_amount"
    imported(a_file(a_row(more=",2026-03-03T10:00:00+07:00,105"), header=header))

    sale = Transaction.objects.get()
    assert sale.settled_at - sale.paid_at == timedelta(days=1)
    assert (sale.fee_amount, sale.net_amount) == (Decimal(105), Decimal(14895))
    assert DailyTotal.objects.get().settlement_seconds == 86400


def test_refunded_rows_make_processed_refunds(toko):
    header = HEADER + ",refund_amount,refunded_at"
    done = imported(
        a_file(
            a_row(1, status="Refunded", more=",,"),
            a_row(2, status="Refunded", more=",5000,2026-03-09T10:00:00+07:00"),
            header=header,
        )
    )

    assert counts(done) == (2, 2, 0, 0)
    assert list(
        Refund.objects.order_by("pk").values_list("amount", "status", "transaction__status")
    ) == [(15000, "PROCESSED", "REFUNDED"), (5000, "PROCESSED", "SUCCESS")]
    assert DailyTotal.objects.get(day="2026-03-09").refunds_made_amount == 5000
    assert rebuild_daily_totals() == []


def test_reading_a_file_again_adds_nothing(toko):
    file = a_file(*[a_row(n) for n in range(20)])
    imported(file)
    again = imported(file)

    assert counts(again) == (20, 0, 20, 0)
    assert Transaction.objects.count() == 20
    assert rebuild_daily_totals() == []


def test_the_same_id_with_other_details_is_refused(toko):
    imported(a_file(a_row(1), a_row(2)))
    again = imported(a_file(a_row(1, amount="15001"), a_row(2, status="Refunded"), a_row(3)))

    assert counts(again) == (3, 1, 0, 2)
    assert reasons(again) == [(2, "differs_from_recorded"), (3, "differs_from_recorded")]
    assert Transaction.objects.get(external_id="A-1").amount == 15000


def test_a_sale_that_went_on_since_is_still_the_same(toko):
    imported(a_file(a_row(1, status="Pending")))
    Transaction.objects.update(status="SUCCESS", paid_at=NOW)

    again = imported(a_file(a_row(1, status="Pending"), a_row(1)))

    assert counts(again) == (2, 0, 2, 0)


@pytest.mark.parametrize("chunk_rows", [1, 10_000])
def test_a_sale_twice_in_one_file_counts_once(toko, monkeypatch, chunk_rows):
    monkeypatch.setattr(imports, "CHUNK_ROWS", chunk_rows)
    done = imported(a_file(a_row(1), a_row(1), a_row(1, amount="1")))

    assert counts(done) == (3, 1, 1, 1)
    assert reasons(done) == [(4, "differs_from_recorded")]
    assert DailyTotal.objects.get().paid_amount == 15000


def test_bad_rows_are_refused_with_line_and_reason_and_the_rest_is_added(toko):
    done = imported(
        a_file(
            a_row(1, amount="-5"),
            a_row(2),
            a_row(3, merchant="M-9"),
            "M-1,A-4,2027-01-01T00:00:00+07:00,1,QRIS,Success",
            'M-1,"A-5',
        )
    )

    assert counts(done) == (5, 1, 0, 4)
    assert reasons(done) == [
        (2, "invalid_amount"),
        (4, "unknown_merchant"),
        (5, "in_the_future"),
        (6, "wrong_number_of_columns"),
    ]


def test_no_more_refusals_are_kept_than_somebody_would_read(toko, monkeypatch, small_chunks):
    monkeypatch.setattr(imports, "MAX_REFUSED_KEPT", 25)
    done = imported(a_file(*[a_row(n, amount="x") for n in range(40)]))

    assert counts(done) == (40, 0, 0, 40)
    assert RefusedRow.objects.count() == 25


def test_merchants_are_created_only_when_asked_and_without_consent_no_bank_sees_them(budi):
    done = imported(a_file(a_row(1), a_row(2, merchant="a/b")), create_merchants=True)

    assert counts(done) == (2, 1, 0, 1)
    assert reasons(done) == [(3, "invalid_merchant_id")]
    assert Merchant.objects.get().code == "M-1"
    assert not Merchant.objects.visible_to(budi).exists()


def test_a_consent_that_the_operator_holds_shows_created_merchants_to_banks(budi):
    imported(a_file(a_row(1)), create_merchants=True, consent_text="2026-01")

    assert Consent.objects.get().text_version == "2026-01"
    assert Merchant.objects.visible_to(budi).count() == 1


def test_an_own_file_needs_no_merchant_and_takes_no_other(toko, kios):
    header = HEADER.removeprefix("merchant_id,")
    own = imported(a_file(a_row(1).removeprefix("M-1,"), header=header), merchant=toko)
    mixed = imported(a_file(a_row(2), a_row(3, merchant=kios.code)), merchant=toko)

    assert counts(own) == (1, 1, 0, 0)
    assert reasons(mixed) == [(3, "other_merchant")]
    assert set(Transaction.objects.values_list("merchant", flat=True)) == {toko.pk}


def test_announces_whose_sales_came_and_leaves_an_audit_entry(toko, operator, monkeypatch):
    monkeypatch.setattr(imports, "MERCHANTS_PER_EVENT", 2)
    rows = [a_row(n, merchant=f"T-{n}") for n in range(3)]
    done = import_sales(
        file=a_file(*rows),
        name="f.csv",
        reading=Reading(create_merchants=True),
        now=NOW,
        by=operator,
    )

    news = OutboxEvent.objects.filter(topic="sales.imported").order_by("pk")
    assert [len(event.payload["merchant_ids"]) for event in news] == [2, 1]
    assert {event.payload["import_id"] for event in news} == {done.pk}
    entry = AuditEntry.objects.get(action="sales.imported")
    assert (entry.actor_code, entry.detail["merchants_created"]) == (str(operator.code), 3)


def test_a_file_that_adds_nothing_is_no_news(toko):
    imported(a_file(a_row(1, amount="x")))

    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "empty_file", 400),
        (b"PK\x03\x04\0\0", "not_a_text", 400),
        (b"merchant_id,amount\nM-1,5\n", "missing_columns", 400),
        (gzip.compress(HEADER.encode() * 400_000, mtime=0), "inflates_too_much", 413),
    ],
)
def test_a_file_that_is_none_is_refused_and_nothing_stored(db, content, code, status):
    with pytest.raises(FileRefused) as caught:
        imported(io.BytesIO(content), max_bytes=1_000_000)

    assert (caught.value.code, caught.value.status) == (code, status)
    assert not SalesImport.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_after_a_crash_in_the_middle_reading_again_adds_the_rest(toko, monkeypatch, small_chunks):
    file = a_file(*[a_row(n) for n in range(35)])
    calls = iter(range(100))

    def crash_at_the_third_chunk(ids_table):
        add_totals_of(ids_table)
        if next(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(bulk, "add_totals_of", crash_at_the_third_chunk)
    with pytest.raises(KeyboardInterrupt):
        imported(file)

    broken = SalesImport.objects.get()
    assert (broken.status, Transaction.objects.count()) == (SalesImport.Status.FAILED, 20)
    assert counts(broken) == (20, 20, 0, 0)
    assert rebuild_daily_totals() == []

    monkeypatch.setattr(bulk, "add_totals_of", add_totals_of)
    assert counts(imported(file)) == (35, 15, 20, 0)
    assert rebuild_daily_totals() == []


@pytest.mark.django_db(transaction=True)
def test_files_and_live_sales_at_once_leave_every_total_right(toko, small_chunks):
    rows = [a_row(n) for n in range(60)]
    together = threading.Barrier(4)

    def read(rows):
        together.wait()
        try:
            return counts(imported(a_file(*rows)))
        finally:
            connection.close()

    def sell(_):
        together.wait()
        try:
            for n in range(30):
                _live_sale(toko, datetime(2026, 3, 1 + n % 7, 5, tzinfo=UTC))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        tills = [people.submit(sell, n) for n in range(2)]
        files = [people.submit(read, some) for some in (rows, list(reversed(rows)))]
        results = [file.result() for file in files]
        assert [till.result() for till in tills] == [None, None]

    assert sum(added for _read, added, _repeated, _refused in results) == 60
    assert [refused for *_others, refused in results] == [0, 0]
    assert Transaction.objects.count() == 120
    assert rebuild_daily_totals() == []


@transaction.atomic
def _live_sale(merchant: Merchant, at: datetime) -> None:
    from transactions.services.totals import apply_change, state_of

    sale = Transaction.objects.create(
        merchant=merchant,
        occurred_at=at,
        paid_at=at,
        amount=Decimal("1000"),
        method="CASH",
        status="SUCCESS",
        recorded_at=at,
        updated_at=at,
    )
    apply_change(merchant_id=merchant.pk, before=None, after=state_of(sale))
