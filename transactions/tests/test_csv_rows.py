from datetime import UTC, datetime, timedelta

import pytest

from transactions.domain.csv_rows import (
    COLUMNS,
    REQUIRED,
    HeaderRefused,
    Layout,
    RowRefused,
    parse_row,
)

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
ROW = {
    "merchant_id": "M-1",
    "transaction_id": "A-1",
    "occurred_at": "2026-03-01T10:00:00+07:00",
    "amount": "15000",
    "payment_method": "QRIS",
    "status": "Success",
}


def parsed(**cells):
    row = ROW | cells
    return parse_row(list(row.values()), Layout.of(list(row)), latest=NOW)


def refusal(**cells) -> tuple[str, str]:
    with pytest.raises(RowRefused) as caught:
        parsed(**cells)
    return caught.value.reason, caught.value.detail.split(":")[0]


def at(hour: int) -> datetime:
    return datetime(2026, 3, 1, 3, 0, tzinfo=UTC) + timedelta(hours=hour)


def test_a_plain_row_becomes_a_paid_sale_of_unknown_settlement():
    sale = parsed()

    assert (sale.merchant, sale.external_id, sale.amount) == ("M-1", "A-1", "15000")
    assert (sale.method, sale.status, sale.paid_at) == ("QRIS", "SUCCESS", at(0))
    assert (sale.settlement_tracked, sale.settled_at, sale.fee_amount) == (False, None, None)
    assert (sale.refunded_amount, sale.refunded_at) == ("0", None)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("QRIS", "QRIS"),
        ("Virtual Account", "VIRTUAL_ACCOUNT"),
        ("VIRTUAL_ACCOUNT", "VIRTUAL_ACCOUNT"),
        ("E-Wallet", "E_WALLET"),
        (" credit card ", "CREDIT_CARD"),
        ("Debit Card", "DEBIT_CARD"),
        ("CASH", "CASH"),
    ],
)
def test_methods_are_the_words_of_the_wire(word, code):
    assert parsed(payment_method=word).method == code


@pytest.mark.parametrize("amount", ["1", "0.01", "15000.5", "9999999999999.99", "007"])
def test_amounts_are_plain_rupiah(amount):
    assert parsed(amount=amount).amount == amount


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "0",
        "0.00",
        "-1",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "1.234",
        "1,000",
        "1.000,00",
        "Rp5",
        "٣",
        "1_0",
    ]
    + ["10000000000000", "=1+1", "0x10", "."],
)
def test_other_amounts_are_refused(amount):
    assert refusal(amount=amount) == ("invalid_amount", "amount")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T10:00:00+07:00", at(0)),
        ("2026-03-01T03:00:00Z", at(0)),
        ("2026-03-01 10:00", at(0)),
        ("2026-03-01T10:00:00.250", at(0) + timedelta(milliseconds=250)),
        ("2000-01-01T07:00:00", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_instants_without_an_offset_are_jakarta_time(text, instant):
    assert parsed(occurred_at=text).occurred_at == instant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "invalid_instant"),
        ("yesterday", "invalid_instant"),
        ("01/03/2026 10:00", "invalid_instant"),
        ("2026-03-01", "invalid_instant"),
        ("20260301T100000", "invalid_instant"),
        ("2026-W10-1T10:00", "invalid_instant"),
        ("2026-02-30T10:00:00", "invalid_instant"),
        ("1999-12-31T23:59:59+00:00", "too_long_ago"),
        ("0001-01-01T00:00:00+14:00", "too_long_ago"),
        ("9999-12-31T23:59:59-12:00", "in_the_future"),
        ("2026-03-02T12:00:01+07:00", "in_the_future"),
    ],
)
def test_other_instants_are_refused(text, reason):
    assert refusal(occurred_at=text) == (reason, "occurred_at")


def test_a_refunded_row_gives_everything_back_when_it_was_paid():
    sale = parsed(status="Refunded")

    assert (sale.status, sale.refunded_amount, sale.refunded_at) == ("REFUNDED", "15000", at(0))


def test_a_refund_of_a_part_leaves_the_sale_paid():
    sale = parsed(status="Refunded", refund_amount="5000", refunded_at="2026-03-01T12:00:00+07:00")

    assert (sale.status, sale.refunded_amount, sale.refunded_at) == ("SUCCESS", "5000", at(2))


def test_a_file_that_tells_settlement_is_tracked_and_cash_settles_at_once():
    waiting = parsed(settled_at="")
    settled = parsed(settled_at="2026-03-01T11:00:00+07:00")
    cash = parsed(settled_at="", payment_method="CASH")

    assert (waiting.settlement_tracked, waiting.settled_at) == (True, None)
    assert (settled.settlement_tracked, settled.settled_at) == (True, at(1))
    assert (cash.settlement_tracked, cash.settled_at) == (True, at(0))


@pytest.mark.parametrize("status", ["Pending", "Failed", "Expired"])
def test_what_was_not_paid_has_no_payment(status):
    sale = parsed(status=status)

    assert (sale.status, sale.paid_at) == (status.upper(), None)


@pytest.mark.parametrize("status", ["Pending", "Failed", "Expired"])
@pytest.mark.parametrize("column", ["paid_at", "settled_at", "refunded_at"])
def test_what_was_not_paid_cannot_go_on(status, column):
    with pytest.raises(RowRefused) as refused:
        parsed(status=status, **{column: "2026-03-01T10:30:00+07:00"})

    assert (refused.value.reason, refused.value.detail) == ("not_paid", column)


@pytest.mark.parametrize(
    ("cells", "reason", "column"),
    [
        ({"payment_method": "Barter"}, "unknown_word", "payment_method"),
        ({"status": "Paid"}, "unknown_word", "status"),
        ({"transaction_id": " "}, "missing_value", "transaction_id"),
        ({"merchant_id": ""}, "missing_value", "merchant_id"),
        ({"transaction_id": "x" * 65}, "too_long", "transaction_id"),
        ({"description": "x" * 201}, "too_long", "description"),
        ({"customer_id": "a\0b"}, "holds_nul", ""),
        ({"refund_amount": "15000.01"}, "refund_exceeds_amount", "refund_amount"),
        ({"refund_amount": "1", "status": "Failed"}, "not_paid", "refund_amount"),
        ({"settled_at": "2026-03-01T11:00", "status": "Pending"}, "not_paid", "settled_at"),
        ({"settled_at": "2026-03-01T09:00"}, "wrong_order", "paid_at"),
        ({"paid_at": "2026-03-01T09:00"}, "wrong_order", "paid_at"),
        ({"refund_amount": "1", "refunded_at": "2026-03-01T09:00"}, "wrong_order", "paid_at"),
        ({"fee_amount": "-1"}, "invalid_amount", "fee_amount"),
        ({"fee_amount": "15001"}, "invalid_amount", "fee_amount"),
    ],
)
def test_rows_that_cannot_be_are_refused(cells, reason, column):
    assert refusal(**cells) == (reason, column)


def test_a_row_must_be_as_wide_as_its_header():
    layout = Layout.of(list(ROW))

    with pytest.raises(RowRefused, match="wrong_number_of_columns"):
        parse_row(list(ROW.values())[:-1], layout, latest=NOW)
    with pytest.raises(RowRefused, match="wrong_number_of_columns"):
        parse_row([*ROW.values(), "more"], layout, latest=NOW)


def test_empty_cells_at_the_end_do_not_matter():
    assert parse_row([*ROW.values(), "", ""], Layout.of(list(ROW)), latest=NOW).amount == "15000"


def test_headers_may_be_spelt_freely_and_stand_anywhere():
    header = [
        "Status",
        "AMOUNT",
        "paymentMethod",
        "transactionDate",
        "Transaction ID",
        "\ufeffmerchantId",
    ]
    row = ["Success", "15000", "QRIS", "2026-03-01T10:00:00+07:00", "A-1", "M-1"]

    sale = parse_row(row, Layout.of(header), latest=NOW)

    assert (sale.merchant, sale.external_id, sale.occurred_at) == ("M-1", "A-1", at(0))


def test_a_map_renames_columns():
    header = ["toko", "transaction_id", "occurred_at", "amount", "payment_method", "status"]

    layout = Layout.of(header, renamed={"merchant_id": "Toko"})

    assert parse_row(list(ROW.values()), layout, latest=NOW).merchant == "M-1"


def test_missing_and_repeated_columns_are_named():
    with pytest.raises(HeaderRefused) as caught:
        Layout.of(["merchant_id", "amount", "anything"])
    assert caught.value.columns == ("transaction_id", "occurred_at", "payment_method", "status")

    with pytest.raises(HeaderRefused) as caught:
        Layout.of([*REQUIRED, "Amount"])
    assert (caught.value.reason, caught.value.columns) == ("repeated_columns", ("amount",))


def test_every_column_is_read_from_its_own_place():
    header = list(reversed(COLUMNS))
    row = ROW | {
        "customer_id": "C-1",
        "channel": "GoPay",
        "description": "Two coffees",
        "product_name": "Coffee",
        "fee_amount": "105",
        "paid_at": "2026-03-01T10:01:00+07:00",
        "settled_at": "2026-03-01T11:00:00+07:00",
        "refund_amount": "5000",
        "refunded_at": "2026-03-01T12:00:00+07:00",
    }

    sale = parse_row([row[name] for name in header], Layout.of(header), latest=NOW)

    assert (sale.customer_ref, sale.channel, sale.description) == ("C-1", "GoPay", "Two coffees")
    assert (sale.product_name, sale.fee_amount, sale.refunded_amount) == ("Coffee", "105", "5000")
    assert (sale.paid_at, sale.settled_at, sale.refunded_at) == (
        at(0) + timedelta(minutes=1),
        at(1),
        at(2),
    )
