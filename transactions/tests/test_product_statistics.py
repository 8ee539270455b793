from datetime import timedelta
from decimal import Decimal

from transactions.selectors import products
from transactions.selectors.products import ProductStatistic, product_statistics
from transactions.tests.factories import NOON, a_sale

KOPI = {"id": "WRG-001", "name": "Kopi", "quantity": 2, "price": 5000, "unitPrice": 5000}
MIE = {"name": "Mie", "quantity": 1, "unitPrice": 12000}


def found(merchant, **options) -> list[tuple]:
    since = options.pop("since", NOON - timedelta(days=90))
    statistics = product_statistics(merchant=merchant, since=since, **options)
    return [(one.product, one.quantity) for one in statistics]


def test_lines_are_summed_by_product_most_sold_first(warung):
    a_sale(warung, items=[KOPI, MIE])
    a_sale(warung, items=[KOPI])

    first, second = product_statistics(merchant=warung, since=NOON - timedelta(days=90))

    assert first == ProductStatistic("WRG-001", "Kopi", "", Decimal(4), 2, Decimal(20000))
    assert second == ProductStatistic("Mie", "Mie", "", Decimal(1), 1, Decimal(12000))


def test_a_product_is_called_by_its_newest_name(warung):
    a_sale(warung, items=[KOPI | {"name": "Kopi Tubruk"}])
    a_sale(warung, items=[KOPI], occurred_at=NOON - timedelta(days=1))

    [only] = product_statistics(merchant=warung, since=NOON - timedelta(days=90))

    assert only.name == "Kopi Tubruk"


def test_only_successful_sales_of_the_period_and_merchant_count(warung, kios):
    a_sale(warung, items=[KOPI], status="PENDING")
    a_sale(warung, items=[KOPI], status="REFUNDED")
    a_sale(warung, items=[KOPI], occurred_at=NOON - timedelta(days=91))
    a_sale(kios, items=[KOPI])

    assert found(warung) == []


def test_a_line_without_a_quantity_is_one_piece(warung):
    for quantity in ("banyak", None, {}, -3, "1e9", True):
        a_sale(warung, items=[{"name": "Kopi", "quantity": quantity}])
    a_sale(warung, items=[{"name": "Kopi", "quantity": "3"}, {"name": "Kopi"}])

    assert found(warung) == [("Kopi", Decimal(10))]


def test_a_sale_without_lines_is_one_piece_of_its_product(warung):
    a_sale(warung, product_name="Kopi")
    a_sale(warung)

    assert found(warung) == [("Kopi", Decimal(1))]


def test_strange_items_harm_nobody(warung):
    for items in ({"name": "x"}, "teks", 5, [], [1, "a", None, [], {}], [{"name": ""}]):
        a_sale(warung, items=items)

    assert found(warung) == []


def test_only_the_top_is_returned(warung):
    a_sale(warung, items=[{"name": f"Produk {n}", "quantity": n} for n in range(1, 10)])

    assert found(warung, top=2) == [("Produk 9", Decimal(9)), ("Produk 8", Decimal(8))]


def test_of_a_busy_shop_the_newest_sales_are_counted(warung, monkeypatch):
    monkeypatch.setattr(products, "NEWEST_SALES", 2)
    for days_ago, name in enumerate(["Kopi", "Mie", "Teh"]):
        a_sale(warung, product_name=name, occurred_at=NOON - timedelta(days=days_ago))

    assert found(warung) == [("Kopi", Decimal(1)), ("Mie", Decimal(1))]
