"""The three koperasi of the demo: what they ask of members, how they lend, and who works there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Organisation, User
from core.dates import add_months, business_day
from koperasi_risk.demo import people, stories
from koperasi_risk.models import DocumentKind, Loan, Tenant, TenantMembership, TenantRole

OFFICER, MANAGER, BOARD = (
    TenantRole.FINANCING_OFFICER,
    TenantRole.RISK_MANAGER,
    TenantRole.BOARD,
)
KTP, KK, PAYSLIP, SKU = (
    DocumentKind.KTP,
    DocumentKind.FAMILY_CARD,
    DocumentKind.PAYSLIP,
    DocumentKind.BUSINESS_LETTER,
)
# So long do the books of savings reach back.
MONTHS_OF_SAVINGS = 36


@dataclass(frozen=True)
class Product:
    """One way to lend; `rate_percent` is a month's."""

    method: str
    rate_percent: Decimal
    contract: str = Loan.Contract.LOAN
    months_between: int = 1


@dataclass(frozen=True)
class Koperasi:
    """One koperasi: `region` is in its members' numbers of identity, which nobody has."""

    code: str
    prefix: str
    region: int
    settings: Mapping
    seats: Mapping[str, tuple[str, ...]]
    works: tuple[people.Work, ...]
    stories: tuple
    products: tuple[Product, ...]

    @property
    def cast(self) -> list[stories.Story]:
        return stories.cast(self.stories)


TRAVELLER = "pendamping@koperasi.example"

MEKAR = Koperasi(
    code="KSP-MEKAR",
    prefix="MJ",
    region=1,
    settings={
        "kind": Tenant.Kind.KSP,
        "principal_savings_amount": Decimal(1_000_000),
        "mandatory_savings_amount": Decimal(50_000),
        "own_capital": Decimal(2_400_000_000),
        "unsecured_limit": Decimal(10_000_000),
        "required_documents": [KTP, KK, PAYSLIP],
    },
    seats={
        "wayan@mekar.example": (MANAGER,),
        "manajer2@mekar.example": (MANAGER,),
        "petugas@mekar.example": (OFFICER,),
        "pengurus@mekar.example": (BOARD,),
        TRAVELLER: (OFFICER,),
    },
    works=people.TOWN,
    stories=stories.COMMON,
    products=(
        Product(Loan.Method.FLAT, Decimal("1.2")),
        Product(Loan.Method.DECLINING, Decimal("1.6")),
        Product(Loan.Method.ANNUITY, Decimal("1.5")),
    ),
)
AMANAH = Koperasi(
    code="KSPPS-AMANAH",
    prefix="AU",
    region=2,
    settings={
        "kind": Tenant.Kind.KSPPS,
        "principal_savings_amount": Decimal(500_000),
        "mandatory_savings_amount": Decimal(25_000),
        "own_capital": Decimal(950_000_000),
        "unsecured_limit": Decimal(5_000_000),
        "collectability_preset": Tenant.Preset.BPR,
        "required_documents": [KTP, KK, SKU],
    },
    seats={
        "manajer@amanah.example": (MANAGER,),
        "manajer2@amanah.example": (MANAGER,),
        "petugas@amanah.example": (OFFICER,),
        "pengurus@amanah.example": (BOARD,),
    },
    works=people.MARKET,
    stories=stories.SMALL,
    products=(
        Product(Loan.Method.MARGIN, Decimal("1.1"), Loan.Contract.MURABAHAH),
        Product(Loan.Method.MARGIN, Decimal("1.3"), Loan.Contract.IJARAH),
        Product(Loan.Method.MARGIN, Decimal(0), Loan.Contract.QARDH),
    ),
)
TANI = Koperasi(
    code="KSU-TANI",
    prefix="TM",
    region=3,
    settings={
        "kind": Tenant.Kind.KSU,
        "principal_savings_amount": Decimal(250_000),
        "mandatory_savings_amount": Decimal(20_000),
        "unsecured_limit": Decimal(4_000_000),
        "collectability_preset": Tenant.Preset.KEMENKOP,
        "grace_days": 14,
        "required_documents": [KTP, KK],
        "category_multipliers": {"tinggi": "1.5"},
    },
    seats={
        "manajer@tani.example": (MANAGER,),
        # A small koperasi: two jobs, one person.
        "petugas@tani.example": (OFFICER, MANAGER),
        "pengurus@tani.example": (BOARD,),
        TRAVELLER: (OFFICER,),
    },
    works=people.FIELD,
    stories=stories.seasonal(stories.SMALL),
    products=(Product(Loan.Method.FLAT, Decimal("1.5"), months_between=4),),
)
KOPERASI = (MEKAR, AMANAH, TANI)


def open_koperasi(koperasi: Koperasi, organisation: Organisation, *, now: datetime) -> Tenant:
    """Return the koperasi with its people; what is there stays as it is."""
    since = add_months(business_day(now).replace(day=1), 1 - MONTHS_OF_SAVINGS)
    tenant, _ = Tenant.objects.get_or_create(
        organisation=organisation,
        defaults={"mandatory_savings_since": since, **koperasi.settings},
    )
    for person in User.objects.filter(email__in=koperasi.seats):
        TenantMembership.objects.of(tenant).get_or_create(
            user=person,
            defaults={"tenant": tenant, "roles": list(koperasi.seats[person.email])},
        )
    return tenant
