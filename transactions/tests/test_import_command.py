import csv
import gzip
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from merchants.models import Merchant
from transactions.models import Transaction

HEADER = "merchant_id,transaction_id,occurred_at,amount,payment_method,status"
ROW = "M-1,A-1,2026-03-01T10:00:00+07:00,15000,QRIS,Success"


@pytest.fixture
def sales_file(tmp_path):
    def write(*rows, header=HEADER, name="sales.csv"):
        path = tmp_path / name
        content = "\n".join([header, *rows, ""]).encode()
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        return path

    return write


def run(path, *options) -> str:
    out = StringIO()
    call_command("import_sales", str(path), *options, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["sales.csv", "sales.csv.gz"])
def test_reads_a_file_and_says_what_became_of_it(db, sales_file, name):
    out = run(sales_file(ROW, name=name), "--create-merchants")

    assert "1 rows read" in out
    assert "1 added, 0 known already, 0 refused" in out
    assert "recalculate" in out


def test_a_map_names_the_files_own_columns(warung, sales_file):
    path = sales_file(
        "A-1,2026-03-01T10:00,15000,QRIS,Success", header="nota,waktu,total,cara,status"
    )

    run(
        path,
        f"--merchant={warung.code}",
        "--map",
        "transaction_id=nota",
        "occurred_at=waktu",
        "amount=total",
        "payment_method=cara",
    )

    assert Transaction.objects.get().external_id == "A-1"


def test_writes_refused_rows_beside_the_file_without_formulas(db, sales_file):
    path = sales_file(ROW, ROW.replace("15000", "=1+1").replace("QRIS", "=cmd"))
    run(path, "--create-merchants")

    rows = list(csv.reader(path.with_name("sales.csv.refused.csv").open()))
    assert rows[0] == ["line", "reason", "message", "detail"]
    assert rows[1][:2] == ["3", "invalid_amount"]
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_makes_no_report_when_nothing_was_refused(db, sales_file, tmp_path):
    run(sales_file(ROW), "--create-merchants", f"--report={tmp_path / 'report.csv'}")

    assert not (tmp_path / "report.csv").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--merchant=nobody"],
        ["--map", "amount"],
        ["--map", "price=total"],
        ["--consent=2026-01"],
    ],
)
def test_wrong_options_are_refused_before_anything_is_read(db, sales_file, options):
    with pytest.raises(CommandError):
        run(sales_file(ROW), *options)

    assert not Merchant.objects.exists()


def test_a_file_that_is_none_or_not_there_is_refused_kindly(db, sales_file, tmp_path):
    with pytest.raises(CommandError, match="payment_method"):
        run(sales_file(ROW, header="a,b"))
    with pytest.raises(CommandError):
        run(tmp_path / "absent.csv")
