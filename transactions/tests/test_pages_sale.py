import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from transactions.models import GatewayOrder, PaymentEvent, Refund
from transactions.services.payments import expire_payment
from transactions.services.refunds import process_refund
from transactions.tests.factories import NOON, a_refund, a_sale

HTMX = {"HX-Request": "true"}


@pytest.fixture
def visit(client, sari, warung):
    """Return a function that opens the page of one of Sari's sales."""
    client.force_login(sari)

    def get(sale, more="", **details) -> str:
        answer = client.get(f"/m/penjualan/{sale.code}/{more}", **details)
        assert answer.status_code == 200
        return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")

    return get


@pytest.fixture
def give_back(client, sari, warung):
    """Return a function that sends the refund form of a sale."""
    client.force_login(sari)

    def post(sale, **typed):
        form = {"code": uuid.uuid4().hex, "amount": "15.000", "reason": "Basi"} | typed
        return client.post(f"/m/penjualan/{sale.code}/refund/", form)

    return post


def a_waiting_sale(merchant, *, qr_code="00020101021226", seconds=900, **details):
    """A QRIS sale for whose payment the shop waits."""
    now = timezone.now()
    sale = a_sale(merchant, status="PENDING", occurred_at=now, **details)
    GatewayOrder.objects.create(
        transaction=sale, qr_code=qr_code, expires_at=now + timedelta(seconds=seconds)
    )
    return sale


def test_a_sale_tells_what_became_of_its_money(visit, warung):
    sale = a_sale(
        warung,
        fee_amount=105,
        net_amount=14895,
        settled_at=NOON + timedelta(days=1),
        items=[{"name": "Kopi", "quantity": 3, "totalPrice": 15000}],
    )

    text = visit(sale)

    for part in ("Rp 15.000", "Rp 105", "Rp 14.895", "Kopi", "3 Mar 2026", sale.code):
        assert part in text


@pytest.mark.parametrize("more", ["", "status/"])
def test_somebody_elses_sale_is_not_there(client, sari, warung, kios, more):
    client.force_login(sari)

    assert client.get(f"/m/penjualan/{a_sale(kios).code}/{more}").status_code == 404


def test_a_waiting_sale_shows_its_code_without_styles(visit, warung):
    text = visit(a_waiting_sale(warung))

    assert '<svg viewBox="' in text
    assert "style=" not in text
    assert "sisa 15 menit" in text
    assert "00020101021226" in text


def test_a_code_that_is_not_there_yet_is_explained(visit, warung):
    assert "Kode QR belum siap" in visit(a_waiting_sale(warung, qr_code=""))


def test_while_waiting_the_status_is_one_small_piece(visit, warung):
    text = visit(a_waiting_sale(warung, seconds=40), "status/?kode", headers=HTMX)

    assert "detik" in text
    assert "<svg viewBox" not in text


def test_a_code_that_came_late_brings_the_whole_page(client, sari, warung):
    client.force_login(sari)
    sale = a_waiting_sale(warung)

    answer = client.get(f"/m/penjualan/{sale.code}/status/", headers=HTMX)

    assert answer["HX-Retarget"] == "#sale"
    assert "<svg viewBox" in answer.content.decode()


def test_once_it_ended_the_status_is_the_whole_page_and_asks_no_more(client, sari, warung):
    client.force_login(sari)
    sale = a_waiting_sale(warung)
    expire_payment(sale=sale, source=PaymentEvent.Source.SWEEP, now=timezone.now())

    answer = client.get(f"/m/penjualan/{sale.code}/status/?kode", headers=HTMX)

    text = answer.content.decode()
    assert answer["HX-Retarget"] == "#sale"
    assert "hx-trigger" not in text
    assert f"/m/penjualan/baru/?seperti={sale.code}" in text


def test_the_page_asks_few_questions(client, sari, warung, django_assert_num_queries):
    client.force_login(sari)
    for refunds in (0, 5):
        sale = a_sale(warung)
        for _ in range(refunds):
            a_refund(sale, amount=100)
        # Session, person, shop, sale, order, refunds, events.
        with django_assert_num_queries(7):
            client.get(f"/m/penjualan/{sale.code}/")


def test_waiting_asks_even_fewer(client, sari, warung, django_assert_num_queries):
    client.force_login(sari)
    sale = a_waiting_sale(warung)

    # Session, person, shop, sale, order.
    with django_assert_num_queries(5):
        client.get(f"/m/penjualan/{sale.code}/status/?kode", headers=HTMX)


def test_waiting_leads_to_sign_in_when_the_session_ended(client, warung):
    answer = client.get(f"/m/penjualan/{a_waiting_sale(warung).code}/status/", headers=HTMX)

    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")


def test_a_refund_that_is_asked_for_is_followed_until_it_went_through(client, sari, warung):
    client.force_login(sari)
    sale = a_sale(warung)
    refund = Refund.objects.create(
        transaction=sale, amount=5000, requested_at=timezone.now(), status="REQUESTED"
    )
    address = f"/m/penjualan/{sale.code}/status/?diminta=1"

    assert f'hx-get="{address}"' in client.get(f"/m/penjualan/{sale.code}/").content.decode()
    assert client.get(address, headers=HTMX).status_code == 204

    process_refund(refund=refund, now=timezone.now())
    answer = client.get(address, headers=HTMX)

    assert answer["HX-Retarget"] == "#sale"
    assert "diminta=" not in answer.content.decode()


def test_what_is_left_after_fee_and_refunds_is_told(visit, warung):
    sale = a_sale(warung, fee_amount=105, net_amount=14895)
    assert "Setelah biaya dan pengembalian" not in visit(sale)

    back = a_sale(warung, fee_amount=105, net_amount=14895, refunded_amount=5000)

    assert "Setelah biaya dan pengembalian dana</dt><dd><strong>Rp 9.895<" in visit(back)


def test_a_refused_refund_can_be_tried_again(give_back, warung):
    sale, code = a_sale(warung, method="CASH"), uuid.uuid4()

    form = give_back(sale, code=code, amount="20.000").context["refund_form"]

    assert form["code"].value() != str(code)


def test_a_part_can_be_given_back_then_the_rest(give_back, warung):
    sale = a_sale(warung, method="CASH")

    assert give_back(sale, amount="Rp5.000").status_code == 302
    assert give_back(sale, amount="10000").status_code == 302

    sale.refresh_from_db()
    assert (sale.status, sale.refunded_amount) == ("REFUNDED", Decimal("15000.00"))


def test_a_refund_that_is_sent_twice_is_made_once(give_back, warung):
    sale, code = a_sale(warung, method="CASH"), uuid.uuid4().hex

    answers = [give_back(sale, code=code, amount="5000").status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Refund.objects.get().amount == Decimal("5000.00")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "15.001"}, "amount"),
        ({"amount": "semua"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_wrong_refund_is_refused_beside_its_field(give_back, warung, typed, field):
    answer = give_back(a_sale(warung, method="CASH"), **typed)

    assert answer.status_code == 400
    assert field in answer.context["refund_form"].errors
    assert not Refund.objects.exists()


def test_the_form_offers_what_is_left(visit, warung):
    sale = a_sale(warung, refunded_amount=5000)
    a_refund(sale, amount=4000, status="REQUESTED", processed_at=None)

    assert 'value="6.000"' in visit(sale)


def test_nothing_can_be_given_back_for_an_unpaid_sale(visit, give_back, warung):
    sale = a_waiting_sale(warung)

    assert "/refund/" not in visit(sale)
    assert give_back(sale).status_code == 400
    assert not Refund.objects.exists()


def test_somebody_elses_sale_gives_nothing_back(give_back, kios):
    assert give_back(a_sale(kios, method="CASH")).status_code == 404


def test_asking_now_finds_the_payment(client, sari, warung, paylabs):
    client.force_login(sari)
    typed = {"code": uuid.uuid4().hex, "method": "QRIS", "amount": "15.000"}
    page = client.post("/m/penjualan/baru/", typed)["Location"]
    paylabs.pay(typed["code"])

    text = client.post(f"{page}cek/", follow=True).content.decode()

    assert "Pembayaran sudah masuk" in text
    assert warung.transactions.get().status == "SUCCESS"


def test_asking_now_tells_when_the_gateway_is_away(client, sari, warung, paylabs, settings):
    client.force_login(sari)
    settings.PAYLABS_URL = "http://127.0.0.1:9"
    sale = a_waiting_sale(warung)

    text = client.post(f"/m/penjualan/{sale.code}/cek/", follow=True).content.decode()

    assert "Gateway pembayaran tidak menjawab" in text
