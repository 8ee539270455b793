"""The three shops of the demo, which let partner banks see them."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from merchants.models import Merchant
from merchants.services import grant_consent


@dataclass(frozen=True)
class Shop:
    code: str
    owner: str
    company_name: str
    scale: Merchant.Scale
    city: str
    address: str
    phone: str


SHOPS = (
    Shop(
        "MRC-DEMO-A",
        "merchant.a@example.com",
        "PT Mega Jaya Commerce",
        Merchant.Scale.MEDIUM,
        "Jakarta",
        "Jl. Mangga Dua Raya No. 8",
        "+6281234567890",
    ),
    Shop(
        "MRC-DEMO-B",
        "merchant.b@example.com",
        "CV Maju Bersama",
        Merchant.Scale.SMALL,
        "Bandung",
        "Jl. Braga No. 21",
        "+6281234567891",
    ),
    Shop(
        "MRC-DEMO-C",
        "merchant.c@example.com",
        "UD Sederhana",
        Merchant.Scale.MICRO,
        "Yogyakarta",
        "Jl. Kaliurang Km 5",
        "+6281234567892",
    ),
)


def add_shops(*, joined_at: datetime) -> list[Merchant]:
    """
    Add the shops that are missing, which consented when they joined, and return all of them.

    A shop that is there stays as it is: a withdrawn consent is not given again.
    """
    codes = [shop.code for shop in SHOPS]
    known = {shop.code: shop for shop in Merchant.objects.filter(code__in=codes)}
    return [known.get(shop.code) or _add(shop, joined_at=joined_at) for shop in SHOPS]


def _add(shop: Shop, *, joined_at: datetime) -> Merchant:
    owner = User.objects.get(email=shop.owner)
    merchant = Merchant.objects.create(
        code=shop.code,
        owner=owner,
        company_name=shop.company_name,
        category="Retail",
        scale=shop.scale,
        city=shop.city,
        address=shop.address,
        phone=shop.phone,
        joined_at=joined_at,
    )
    grant_consent(merchant=merchant, by=owner, now=joined_at)
    return merchant
