"""
Sales of the demo shops, each in its own character, day by day up to this moment.

A day depends on the shop and the date alone, not on when it is made, so that days can be added later.
Time is counted from the day on which the demo was first seeded (day 0): the shops have been trading for
180 days then, and the last ten days hold a story that comes back every 60 days.

    A  Mega Jaya    electronics  grows by 5 % a month, money next day, hardly a refund
    B  Maju Bersama cafe         flat; in the story guests stay away
    C  Sederhana    warung       loses 10 % a month, money after five days, 6 % refunds; in the story
                                 guests stay away, food goes back and money comes later still
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q

from core.dates import JAKARTA, business_day
from core.money import round_half_up
from merchants.models import Merchant
from transactions.domain.csv_rows import Sale
from transactions.domain.items import Item
from transactions.models import Transaction
from transactions.services.bulk import add_sales
from transactions.services.totals import apply_change, state_of

DAYS_OF_HISTORY = 180
STORY_DAYS, STORY_LASTS_ON, STORY_COMES_BACK = 10, 2, 60
# The merchant discount rate of QRIS for small shops.
QRIS_FEE = Decimal("0.007")
MARK = "DEMO-"


@dataclass(frozen=True)
class Product:
    code: str
    name: str
    category: str
    price: int


@dataclass(frozen=True)
class Character:
    """
    How a shop trades. `sales_a_day` is paid sales on day 0 without story; `story_*` hold in the story.

    Rates are fractions; `settlement_days` after payment; weekends multiply by `weekend`.
    """

    products: tuple[Product, ...]
    sales_a_day: float
    monthly_growth: float
    success_rate: float
    cash_rate: float
    refund_rate: float
    settlement_days: tuple[int, ...]
    weekend: float
    story_sales: float = 1.0
    story_refund_rate: float | None = None
    story_settlement_days: tuple[int, ...] | None = None


CHARACTERS = {
    "MRC-DEMO-A": Character(
        products=(
            Product("ELC-001", "Smartphone X1 Pro", "Electronics", 3_500_000),
            Product("ELC-002", "Wireless Earbuds G2", "Electronics", 850_000),
            Product("ELC-003", "Smartwatch Series 5", "Electronics", 1_200_000),
            Product("ELC-004", "Mechanical Keyboard RGB", "Electronics", 650_000),
        ),
        sales_a_day=25,
        monthly_growth=0.05,
        success_rate=0.97,
        cash_rate=0.08,
        refund_rate=0.008,
        settlement_days=(1,),
        weekend=1.2,
    ),
    "MRC-DEMO-B": Character(
        products=(
            Product("BEV-001", "Cafe Latte Large", "Beverages", 35_000),
            Product("BEV-002", "Caramel Macchiato", "Beverages", 42_000),
            Product("FOD-001", "Almond Croissant", "Food", 28_000),
            Product("FOD-002", "Beef Lasagna", "Food", 55_000),
        ),
        sales_a_day=10,
        monthly_growth=0,
        success_rate=0.92,
        cash_rate=0.2,
        refund_rate=0.03,
        settlement_days=(3, 4, 4),
        weekend=1.15,
        story_sales=0.55,
    ),
    "MRC-DEMO-C": Character(
        products=(
            Product("WRG-001", "Kopi Hitam Tubruk", "Beverages", 5_000),
            Product("WRG-002", "Nasi Goreng Telur", "Food", 15_000),
            Product("WRG-003", "Mie Instan Rebus + Telur", "Food", 12_000),
            Product("WRG-004", "Gorengan Tempe (Isi 5)", "Food", 10_000),
        ),
        sales_a_day=3.6,
        monthly_growth=-0.10,
        success_rate=0.85,
        cash_rate=0.05,
        refund_rate=0.06,
        settlement_days=(5, 5, 6),
        weekend=0.9,
        story_sales=0.55,
        story_refund_rate=0.85,
        story_settlement_days=(7, 8),
    ),
}


def sales_of_day(code: str, *, day: date, number: int) -> Iterator[Sale]:
    """Make up the sales of one shop on one business day; `number` counts days from day 0."""
    character = CHARACTERS[code]
    dice = random.Random(f"{code} {day.isoformat()}")  # noqa: S311 Believable, not secret.
    in_story = _in_story(number)
    expected = character.sales_a_day * _trend(character, number) / character.success_rate
    expected *= character.weekend if day.weekday() >= 5 else 1
    expected *= character.story_sales if in_story else 1
    tries = int(expected * dice.uniform(0.92, 1.08) + dice.random())
    for place in range(tries):
        yield _sale(character, f"{MARK}{day:%Y%m%d}-{place:03}", code, day, in_story, dice)


def _in_story(number: int) -> bool:
    return number >= -STORY_DAYS and (number + STORY_DAYS) % STORY_COMES_BACK < (
        STORY_DAYS + STORY_LASTS_ON
    )


def _trend(character: Character, number: int) -> float:
    # A shop that shrinks stops doing so on day 0, or it would vanish; one that grows may go on for a year.
    months = min(number, 360 if character.monthly_growth > 0 else 0) / 30
    return (1 + character.monthly_growth) ** months


def _sale(character, external_id, code, day, in_story, dice) -> Sale:
    product, quantity = dice.choice(character.products), dice.choice((1, 1, 1, 2, 2, 3))
    amount = product.price * quantity
    occurred_at = datetime.combine(day, time(8), JAKARTA) + timedelta(
        seconds=dice.randrange(13 * 3600)
    )
    is_cash = dice.random() < character.cash_rate
    # Each sale throws the same dice, whatever becomes of it.
    luck, refund_luck, expires = dice.random(), dice.random(), dice.random() < 0.5
    wait = dice.choice((in_story and character.story_settlement_days) or character.settlement_days)
    refund_rate = (in_story and character.story_refund_rate) or character.refund_rate
    is_paid = is_cash or luck < character.success_rate
    is_refunded = is_paid and refund_luck < refund_rate
    status = (
        "REFUNDED" if is_refunded else "SUCCESS" if is_paid else "EXPIRED" if expires else "FAILED"
    )
    paid_at = occurred_at + timedelta(seconds=0 if is_cash else 40) if is_paid else None
    return Sale(
        merchant=code,
        external_id=external_id,
        occurred_at=occurred_at,
        amount=str(amount),
        method="CASH" if is_cash else "QRIS",
        status=status,
        paid_at=paid_at,
        refunded_amount=str(amount) if is_refunded else "0",
        refunded_at=paid_at + timedelta(hours=2) if is_refunded else None,
        settlement_tracked=True,
        settled_at=_settlement(paid_at, is_cash=is_cash, days=wait),
        fee_amount=_fee(amount, is_cash=is_cash) if is_paid else None,
        customer_ref="",
        channel="" if is_cash else dice.choice(("GoPay", "OVO", "DANA", "ShopeePay", "BCA")),
        description="",
        product_name=product.name,
        items=json.dumps([_item(product, quantity)]),
    )


def _settlement(paid_at: datetime | None, *, is_cash: bool, days: int) -> datetime | None:
    if paid_at is None or is_cash:
        return paid_at
    # The gateway's statement comes in the morning.
    return datetime.combine(paid_at.date() + timedelta(days=days), time(10), JAKARTA)


def _fee(amount: int, *, is_cash: bool) -> str:
    return "0" if is_cash else str(round_half_up(amount * QRIS_FEE))


def _item(product: Product, quantity: int) -> dict:
    return Item(
        id=product.code,
        name=product.name,
        quantity=quantity,
        price=Decimal(product.price),
        more={"category": product.category},
    ).stored()


@transaction.atomic
def add_missing_sales(*, merchant: Merchant, now: datetime) -> int:
    """
    Add a demo shop's sales up to now and move earlier ones on; return how many were added.

    Repeating is safe: a sale is known by its day and place in the day.
    """
    day0 = business_day(merchant.joined_at) + timedelta(days=DAYS_OF_HISTORY)
    known = merchant.transactions.filter(external_id__startswith=MARK)
    newest = known.aggregate(newest=Max("external_id"))["newest"]
    # A sale that was to be refunded hours later may be missing on the day before the newest.
    first = _day_of(newest) - timedelta(days=1) if newest else business_day(merchant.joined_at)
    sales = [
        _as_known(sale, now=now)
        for day in _days(first, business_day(now))
        for sale in sales_of_day(merchant.code, day=day, number=(day - day0).days)
        if (sale.refunded_at or sale.paid_at or sale.occurred_at) <= now
    ]
    _move_on(known, merchant=merchant, day0=day0, now=now)
    added, _differing = add_sales(
        sales=list(enumerate(sales)), merchants={merchant.code: merchant.pk}, now=now
    )
    return len(added)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day_of(external_id: str) -> date:
    return datetime.strptime(external_id[len(MARK) :][:8], "%Y%m%d").date()  # noqa: DTZ007


def _as_known(sale: Sale, *, now: datetime) -> Sale:
    """Return a sale as it stands now: money still on its way, today's unpaid ones still open."""
    if sale.paid_at is None and business_day(sale.occurred_at) == business_day(now):
        return sale._replace(status=Transaction.Status.PENDING)
    if sale.settled_at and sale.settled_at > now:
        return sale._replace(settled_at=None)
    return sale


def _move_on(known, *, merchant: Merchant, day0: date, now: datetime) -> None:
    """Settle what the gateway has paid out since, and close what was never paid."""
    is_waiting = Q(settlement_tracked=True, settled_at=None, paid_at__isnull=False)
    waiting = known.filter(is_waiting | Q(status=Transaction.Status.PENDING))
    for stored in waiting.order_by("pk").select_for_update(no_key=True):
        day = _day_of(stored.external_id)
        made_up = sales_of_day(merchant.code, day=day, number=(day - day0).days)
        sale = next((sale for sale in made_up if sale.external_id == stored.external_id), None)
        # A shop whose character has changed since may have made up fewer.
        if sale:
            _bring_up_to_date(stored, _as_known(sale, now=now), now=now)


def _bring_up_to_date(stored: Transaction, sale: Sale, *, now: datetime) -> None:
    before = state_of(stored)
    stored.settled_at = sale.settled_at
    if stored.status == Transaction.Status.PENDING:
        stored.status = sale.status
    after = state_of(stored)
    if after != before:
        stored.updated_at = now
        stored.save(update_fields=["status", "settled_at", "updated_at"])
        apply_change(merchant_id=stored.merchant_id, before=before, after=after)
