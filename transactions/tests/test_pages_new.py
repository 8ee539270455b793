import uuid
from decimal import Decimal

import pytest

from transactions.models import Transaction
from transactions.tests.factories import a_sale

NEW = "/m/penjualan/baru/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def send(client, sari, warung):
    """Return a function that sends Sari's form for a cash sale with changes."""
    client.force_login(sari)

    def post(headers=None, **typed):
        form = {"code": uuid.uuid4().hex, "method": "CASH", "amount": "15.000"} | typed
        return client.post(NEW, form, headers=headers)

    return post


def lines(*rows) -> dict:
    names, quantities, prices = zip(*rows, strict=True)
    return {"item-name": names, "item-quantity": quantities, "item-price": prices}


@pytest.mark.parametrize("typed", ["1500000", "1.500.000", "Rp1.500.000", "Rp 1.500.000,00"])
def test_an_amount_may_be_typed_as_people_write_it(send, warung, typed):
    answer = send(amount=typed)

    sale = warung.transactions.get()
    assert sale.amount == Decimal("1500000.00")
    assert answer["Location"] == f"/m/penjualan/{sale.code}/"


def test_a_point_is_never_the_beginning_of_a_fraction(send, warung):
    send(amount="1.500")

    assert warung.transactions.get().amount == Decimal("1500.00")


@pytest.mark.parametrize("typed", ["1.50", "seribu", "0", "-5", "1e6", "99.999.999.999.999", ""])
def test_an_amount_that_is_none_is_refused_beside_its_field(send, warung, typed):
    answer = send(amount=typed, description="Untuk Pak Budi")

    assert answer.status_code == 400
    assert "amount" in answer.context["form"].errors
    assert "Untuk Pak Budi" in answer.content.decode()
    assert not warung.transactions.exists()


def test_a_form_that_is_sent_twice_is_one_sale(send, warung):
    code = uuid.uuid4().hex

    first, second = send(code=code), send(code=code)

    assert first["Location"] == second["Location"] == f"/m/penjualan/{code}/"
    assert warung.transactions.count() == 1


def test_the_code_of_somebody_elses_sale_is_refused(send, warung, kios):
    taken = a_sale(kios, method="CASH")

    assert send(code=taken.code).status_code == 400
    assert not warung.transactions.exists()


def test_the_same_form_with_another_method_is_refused_then_tried_anew(send, warung, paylabs):
    code = uuid.uuid4()
    send(code=code)

    answer = send(code=code, method="QRIS")

    assert answer.status_code == 400
    assert answer.context["form"]["code"].value() != str(code)
    assert warung.transactions.count() == 1


def test_lines_are_stored_and_may_stand_for_the_amount(send, warung):
    send(amount="", **lines(("Kopi", "2", "5.000"), ("Roti", "", "2500"), ("", "1", "")))

    sale = warung.transactions.get()
    assert sale.amount == Decimal("12500.00")
    assert [(item["name"], item["quantity"], item["price"]) for item in sale.items] == [
        ("Kopi", 2, 5000),
        ("Roti", 1, 2500),
    ]


def test_lines_that_do_not_add_up_are_refused(send, warung):
    answer = send(amount="11.000", **lines(("Kopi", "2", "5.000")))

    assert answer.status_code == 400
    assert "amount" in answer.context["form"].errors
    assert not warung.transactions.exists()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("Kopi", "1", ""), "price"),
        (("", "1", "5000"), "name"),
        (("Kopi", "0", "5000"), "quantity"),
        (("Kopi", "1", "mahal"), "price"),
        (("K" * 201, "1", "5000"), "name"),
    ],
)
def test_a_wrong_line_is_refused_beside_its_field(send, warung, row, field):
    answer = send(**lines(row))

    assert answer.status_code == 400
    assert field in answer.context["lines"].forms[0].errors
    assert not warung.transactions.exists()


def test_lines_that_add_up_to_more_than_any_sale_are_refused(send, warung):
    answer = send(amount="", **lines(("Kopi", "1000000", "9.999.999.999.999")))

    assert answer.status_code == 400
    assert answer.context["form"].errors["amount"]
    assert not warung.transactions.exists()


def test_lines_come_and_go_without_booking_anything(send, warung):
    two = lines(("Kopi", "2", "5.000"), ("Teh", "1", "4.000"))

    added = send(langkah="tambah", **two).content.decode()
    removed = send(langkah="hapus-0", headers=HTMX, **two).content.decode()

    assert added.count('name="item-name"') == 3
    assert "Teh" in removed
    assert "Kopi" not in removed
    assert "<html" not in removed
    assert not warung.transactions.exists()


def test_the_sum_of_the_lines_is_told_while_typing(send):
    text = send(langkah="jumlah", headers=HTMX, **lines(("Kopi", "3", "5000"))).content.decode()

    assert "Rp\N{NO-BREAK SPACE}15.000" in text
    assert "berbeda dari jumlah" not in text


@pytest.mark.parametrize("step", ["hapus-9", "hapus-", "hapus-x", "entah"])
def test_a_step_that_makes_no_sense_changes_nothing(send, step):
    assert 'value="Kopi"' in send(langkah=step, **lines(("Kopi", "3", "5000"))).content.decode()


def test_a_sale_can_be_made_again(client, sari, warung):
    client.force_login(sari)
    old = a_sale(
        warung,
        status="EXPIRED",
        amount=Decimal("7500.50"),
        items=[{"name": "Kopi", "quantity": 3, "price": 2500.5}],
    )

    text = client.get(NEW, {"seperti": old.code}).content.decode()

    assert 'value="7.500,50"' in text
    assert 'value="2.500,50"' in text
    assert f'value="{old.code}"' not in text


def test_somebody_elses_sale_cannot_be_made_again(client, sari, warung, kios):
    client.force_login(sari)

    assert client.get(NEW, {"seperti": a_sale(kios).code}).status_code == 404


def test_without_a_gateway_qris_says_so_and_keeps_the_form(send, warung, settings):
    settings.PAYLABS_MID = ""

    answer = send(method="QRIS", description="Untuk Pak Budi")

    assert answer.status_code == 400
    assert "Untuk Pak Budi" in answer.content.decode()
    assert not warung.transactions.exists()


def test_a_qris_sale_waits_on_its_page(send, warung, paylabs):
    send(method="QRIS")

    sale = warung.transactions.get()
    assert sale.status == Transaction.Status.PENDING
    assert sale.gateway_order.qr_code


def test_a_qris_sale_stands_though_the_gateway_is_away(send, warung, settings, paylabs):
    settings.PAYLABS_URL = "http://127.0.0.1:9"

    answer = send(method="QRIS")

    sale = warung.transactions.get()
    assert answer["Location"] == f"/m/penjualan/{sale.code}/"


def test_a_refusal_of_the_gateway_is_shown_on_the_sales_page(client, send, warung, paylabs):
    paylabs.behave("create", "refuse")

    page = client.get(send(method="QRIS")["Location"]).content.decode()

    assert warung.transactions.get().status == "FAILED"
    assert warung.transactions.get().gateway_order.refusal in page
