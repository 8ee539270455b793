import socket

import pytest
from django.utils import timezone

from banking.portal import memo
from banking.services.loans import make_application
from core.models import AuditEntry
from scoring.services.scores import recalculate
from scoring.tests.factories import daily_sales

HTML_MEMO = "/portal/merchant/{code}/memo/"
PDF_MEMO = "/portal/merchant/{code}/memo.pdf"


@pytest.fixture
def shop(warung):
    now = timezone.now()
    daily_sales(warung, days=70, now=now, amount=500_000)
    recalculate(merchant=warung, now=now)
    return warung


@pytest.fixture
def application(shop, budi):
    return make_application(
        by=budi,
        merchant_code=shop.code,
        amount=6_000_000,
        tenor_months=12,
        now=timezone.now(),
        submit=True,
    )


@pytest.fixture
def officer(client, budi):
    client.force_login(budi)
    return client


def test_the_memo_is_a_small_pdf_and_goes_on_record(officer, shop):
    answer = officer.get(PDF_MEMO.format(code=shop.code))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert answer.content.count(b"/Type /Page\n") <= 2
    entry = AuditEntry.objects.get(action="merchant.memo_printed")
    assert (entry.subject_code, entry.detail["form"]) == (shop.code, "pdf")


def test_the_page_says_what_the_pdf_says(officer, shop, application):
    address = HTML_MEMO.format(code=shop.code) + f"?pengajuan={application.code}"

    text = officer.get(address).content.decode()

    score = shop.latest_score.score
    for words in (
        f"<strong>{score.points}</strong> / 100",
        "Komponen skor",
        application.code,
        "Rp\xa06.000.000",
        "Angsuran per bulan",
        "Skor kredit",
        "Dicetak oleh Budi",
    ):
        assert words in text, words


def test_without_the_libraries_that_draw_text_the_page_opens(officer, shop, monkeypatch):
    def lacks(html):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(memo, "pdf_of", lacks)

    answer = officer.get(PDF_MEMO.format(code=shop.code), follow=True)

    assert answer.redirect_chain == [(HTML_MEMO.format(code=shop.code), 302)]
    assert "tidak dapat membuat PDF" in answer.content.decode()


@pytest.mark.parametrize("scheme", ["http://127.0.0.1:{port}/x.png", "file://{path}"])
def test_a_memo_fetches_nothing(scheme, tmp_path, caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        picture = tmp_path / "x.png"
        picture.write_bytes(b"x")
        source = scheme.format(port=server.getsockname()[1], path=picture)

        pdf = memo.pdf_of(f'<img src="{source}"><p>Teks</p>')

        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    assert pdf.startswith(b"%PDF")
    assert "Failed to load image" in caplog.text


def test_without_consent_a_memo_holds_what_the_application_kept(officer, shop, application):
    shop.consents.update(withdrawn_at=timezone.now())
    address = HTML_MEMO.format(code=shop.code) + f"?pengajuan={application.code}"

    text = officer.get(address).content.decode()

    assert "hanya memuat yang tersimpan bersama pengajuan" in text
    assert "Komponen skor" not in text


def test_an_application_of_another_merchant_makes_no_memo(officer, shop, kios, application):
    address = HTML_MEMO.format(code=kios.code) + f"?pengajuan={application.code}"

    assert officer.get(address).status_code == 404


def test_memos_are_not_made_without_end(officer, shop, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"heavy": 1}

    answers = [officer.get(PDF_MEMO.format(code=shop.code)).status_code for _ in range(2)]

    assert answers == [200, 429]
