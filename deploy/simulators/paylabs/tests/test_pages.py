"""The tester's pages, without a browser."""

import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest

from transactions.tests.gateway import Refused


class Pages:
    """A tester, who reads pages and presses buttons."""

    def __init__(self, paylabs):
        self.url = paylabs.url
        self._open = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar())).open

    def read(self, path: str) -> str:
        return self.send(path)

    def press(self, page: str, action: str, **fields) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.read(page)).group(1)
        form = urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        return self.send(action, form)

    def send(self, path: str, form: bytes | None = None) -> str:
        try:
            with self._open(self.url + path, form) as answer:
                assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
                return answer.read().decode()
        except HTTPError as error:
            with error:
                raise Refused(error.code, error.read().decode()) from None


@pytest.fixture
def tester(paylabs) -> Pages:
    return Pages(paylabs)


def test_new_orders_are_listed(tester, an_order):
    trade_no = an_order(productName="Kopi <b>Susu</b>", amount="12500.50")

    page = tester.read("/")

    assert f'href="/pay/{trade_no}"' in page
    assert "Rp12.500,50" in page
    assert "Kopi &lt;b&gt;Susu&lt;/b&gt;" in page


def test_paying_shows_what_the_merchant_answered(tester, an_order, merchant):
    trade_no = an_order()

    page = tester.press(
        f"/pay/{trade_no}", f"/pay/{trade_no}/act", act="pay", issuer="BCA", retry="on"
    )

    assert merchant.heard[0].fields["paymentMethodInfo"]["issuer"] == "BCA"
    assert "diakui" in page
    assert "Sudah dibayar" in page


def test_faults_of_the_form_are_sent(tester, an_order, merchant, paylabs):
    trade_no = an_order()

    tester.press(f"/pay/{trade_no}", f"/pay/{trade_no}/act", act="pay", copies="3", amount="1.00")
    paylabs.until_told(trade_no)

    assert [heard.fields["amount"] for heard in merchant.heard] == ["1.00"] * 3


def test_a_second_payment_is_refused_in_words(tester, an_order):
    trade_no = an_order()
    tester.press(f"/pay/{trade_no}", f"/pay/{trade_no}/act", act="pay")

    with pytest.raises(Refused) as refusal:
        tester.press(f"/pay/{trade_no}", f"/pay/{trade_no}/act", act="pay")

    assert refusal.value.status == 409
    assert "Pesanan ini sudah dibayar." in refusal.value.answer


@pytest.mark.parametrize("copies", ["banyak", "0", "101"])
def test_faults_that_make_no_sense_change_nothing(tester, paylabs, an_order, copies):
    trade_no = an_order()

    with pytest.raises(Refused) as refusal:
        tester.press(f"/pay/{trade_no}", f"/pay/{trade_no}/act", act="pay", copies=copies)

    assert refusal.value.status == 400
    assert paylabs.order(trade_no)["status"] == "01"


def test_settling_empties_what_is_due(tester, paylabs, an_order):
    paylabs.pay(an_order(), silent=True)
    assert "Rp9.930" in tester.read("/settlement")

    page = tester.press("/settlement", "/settlement/now")

    assert "Cairkan sekarang" not in page
    assert "Sudah cair" in page


def test_trouble_is_made_and_ended(tester, paylabs, an_order):
    trade_no = an_order()
    tester.press("/trouble", "/trouble/make", kind="query", mode="refuse")
    assert paylabs.call("qris/query", merchantTradeNo=trade_no)["errCode"] == "SystemBusy"

    tester.press("/trouble", "/trouble/make", kind="all")

    assert paylabs.call("qris/query", merchantTradeNo=trade_no)["errCode"] == "0"


@pytest.mark.parametrize("path", ["/pay/none", "/pay/none/qr.svg", "/nowhere"])
def test_what_is_not_there_is_said(tester, path):
    with pytest.raises(Refused) as refusal:
        tester.read(path)

    assert refusal.value.status == 404
    assert "Halaman ini tidak ada" in refusal.value.answer


def test_a_form_of_another_site_is_refused(tester, an_order, paylabs):
    trade_no = an_order()

    with pytest.raises(Refused) as refusal:
        tester.send(f"/pay/{trade_no}/act", b"act=pay")

    assert refusal.value.status == 403
    assert paylabs.order(trade_no)["status"] == "01"
