"""Names, work and incomes of the demo's members: invented, and the same whenever they are asked for."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from koperasi_risk.models import Member

WOMEN = (
    "Ayu", "Dewi", "Endang", "Fitri", "Indah", "Kadek", "Lestari", "Made", "Murni", "Nur", "Partini",
    "Ratna", "Rukmini", "Siti", "Sri", "Sulastri", "Sumarni", "Tuti", "Wahyuni", "Yanti", "Yuliana", "Zubaidah",
)  # fmt: skip
MEN = (
    "Abdul", "Agus", "Ahmad", "Bambang", "Budi", "Darmawan", "Dedi", "Eko", "Gede", "Hadi", "Hasan",
    "Heru", "Iwan", "Joko", "Ketut", "Mulyono", "Nyoman", "Parman", "Rahmat", "Slamet", "Sugeng", "Tarno",
    "Untung", "Yusuf",
)  # fmt: skip
FAMILIES = (
    "Anggraini", "Astuti", "Firmansyah", "Hakim", "Handayani", "Hidayat", "Kurniawan", "Kusuma", "Lubis",
    "Mahendra", "Maulana", "Nasution", "Nugroho", "Permana", "Prabowo", "Purnomo", "Rahayu", "Ramadhan",
    "Santoso", "Saputra", "Setiawan", "Simanjuntak", "Siregar", "Suharti", "Suparman", "Suryani", "Sutrisno",
    "Utami", "Wibowo", "Widodo", "Wijaya", "Wulandari",
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """What somebody lives on: a range of net incomes a month, in thousands of rupiah."""

    name: str
    source: str
    least: int
    most: int
    employers: tuple[str, ...] = ("",)


SALARY, BUSINESS, FARMING = (
    Member.IncomeSource.SALARY,
    Member.IncomeSource.BUSINESS,
    Member.IncomeSource.FARMING,
)
TOWN = (
    Work("Guru sekolah dasar", SALARY, 3200, 5800, ("SD Negeri 3", "SD Negeri 7", "SD Harapan")),
    Work("Pegawai puskesmas", SALARY, 3500, 6200, ("Puskesmas Kecamatan",)),
    Work("Karyawan pabrik", SALARY, 3800, 5200, ("PT Tekstil Sejahtera", "PT Karya Boga")),
    Work("Perangkat desa", SALARY, 2800, 4200, ("Kantor Desa",)),
    Work("Pedagang sembako", BUSINESS, 3500, 9000),
    Work("Penjual sayur", BUSINESS, 2400, 4800),
    Work("Penjahit", BUSINESS, 2200, 4500),
    Work("Pengemudi ojek daring", BUSINESS, 2500, 4600),
    Work("Pemilik bengkel motor", BUSINESS, 4500, 11000),
    Work("Pemilik warung makan", BUSINESS, 3500, 9500),
)
MARKET = (
    Work("Pedagang kain", BUSINESS, 4000, 12000),
    Work("Pedagang buah", BUSINESS, 2800, 6500),
    Work("Perajin batik", BUSINESS, 2600, 7500),
    Work("Ustazah TPQ", SALARY, 2000, 3400, ("TPQ Al-Hikmah",)),
    Work("Guru madrasah", SALARY, 2900, 5200, ("MI Nurul Huda", "MTs Al-Falah")),
    Work("Penjual kue", BUSINESS, 2300, 5200),
    Work("Pemilik toko kelontong", BUSINESS, 3800, 9800),
    Work("Peternak ayam petelur", BUSINESS, 4200, 11500),
)
FIELD = (
    Work("Petani padi", FARMING, 1900, 4200),
    Work("Petani jagung", FARMING, 1800, 3900),
    Work("Petani cabai", FARMING, 2100, 6800),
    Work("Peternak sapi", FARMING, 2600, 7400),
    Work("Nelayan", FARMING, 2000, 4400),
    Work("Buruh tani", FARMING, 1500, 2400),
    Work("Pengepul hasil bumi", BUSINESS, 4500, 14000),
    Work("Pemilik penggilingan padi", BUSINESS, 6000, 16000),
)


@dataclass(frozen=True)
class Person:
    full_name: str
    nik: str
    birth_date: date
    work: Work
    employer: str
    monthly_income: Decimal
    dependants: int


def a_person(*, place: int, region: int, works: tuple[Work, ...], today: date) -> Person:
    """Return the person at a place of a koperasi's list, whose names do not come twice there."""
    chance = Random(f"{region}-{place}")  # noqa: S311 Believable, not secret.
    is_woman = place % 2 == 0
    given = (WOMEN if is_woman else MEN)[place // 2 % (len(WOMEN) if is_woman else len(MEN))]
    family = FAMILIES[(place * 7 + place // len(FAMILIES) + region) % len(FAMILIES)]
    born = today - timedelta(days=chance.randint(22 * 365, 61 * 365))
    work = works[chance.randrange(len(works))]
    return Person(
        full_name=f"{given} {family}",
        nik=_nik(born, is_woman=is_woman, region=region, place=place),
        birth_date=born,
        work=work,
        employer=chance.choice(work.employers),
        monthly_income=Decimal(chance.randrange(work.least, work.most, 50) * 1000),
        dependants=chance.choice((0, 1, 1, 2, 2, 3, 4)),
    )


def _nik(born: date, *, is_woman: bool, region: int, place: int) -> str:
    # There is no province 99: nobody has such a number. Women's days of birth are 40 more.
    day = born.day + (40 if is_woman else 0)
    return f"99{region:02}01{day:02}{born:%m%y}{place:04}"


def thousands(amount: Decimal) -> Decimal:
    """Round to whole thousands, as people do."""
    return amount.quantize(Decimal(1000).normalize()).quantize(Decimal(1))
