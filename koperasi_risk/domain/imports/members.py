"""A file of members: who they are, since when, and what they earn."""

from datetime import date

from koperasi_risk.domain.imports import values
from koperasi_risk.domain.imports.tables import Column, Refusal, Table, Values

STATUSES = values.words(
    ACTIVE="aktif,active",
    PENDING="calon,calon anggota,pending,menunggu",
    INACTIVE="nonaktif,non aktif,tidak aktif,inactive",
    LEFT="keluar,berhenti,left",
)
SOURCES = values.words(
    SALARY="gaji,salary",
    BUSINESS="usaha,usaha sendiri,business",
    FARMING="tani,pertanian,petani,nelayan,farming",
    OTHER="lainnya,lain lain,other",
)


def _agree(row: Values, today: date) -> list[Refusal]:
    joined, left, status = row["joined_on"], row.get("left_on"), row.get("status")
    verified, born = row.get("income_verified_on"), row.get("birth_date")
    found = []
    if joined > today:
        found.append(Refusal("in_the_future", "tanggal_masuk", joined.isoformat()))
    if born and born >= joined:
        found.append(Refusal("wrong_order", "tanggal_lahir"))
    if verified and verified > today:
        found.append(Refusal("in_the_future", "penghasilan_diverifikasi", verified.isoformat()))
    if status == "LEFT" and not left:
        found.append(Refusal("missing_value", "tanggal_keluar"))
    if left and status not in (None, "LEFT"):
        found.append(Refusal("has_not_left", "tanggal_keluar"))
    if left and not joined <= left <= today:
        found.append(Refusal("wrong_order", "tanggal_keluar", left.isoformat()))
    return found


MEMBERS = Table(
    "anggota",
    (
        Column("no_anggota", "number", values.text(30), True, ("nomor anggota", "member number", "number")),
        Column("nama", "full_name", values.text(120), True, ("nama lengkap", "nama anggota", "full_name")),
        Column("nik", "nik", values.nik, aliases=("no ktp", "nomor ktp", "identity_number")),
        Column("tanggal_lahir", "birth_date", values.day, aliases=("tgl lahir", "birth_date")),
        Column("pekerjaan", "occupation", values.text(80), aliases=("occupation",)),
        Column("tempat_kerja", "employer", values.text(80), aliases=("employer", "perusahaan")),
        Column("penghasilan", "monthly_income", values.amount,
               aliases=("penghasilan bersih", "pendapatan", "monthly_income", "income")),
        Column("sumber_penghasilan", "income_source", values.word(SOURCES), aliases=("income_source",)),
        Column("penghasilan_diverifikasi", "income_verified_on", values.day,
               aliases=("tgl verifikasi penghasilan", "income_verified_at")),
        Column("tanggungan", "dependants", values.whole(0, 30), aliases=("dependants",)),
        Column("status", "status", values.word(STATUSES)),
        Column("tanggal_masuk", "joined_on", values.day, True, ("tgl masuk", "tanggal bergabung", "join_date")),
        Column("tanggal_keluar", "left_on", values.day, aliases=("tgl keluar", "exit_date")),
        Column("pengurus", "is_board_member", values.flag, aliases=("is_pengurus",)),
    ),
    ("number",),
    _agree,
    (
        {"no_anggota": "A-0001", "nama": "Sri Rahayu", "nik": "9901014203850001",
         "tanggal_lahir": "02/03/1985", "pekerjaan": "Pedagang sembako", "penghasilan": "4.500.000,00",
         "sumber_penghasilan": "usaha", "penghasilan_diverifikasi": "15/01/2026", "tanggungan": "2",
         "status": "aktif", "tanggal_masuk": "10/06/2021", "pengurus": "tidak"},
        {"no_anggota": "A-0002", "nama": "Budi Santoso", "pekerjaan": "Guru", "tempat_kerja": "SD Negeri 3",
         "penghasilan": "5250000", "sumber_penghasilan": "gaji", "status": "aktif",
         "tanggal_masuk": "2023-02-01"},
    ),
)  # fmt: skip
