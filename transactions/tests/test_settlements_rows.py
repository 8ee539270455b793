from datetime import datetime
from decimal import Decimal

import pytest

from core.dates import JAKARTA
from transactions.domain.csv_rows import HeaderRefused
from transactions.domain.settlement_rows import SYNONYMS, SettlementLayout
from transactions.domain.settlements import SettlementLine, UnreadableLine

HEADER = ["trade_number", "merchant_id", "amount", "fee", "net_amount", "settled_at"]
ROW = ["T-1", "M-1", "15000", "105", "14895", "2026-03-03T10:00:00+07:00"]
TEN = datetime(2026, 3, 3, 10, 0, tzinfo=JAKARTA)


def read(row=ROW, header=HEADER, **renamed) -> SettlementLine | UnreadableLine:
    return SettlementLayout.of(header, renamed=renamed).line(2, row)


def changed(place: int, text: str) -> list[str]:
    return [*ROW[:place], text, *ROW[place + 1 :]]


def test_a_row_becomes_a_line():
    assert read() == SettlementLine(
        line=2,
        trade_number="T-1",
        amount=Decimal(15000),
        fee=Decimal(105),
        net=Decimal(14895),
        settled_at=TEN,
        merchant="M-1",
        external_id="T-1",
    )


@pytest.mark.parametrize(
    ("text", "settled_at", "day_only"),
    [
        ("2026-03-03", TEN, True),
        ("2026-03-03T10:00", TEN, False),
        ("2026-03-03 10:00:00", TEN, False),
        ("2026-03-03T03:00:00Z", TEN, False),
    ],
)
def test_instants_are_jakartas_and_a_day_alone_means_ten(text, settled_at, day_only):
    line = read(changed(5, text))

    assert (line.settled_at, line.day_only) == (settled_at, day_only)


def test_fee_and_net_may_be_left_out():
    line = read(["T-1", "M-1", "15000", "", "", ROW[5]])

    assert (line.fee, line.net) == (None, None)


def test_a_merchants_own_id_stands_beside_the_trade_number():
    line = read(
        ["T-1", "A-1", "M-1", "15000", "105", ROW[5]],
        ["trade_number", "transaction_id", "merchant_id", "amount", "fee", "settled_at"],
    )

    assert (line.trade_number, line.external_id) == ("T-1", "A-1")


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        (None, "quotes"),
        (ROW[:5], "5 ≠ 6"),
        ([*ROW, "more"], "7 ≠ 6"),
        (changed(0, ""), "trade_number"),
        (changed(0, "T" * 65), "trade_number"),
        (changed(0, "T\0"), "trade_number"),
        (changed(1, ""), "merchant_id"),
        (changed(2, "15.000,00"), "amount: 15.000,00"),
        (changed(2, "-1"), "amount: -1"),
        (changed(2, "NaN"), "amount: NaN"),
        (changed(2, "1e5"), "amount: 1e5"),
        (changed(2, "٣"), "amount: ٣"),
        (changed(3, "1.005"), "fee: 1.005"),
        (changed(4, "x"), "net_amount: x"),
        (changed(5, ""), "settled_at: "),
        (changed(5, "03/03/2026"), "settled_at: 03/03/2026"),
        (changed(5, "20260303"), "settled_at: 20260303"),
        (changed(5, "2026-02-30"), "settled_at: 2026-02-30"),
        (changed(5, "0001-01-01T00:00:00+14:00"), "settled_at: 0001-01-01T00:00:00+14:00"),
        (changed(5, "1999-12-31"), "settled_at: 1999-12-31"),
    ],
)
def test_what_cannot_be_read_says_where(row, detail):
    line = read(row)

    assert isinstance(line, UnreadableLine)
    assert (line.line, line.detail) == (2, detail)


def test_empty_cells_at_the_end_are_let_pass():
    assert isinstance(read([*ROW, "", ""]), SettlementLine)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(ours, word) for ours, words in SYNONYMS.items() for word in words]
)
def test_columns_are_known_by_their_other_names(ours, theirs):
    header = ["trade_number", "transaction_id", *HEADER[1:]]
    layout = SettlementLayout.of([theirs.title() if name == ours else name for name in header])

    assert layout.places[ours] == header.index(ours)


def test_no_word_means_two_columns():
    words = [word for words in SYNONYMS.values() for word in words]

    assert len(words) == len(set(words)) and not set(words) & SYNONYMS.keys()


def test_a_map_names_a_column_and_its_own_name_then_means_nothing():
    assert read(header=["trade_number", "merchant_id", "total", *HEADER[3:]], amount="total")
    with pytest.raises(HeaderRefused):
        read(amount="total")


@pytest.mark.parametrize(
    ("header", "reason", "columns"),
    [
        ([], "missing_columns", ("trade_number", "amount", "fee", "settled_at")),
        (["transaction_id", "amount", "settled_at"], "missing_columns", ("fee",)),
        (["Trade Number", "trade_number"], "repeated_columns", ("tradenumber",)),
    ],
)
def test_a_header_that_lacks_or_repeats_columns_is_refused(header, reason, columns):
    with pytest.raises(HeaderRefused) as refusal:
        SettlementLayout.of(header)

    assert (refusal.value.reason, refusal.value.columns) == (reason, columns)
