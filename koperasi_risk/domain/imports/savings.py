"""A file of savings movements: what went into and out of members' accounts."""

from datetime import date

from koperasi_risk.domain.imports import values
from koperasi_risk.domain.imports.tables import Column, Refusal, Table, Values
from koperasi_risk.domain.movements import effect

ACCOUNTS = values.words(
    PRINCIPAL="pokok,simpanan pokok,simp pokok,principal",
    MANDATORY="wajib,simpanan wajib,simp wajib,mandatory",
    VOLUNTARY="sukarela,simpanan sukarela,simp sukarela,tabungan,voluntary",
    TERM="berjangka,simpanan berjangka,simp berjangka,deposito,term",
)
MOVEMENTS = values.words(
    DEPOSIT="setoran,setor,masuk,deposit",
    WITHDRAWAL="penarikan,tarik,keluar,withdrawal",
    INTEREST="jasa,bunga,bagi hasil,interest",
    SURPLUS="shu,bagian shu,surplus",
    CORRECTION="koreksi,correction",
)
STATUSES = values.words(
    PENDING="pending,menunggu",
    VERIFIED="verified,terverifikasi,diverifikasi",
    APPROVED="approved,disetujui",
    REJECTED="rejected,ditolak",
)


def _agree(row: Values, today: date) -> list[Refusal]:
    found = []
    if row["on"] > today:
        found.append(Refusal("in_the_future", "tanggal", row["on"].isoformat()))
    if row["amount"] == 0 or (row["amount"] < 0 and row["kind"] != "CORRECTION"):
        found.append(Refusal("invalid_amount", "jumlah", str(row["amount"])))
    return found


def _waits(row: Values) -> date | None:
    """Ask what takes from an account to wait for all that adds: a file may begin with its newest row."""
    return row["on"] if effect(row["kind"], row["amount"]) < 0 else None


SAVINGS = Table(
    "simpanan",
    (
        Column("referensi", "reference", values.text(60), True, ("no bukti", "nomor bukti", "reference")),
        Column("no_anggota", "member", values.text(30), True, ("nomor anggota", "member number")),
        Column("jenis_simpanan", "account", values.word(ACCOUNTS), True, ("simpanan", "type")),
        Column("mutasi", "kind", values.word(MOVEMENTS), True, ("jenis mutasi", "jenis transaksi")),
        Column("jumlah", "amount", values.signed_amount, True, ("nominal", "amount")),
        Column("tanggal", "on", values.day, True, ("tgl", "date", "effective_date")),
        Column("biaya", "fee", values.amount, aliases=("fee",)),
        Column("metode", "method", values.text(20), aliases=("method",)),
        Column("status", "status", values.word(STATUSES)),
    ),
    ("reference",),
    _agree,
    (
        {"referensi": "SW-202601-0001", "no_anggota": "A-0001", "jenis_simpanan": "wajib",
         "mutasi": "setoran", "jumlah": "50.000,00", "tanggal": "05/01/2026", "metode": "tunai",
         "status": "terverifikasi"},
        {"referensi": "SS-202601-0007", "no_anggota": "A-0002", "jenis_simpanan": "sukarela",
         "mutasi": "penarikan", "jumlah": "1500000.00", "tanggal": "2026-01-12"},
    ),
    _waits,
)  # fmt: skip
