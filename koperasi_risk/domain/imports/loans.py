"""Files of loans (sharia: pembiayaan), and of their instalments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from koperasi_risk.domain.imports import values
from koperasi_risk.domain.imports.tables import Column, Refusal, Table, Values

METHODS = values.words(
    FLAT="flat,tetap",
    DECLINING="menurun,sliding,efektif,declining",
    ANNUITY="anuitas,annuity",
    MARGIN="margin,akad",
)
PERIODS = values.words(
    MONTH="bulan,per bulan,bulanan,month",
    YEAR="tahun,per tahun,tahunan,year",
    TENOR="tenor,selama tenor",
)
CONTRACTS = values.words(
    LOAN="pinjaman,loan",
    MURABAHAH="murabahah",
    IJARAH="ijarah",
    MUDHARABAH="mudharabah",
    MUSYARAKAH="musyarakah",
    QARDH="qardh,qardhul hasan",
)
PURPOSES = values.words(
    PRODUCTIVE="produktif,usaha,modal kerja,productive",
    CONSUMPTIVE="konsumtif,konsumsi,consumptive",
    OTHER="lainnya,lain lain,other",
)
STATUSES = values.words(
    PENDING="diajukan,pending,menunggu",
    APPROVED="disetujui,approved",
    REJECTED="ditolak,rejected",
    DISBURSED="dicairkan,cair,berjalan,aktif,disbursed",
    RESTRUCTURED="direstrukturisasi,restrukturisasi,restructured",
    SETTLED="lunas,settled",
    WRITTEN_OFF="hapus buku,hapusbuku,macet hapus buku,written off",
)
PAID_OUT, CLOSED = (
    ("DISBURSED", "RESTRUCTURED", "SETTLED", "WRITTEN_OFF"),
    ("SETTLED", "WRITTEN_OFF"),
)
COURSE = (
    ("applied_on", "tanggal_pengajuan"),
    ("approved_on", "tanggal_disetujui"),
    ("disbursed_on", "tanggal_cair"),
    ("closed_on", "tanggal_tutup"),
)


def _agree(row: Values, today: date) -> list[Refusal]:
    found, before = [], None
    for field, column in COURSE:
        on = row.get(field)
        if on and on > today:
            found.append(Refusal("in_the_future", column, on.isoformat()))
        elif on and before and on < before:
            found.append(Refusal("wrong_order", column, on.isoformat()))
        before = on or before
    if row["status"] in PAID_OUT and "disbursed_on" not in row:
        found.append(Refusal("missing_value", "tanggal_cair"))
    if row["status"] in CLOSED and "closed_on" not in row:
        found.append(Refusal("missing_value", "tanggal_tutup"))
    if row["status"] not in CLOSED and "closed_on" in row:
        found.append(Refusal("not_closed", "tanggal_tutup"))
    return found


LOANS = Table(
    "pinjaman",
    (
        Column("no_pinjaman", "number", values.text(40), True, ("nomor pinjaman", "no pembiayaan", "loan number")),
        Column("no_anggota", "member", values.text(30), True, ("nomor anggota", "member number")),
        Column("pokok", "principal", values.positive_amount, True, ("plafon", "jumlah pinjaman", "principal")),
        Column("tenor", "tenor_months", values.whole(1, 360), True, ("tenor bulan", "jangka waktu", "tenor_months")),
        Column("status", "status", values.word(STATUSES), True),
        Column("tanggal_pengajuan", "applied_on", values.day, True, ("tgl pengajuan", "applied_date")),
        Column("tanggal_disetujui", "approved_on", values.day, aliases=("tgl disetujui", "approved_date")),
        Column("tanggal_cair", "disbursed_on", values.day, aliases=("tgl cair", "tanggal pencairan", "disbursed_date")),
        Column("tanggal_tutup", "closed_on", values.day, aliases=("tgl lunas", "tanggal lunas", "closed_date")),
        Column("kol_tutup", "closed_collectability", values.whole(1, 5), aliases=("kolektibilitas tutup",)),
        Column("metode", "method", values.word(METHODS), aliases=("metode jasa", "jasa_method")),
        Column("suku_persen", "rate_percent", values.percent, aliases=("suku jasa", "jasa persen", "margin persen", "rate")),
        Column("suku_per", "rate_period", values.word(PERIODS), aliases=("periode suku", "rate_period")),
        Column("akad", "contract", values.word(CONTRACTS), aliases=("contract",)),
        Column("tujuan", "purpose", values.word(PURPOSES), aliases=("purpose",)),
    ),
    ("number",),
    _agree,
    (
        {"no_pinjaman": "P-0001", "no_anggota": "A-0001", "pokok": "12.000.000,00", "tenor": "12",
         "status": "dicairkan", "tanggal_pengajuan": "01/09/2025", "tanggal_disetujui": "03/09/2025",
         "tanggal_cair": "05/09/2025", "metode": "flat", "suku_persen": "1,2", "suku_per": "bulan",
         "akad": "pinjaman", "tujuan": "produktif"},
        {"no_pinjaman": "P-0002", "no_anggota": "A-0002", "pokok": "5000000", "tenor": "10",
         "status": "lunas", "tanggal_pengajuan": "2024-01-04", "tanggal_cair": "2024-01-08",
         "tanggal_tutup": "2024-11-08", "kol_tutup": "1"},
    ),
)  # fmt: skip


def _installment_agrees(row: Values, today: date) -> list[Refusal]:
    found, full_on = [], row.get("paid_in_full_on")
    for part, column in (("principal", "pokok"), ("interest", "jasa"), ("penalty", "denda")):
        if row.get(f"{part}_paid", 0) > row.get(f"{part}_due", 0):
            found.append(Refusal("overpaid", f"{column}_dibayar", str(row[f"{part}_paid"])))
    if not row["principal_due"] + row["interest_due"]:
        found.append(Refusal("invalid_amount", "pokok", "0"))
    is_full = all(
        row.get(f"{part}_paid", 0) == row[f"{part}_due"] for part in ("principal", "interest")
    )
    if is_full and not full_on:
        found.append(Refusal("missing_value", "tanggal_lunas"))
    if full_on and not is_full:
        found.append(Refusal("not_in_full", "tanggal_lunas", full_on.isoformat()))
    if full_on and full_on > today:
        found.append(Refusal("in_the_future", "tanggal_lunas", full_on.isoformat()))
    return found


INSTALLMENTS = Table(
    "angsuran",
    (
        Column("no_pinjaman", "loan", values.text(40), True, ("nomor pinjaman", "no pembiayaan", "loan number")),
        Column("angsuran_ke", "number", values.whole(1, 600), True, ("ke", "no angsuran", "seq")),
        Column("jatuh_tempo", "due_date", values.day, True, ("tanggal jatuh tempo", "tgl jatuh tempo", "due_date")),
        Column("pokok", "principal_due", values.amount, True, ("angsuran pokok", "principal_due")),
        Column("jasa", "interest_due", values.amount, True, ("angsuran jasa", "margin", "jasa_due")),
        Column("pokok_dibayar", "principal_paid", values.amount, aliases=("bayar pokok", "paid_principal")),
        Column("jasa_dibayar", "interest_paid", values.amount, aliases=("bayar jasa", "margin dibayar", "paid_jasa")),
        Column("denda", "penalty_due", values.amount, aliases=("denda_due",)),
        Column("denda_dibayar", "penalty_paid", values.amount, aliases=("denda_paid",)),
        Column("tanggal_lunas", "paid_in_full_on", values.day, aliases=("tgl lunas", "tanggal bayar", "paid_in_full_at")),
    ),
    ("loan", "number"),
    _installment_agrees,
    (
        {"no_pinjaman": "P-0001", "angsuran_ke": "1", "jatuh_tempo": "05/10/2025", "pokok": "1.000.000,00",
         "jasa": "144.000,00", "pokok_dibayar": "1.000.000,00", "jasa_dibayar": "144.000,00",
         "tanggal_lunas": "04/10/2025"},
        {"no_pinjaman": "P-0001", "angsuran_ke": "2", "jatuh_tempo": "2025-11-05", "pokok": "1000000",
         "jasa": "144000", "denda": "0"},
    ),
)  # fmt: skip


ODDITIES = LESS, MORE = ("principal_less", "principal_more")


@dataclass(frozen=True)
class Schedule:
    """
    What a loan's instalments add up to once a file is taken in, and the line where the file begins on it.

    Nothing is refused for it: a book may hold only the rest of an old loan, a file its first half, and
    many koperasi round each instalment up.
    """

    line: int
    principal: Decimal
    total: Decimal
    is_closed: bool = False

    @property
    def oddity(self) -> str:
        """
        Say what somebody should look at. A loan that is closed early owes less than was lent.

        >>> Schedule(2, principal=Decimal(1_000), total=Decimal("1000.01")).oddity
        'principal_more'
        """
        if self.total > self.principal:
            return MORE
        return LESS if self.total < self.principal and not self.is_closed else ""
