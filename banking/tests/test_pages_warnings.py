from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Organisation, Role
from alerts.models import BankReview, EarlyWarning
from alerts.services.reviews import review_warning
from banking.tests.loans import a_person, a_score

FACTS = {"recent_days": 10, "past_days": 20, "past": "2000000"}


def a_warning(merchant, **details) -> EarlyWarning:
    now = timezone.now() - timedelta(hours=2)
    figures = {
        "kind": "REVENUE_DROP",
        "severity": "CRITICAL",
        "current_value": 900_000,
        "threshold": 1_400_000,
        "deviation": 55,
        "facts": FACTS,
        "detected_at": now,
        "updated_at": now,
        "worsened_at": now,
    }
    return EarlyWarning.objects.create(merchant=merchant, **(figures | details))


@pytest.fixture
def officer(budi) -> Client:
    client = Client()
    client.force_login(budi)
    return client


def text_of(answer) -> str:
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def review(client, warning, state, **more):
    return client.post(f"/portal/peringatan/{warning.code}/tinjau/", {"state": state} | more)


def test_the_board_shows_value_threshold_and_standing(officer, warung):
    a_warning(warung)

    text = text_of(officer.get("/portal/peringatan/"))

    for part in ("Warung Sari", "Rp 900.000", "ambang batas Rp 1.400.000", "55%", "Kritis", "Baru"):
        assert part in text


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("", True),
        ("tingkat=CRITICAL&jenis=REVENUE_DROP&sikap=NEW", True),
        ("tingkat=LOW", False),
        ("jenis=SCORE_DROP", False),
        ("sikap=MONITORING", False),
        ("cari=sari", True),
        ("cari=kios", False),
        ("status=semua&urut=newest", True),
        ("setelah=kacau", True),
        ("tingkat=APA", False),
    ],
)
def test_filters_keep_what_they_say(officer, warung, query, is_there):
    warning = a_warning(warung)

    text = text_of(officer.get(f"/portal/peringatan/?{query}"))

    assert (f"w-{warning.code}" in text) is is_there


def test_without_warnings_the_board_says_so(officer, warung):
    assert "Tidak ada peringatan terbuka" in text_of(officer.get("/portal/peringatan/"))


def test_the_page_compares_the_windows(officer, warung):
    a_score(warung)
    warning = a_warning(warung)

    text = text_of(officer.get(f"/portal/peringatan/{warning.code}/"))

    for part in ("10 hari terakhir", "20 hari sebelumnya", "Rp 2.000.000", "Ambang batas"):
        assert part in text


def test_a_row_is_monitored_and_leads_back_to_the_list(officer, warung):
    warning = a_warning(warung)

    answer = review(officer, warning, "MONITORING", next="/portal/peringatan/?tingkat=CRITICAL")

    assert answer["Location"] == "/portal/peringatan/?tingkat=CRITICAL"
    assert BankReview.objects.get().state == "MONITORING"


def test_nobody_is_led_to_another_house(officer, warung):
    warning = a_warning(warung)

    answer = review(officer, warning, "MONITORING", next="//jahat.example/")

    assert answer["Location"] == f"/portal/peringatan/{warning.code}/"


def test_to_resolve_takes_a_note(officer, warung):
    warning = a_warning(warung)

    refused = review(officer, warning, "RESOLVED")
    review(officer, warning, "RESOLVED", note="Pemilik cuti dua minggu.")

    assert refused.status_code == 400
    assert BankReview.objects.get().note == "Pemilik cuti dua minggu."


def test_a_warning_that_a_scan_closed_is_a_conflict_and_keeps_the_note(officer, warung):
    warning = a_warning(warung, status="RESOLVED", resolved_at=timezone.now())

    answer = review(officer, warning, "RESOLVED", note="Sudah dibahas.")

    assert answer.status_code == 409
    assert "Sudah dibahas." in text_of(answer)
    assert not BankReview.objects.exists()


def test_another_banks_review_is_never_shown(officer, warung):
    other = Organisation.objects.create(code="BNI", name="PT Bank BNI", kind="BANK")
    agus = a_person(other, Role.BANK_OFFICER, "Agus")
    warning = a_warning(warung)
    review_warning(
        code=warning.code, state="MONITORING", note="Rahasia BNI", by=agus, now=timezone.now()
    )

    for address in ("/portal/peringatan/", f"/portal/peringatan/{warning.code}/"):
        text = text_of(officer.get(address))
        assert "Rahasia BNI" not in text and "Baru" in text


@pytest.mark.parametrize("more", ["", "tinjau/"])
def test_without_consent_it_is_not_there(officer, warung, more):
    warning = a_warning(warung)
    warung.consents.update(withdrawn_at=timezone.now())
    address = f"/portal/peringatan/{warning.code}/{more}"

    answer = officer.post(address, {"state": "MONITORING"}) if more else officer.get(address)

    assert answer.status_code == 404


def test_board_and_page_ask_the_same_few_questions(
    officer, warung, kios, django_assert_max_num_queries
):
    warning = a_warning(warung)
    for kind in ("SCORE_DROP", "REFUND_SPIKE", "TRANSACTION_DROP"):
        a_warning(warung, kind=kind)
        a_warning(kios, kind=kind)
    officer.get("/portal/peringatan/")

    with django_assert_max_num_queries(18):
        officer.get("/portal/peringatan/")
    with django_assert_max_num_queries(18):
        officer.get(f"/portal/peringatan/{warning.code}/")
