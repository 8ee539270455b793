import csv
import gzip
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from transactions.models import SettlementStatement
from transactions.tests.factories import NOON, a_sale

HEADER = "trade_number,amount,fee,settled_at"


@pytest.fixture
def statement_file(tmp_path):
    def write(*rows, header=HEADER, name="statement.csv"):
        path = tmp_path / name
        content = "\n".join([header, *rows, ""]).encode()
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        return path

    return write


def a_row(sale, *, settled_at=NOON + timedelta(days=1), fee=105) -> str:
    return f"{sale.code},{sale.amount},{fee},{settled_at.isoformat()}"


def run(path, *options) -> str:
    out = StringIO()
    call_command("import_settlements", str(path), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("name", ["statement.csv", "statement.csv.gz"])
def test_reads_a_statement_and_says_what_became_of_it(warung, statement_file, name, tmp_path):
    path = statement_file(a_row(a_sale(warung)), a_row(a_sale(warung)), name=name)

    first, again = run(path), run(path)

    assert "2 lines read" in first
    assert "2 settled, 0 known already, 0 refused" in first
    assert "0 settled, 2 known already, 0 refused" in again
    assert not list(tmp_path.glob("*.refused.csv"))
    assert SettlementStatement.objects.first().name == name


def test_refused_lines_go_to_a_report_without_formulas_and_fail_the_command(warung, statement_file):
    path = statement_file(
        a_row(a_sale(warung)), "=cmd(),1,0,2026-03-03", f"{'x' * 32},=1+1,0,2026-03-03"
    )

    with pytest.raises(SystemExit) as exit_:
        run(path)

    rows = list(csv.reader(path.with_name("statement.csv.refused.csv").open()))
    assert exit_.value.code == 1
    assert rows[0] == ["line", "trade_number", "reason", "message", "detail"]
    assert [row[:3] for row in rows[1:]] == [
        ["3", "'=cmd()", "unknown_sale"],
        ["4", "x" * 32, "malformed"],
    ]
    assert all(row[3] for row in rows)
    assert SettlementStatement.objects.get().rows_settled == 1


def test_a_map_and_indonesian_names_are_understood(warung, statement_file):
    sale = a_sale(warung, external_id="A-1")
    path = statement_file(
        f"{warung.code};A-1;15000;105;14895;2026-03-03",
        header="Kode Merchant;nota;Nominal;Biaya MDR;Jumlah Bersih;Tanggal Settlement",
    )

    run(path, "--map", "transaction_id=nota")

    sale.refresh_from_db()
    assert f"{sale.settled_at:%Y-%m-%d %H:%M}" == "2026-03-03 03:00"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "kosong"),
        (b"a,b\n1,2\n", "trade_number, amount, fee, settled_at"),
        (b"PK\x03\x04\x00\x00", "CSV"),
        (b"\xff\xfe,a\n", "UTF-8"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-6], "gzip"),
    ],
)
def test_a_bad_file_is_refused_as_a_whole(db, tmp_path, content, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=said) as refusal:
        run(path)

    assert refusal.value.returncode == 2
    assert not SettlementStatement.objects.exists()


@pytest.mark.parametrize("options", [["--map", "amount"], ["--map", "price=total"]])
def test_wrong_options_are_refused(db, statement_file, options):
    with pytest.raises(CommandError, match="ours=theirs"):
        run(statement_file(), *options)


def test_a_file_that_is_not_there_is_refused_kindly(db, tmp_path):
    with pytest.raises(CommandError):
        run(tmp_path / "absent.csv")
