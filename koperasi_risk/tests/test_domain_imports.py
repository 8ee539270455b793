import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook

from koperasi_risk.domain.imports import sheets, values
from koperasi_risk.domain.imports.loans import INSTALLMENTS, LOANS, Schedule
from koperasi_risk.domain.imports.members import MEMBERS
from koperasi_risk.domain.imports.savings import SAVINGS
from koperasi_risk.domain.imports.tables import HeaderRefused, Layout

TODAY = date(2026, 3, 2)
# As a spreadsheet has it, which knows no time zones.
MIDNIGHT = datetime(2026, 3, 2)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1500000", "1500000"),
        ("1500000.00", "1500000"),
        ("1500000,5", "1500000.5"),
        ("1.500.000", "1500000"),
        ("1.500.000,00", "1500000"),
        ("1,500,000.00", "1500000"),
        ("50.000,00", "50000"),
        ("Rp 50.000,-", "50000"),
        ("Rp1.500.000,00", "1500000"),
        ("1.50", "1.5"),
        (1500000, "1500000"),
        (1500000.5, "1500000.5"),
        (0.1 + 0.2, "0.3"),
        ("0", "0"),
    ],
)
def test_amounts_are_read_as_people_and_machines_write_them(cell, found):
    assert values.amount(cell) == Decimal(found)


@pytest.mark.parametrize("cell", ["50.000", "1,500", "999.999", "Rp 50.000"])
def test_an_amount_that_may_be_thousands_or_decimals_is_refused(cell):
    assert reason_for(values.amount, cell) == "ambiguous_amount"


@pytest.mark.parametrize(
    "cell",
    ["", "abc", "-5", "1.2.3", "1e5", "1500.000", "1,50,000", "NaN", 1.234, float("nan"), float("inf"),
     True, "99999999999999", 1e20, "١٢٣"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(cell):
    assert reason_for(values.amount, cell) == "invalid_amount"


@pytest.mark.parametrize(
    ("cell", "found"), [("-50000", -50000), ("(50.000,00)", -50000), (-5, -5), ("7", 7)]
)
def test_a_correction_may_take_away(cell, found):
    assert values.signed_amount(cell) == found


@pytest.mark.parametrize(
    "cell",
    ["2026-03-02", "02/03/2026", "2/3/2026", "02-03-2026", "2.3.2026", "2026-03-02 00:00:00",
     date(2026, 3, 2), MIDNIGHT],
)  # fmt: skip
def test_days_come_first_or_last(cell):
    assert values.day(cell) == TODAY


@pytest.mark.parametrize(
    "cell", ["12/31/2026", "31/02/2026", "02/03/26", "46083", "kemarin", "2026-3-2"]
)
def test_what_is_no_day_is_refused(cell):
    assert reason_for(values.day, cell) == "invalid_day"


def test_an_identity_number_is_text_of_sixteen_digits():
    assert values.nik("9901 0141 0190 0001") == "9901014101900001"
    assert reason_for(values.nik, 9901014101900001) == "nik_as_number"
    assert reason_for(values.nik, 9.9e15) == "nik_as_number"
    assert reason_for(values.nik, "9,90101E+15") == "invalid_nik"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("=HYPERLINK(1)", "formula"),
        ("#REF!", "formula"),
        ("x" * 21, "too_long"),
        ("a\x07b", "unprintable"),
    ],
)
def test_texts_are_texts(cell, reason):
    assert reason_for(values.text(20), cell) == reason


@pytest.mark.parametrize(
    ("cell", "found"), [(12.0, "12"), (7, "7"), ("  Sri   Rahayu ", "Sri Rahayu")]
)
def test_numbers_of_members_that_a_sheet_took_for_amounts_stay_what_they_were(cell, found):
    assert values.text(20)(cell) == found


def reason_for(read, cell) -> str:
    with pytest.raises(values.CellRefused) as refused:
        read(cell)
    return refused.value.reason


@pytest.mark.parametrize(
    "table", [MEMBERS, SAVINGS, LOANS, INSTALLMENTS], ids=lambda table: table.name
)
def test_the_examples_of_each_kind_can_be_taken_in(table):
    names = [column.name for column in table.columns]
    layout = Layout.of(names, table)

    for example in table.examples:
        row, refused = layout.read([example.get(name, "") for name in names])
        assert refused == []
        assert table.agree(row, TODAY) == []


def test_headings_may_be_written_otherwise_and_stand_anywhere():
    layout = Layout.of(["Tgl Masuk", "Catatan", "NAMA LENGKAP", "No. Anggota"], MEMBERS)

    row, refused = layout.read(["02/03/2020", "x", "Sri", "A-1"])

    assert (row, refused) == (
        {"number": "A-1", "full_name": "Sri", "joined_on": date(2020, 3, 2)}, []
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "reason", "columns"),
    [
        (["nama"], "missing_columns", ("no_anggota", "tanggal_masuk")),
        (["no_anggota", "nama", "Nama Lengkap", "tanggal_masuk"], "repeated_columns", ("nama",)),
    ],
)
def test_a_header_that_lacks_or_repeats_is_refused(header, reason, columns):
    with pytest.raises(HeaderRefused) as refused:
        Layout.of(header, MEMBERS)

    assert (refused.value.reason, refused.value.columns) == (reason, columns)


def test_every_fault_of_a_row_is_told_and_never_an_identity_number():
    layout = Layout.of(["no_anggota", "nama", "nik", "penghasilan", "tanggal_masuk"], MEMBERS)

    _row, refused = layout.read(["A-1", "", "990101410190000X", "9901014101900001 rupiah", "besok"])

    assert [(fault.column, fault.reason, fault.found) for fault in refused] == [
        ("nama", "missing_value", ""),
        ("nik", "invalid_nik", ""),
        ("penghasilan", "invalid_amount", "•••"),
        ("tanggal_masuk", "invalid_day", "besok"),
    ]


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        (MEMBERS, {"tanggal_masuk": "03/03/2026"}, "in_the_future"),
        (MEMBERS, {"status": "keluar"}, "missing_value"),
        (MEMBERS, {"tanggal_keluar": "01/01/2026"}, "has_not_left"),
        (MEMBERS, {"status": "keluar", "tanggal_keluar": "01/01/2020"}, "wrong_order"),
        (SAVINGS, {"tanggal": "03/03/2026"}, "in_the_future"),
        (SAVINGS, {"jumlah": "-1"}, "invalid_amount"),
        (LOANS, {"tanggal_cair": ""}, "missing_value"),
        (LOANS, {"status": "lunas"}, "missing_value"),
        (LOANS, {"tanggal_cair": "01/01/2025"}, "wrong_order"),
        (LOANS, {"tanggal_tutup": "01/01/2026"}, "not_closed"),
        (INSTALLMENTS, {"pokok_dibayar": "1.000.001,00", "tanggal_lunas": ""}, "overpaid"),
        (INSTALLMENTS, {"tanggal_lunas": ""}, "missing_value"),
        (INSTALLMENTS, {"pokok_dibayar": "5"}, "not_in_full"),
    ],
)
def test_what_does_not_agree_within_a_row_is_refused(table, changes, reason):
    names = [column.name for column in table.columns]
    cells = table.examples[0] | changes
    row, refused = Layout.of(names, table).read([cells.get(name, "") for name in names])

    assert [fault.reason for fault in [*refused, *table.agree(row, TODAY)]][0] == reason


@pytest.mark.parametrize(
    ("kind", "amount", "waits"),
    [
        ("DEPOSIT", 5, False),
        ("INTEREST", 5, False),
        ("WITHDRAWAL", 5, True),
        ("CORRECTION", 5, False),
        ("CORRECTION", -5, True),
    ],
)
def test_what_takes_from_savings_waits_for_what_adds(kind, amount, waits):
    row = {"kind": kind, "amount": Decimal(amount), "on": TODAY}
    assert SAVINGS.waits(row) == (TODAY if waits else None)


@pytest.mark.parametrize(
    ("total", "is_closed", "oddity"),
    [
        ("1000.00", False, ""),
        ("1000.01", False, "principal_more"),
        ("1000.01", True, "principal_more"),
        ("999.99", False, "principal_less"),
        ("999.99", True, ""),  # what was not due any more when it was closed
    ],
)
def test_a_schedule_should_add_up_to_what_was_lent(total, is_closed, oddity):
    schedule = Schedule(2, principal=Decimal(1000), total=Decimal(total), is_closed=is_closed)
    assert schedule.oddity == oddity


# ── Spreadsheets ───────────────────────────────────────────────────────────────────────
def a_sheet(*lines) -> io.BytesIO:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    file = io.BytesIO()
    book.save(file)
    return file


def an_archive(**entries) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return file


def test_a_sheet_is_read_without_its_blank_rows():
    file = a_sheet(["nama", "tanggal"], [None, ""], ["Sri", MIDNIGHT], [None])
    assert sheets.is_sheet(file)
    sheets.inspect(file, max_bytes=10**7)

    rows = [(row.line, row.cells[:2]) for row in sheets.rows(file)]

    assert rows == [(1, ("nama", "tanggal")), (3, ("Sri", MIDNIGHT))]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (an_archive(surat="halo"), "not_a_sheet"),
        (an_archive(xl__workbook=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), "not_a_sheet"),
        (an_archive(xl__workbook=b"<a/>", xl__bomb=b"0" * 30_000_000), "inflates_too_much"),
        (io.BytesIO(a_sheet(["a"]).getvalue()[:900]), "broken_sheet"),
    ],
    ids=["another archive", "document type", "bomb", "cut short"],
)
def test_hostile_archives_are_refused_before_they_are_read(file, reason):
    with pytest.raises(sheets.SheetRefused) as refused:
        sheets.inspect(file, max_bytes=10**8)

    assert refused.value.reason == reason


def test_a_sheet_whose_inside_is_damaged_is_refused():
    content = an_archive(xl__workbook=b"<nonsense/>", xl__worksheets__sheet1=b"<x")

    with pytest.raises(sheets.SheetRefused):
        sheets.inspect(content, max_bytes=10**7)
        list(sheets.rows(content))
