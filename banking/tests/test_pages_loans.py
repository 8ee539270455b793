import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Organisation, Role
from accounts.tests.people import PASSWORD, with_password
from banking.models import LoanApplication, Repayment
from banking.services.loans import move_application
from banking.tests.loans import MILLION, a_person, a_score, an_application, at_status
from core.dates import business_day
from core.models import AuditEntry

Status = LoanApplication.Status
TERMS = {"plafon": "Rp12.000.000", "tenor": "12", "bunga": "12", "metode": "ANNUITY"}
EXPLAINED = "Sudah dibicarakan dengan pemohon."


@pytest.fixture
def hendra(bank):
    """Decides for Budi's bank."""
    return with_password(a_person(bank, Role.BANK_APPROVER, "Hendra"))


@pytest.fixture
def shop(warung):
    a_score(warung)
    return warung


@pytest.fixture
def at(budi, hendra, shop):
    """Return a function that brings an application to a status."""
    return lambda status, **details: at_status(
        status, officer=budi, approver=hendra, merchant=shop, **details
    )


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def typed(merchant, **changed) -> dict:
    return (
        {"merchant": merchant.code, "code": str(uuid.uuid4()), "aksi": "ajukan"} | TERMS | changed
    )


def step(client, loan, to, **more):
    """Send a step's form, with the version that the page showed."""
    body = {"to": to, "versi": loan.version} | more
    return client.post(f"/portal/pengajuan/{loan.code}/pindah/", body)


def text_of(answer) -> str:
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_from_the_form_to_the_last_instalment(budi, hendra, shop):
    officer, approver = signed_in(budi), signed_in(hendra)

    officer.post("/portal/pengajuan/baru/", typed(shop))
    loan = LoanApplication.objects.get()
    assert step(approver, loan, Status.UNDER_REVIEW).status_code == 302
    loan.refresh_from_db()
    approval = {"plafon": "10.000.000", "tenor": "10", "bunga": "11,5", "sandi": PASSWORD}
    assert step(approver, loan, Status.APPROVED, **approval).status_code == 302
    loan.refresh_from_db()
    with_password(budi)
    officer = signed_in(budi)
    paid_out = step(officer, loan, Status.DISBURSED, plafon="10000000", sandi=PASSWORD)
    assert paid_out.status_code == 302
    owed = sum(line.principal + line.interest for line in loan.installments.all())
    payment = {
        "jumlah": str(owed).replace(".", ","),
        "tanggal": business_day(timezone.now()).isoformat(),
        "rujukan": "TRF-1",
    }
    assert officer.post(f"/portal/pengajuan/{loan.code}/bayar/", payment).status_code == 302

    loan.refresh_from_db()
    assert (loan.status, loan.approved_amount) == (Status.DISBURSED, 10 * MILLION)
    assert (loan.yearly_rate_percent, loan.tenor_months) == (Decimal("11.50"), 10)
    assert loan.repaid_at is not None
    assert "Lunas" in text_of(officer.get(f"/portal/pengajuan/{loan.code}/"))


# ── Writing an application ─────────────────────────────────────────────────────────────


def test_sent_twice_it_becomes_one_application(budi, shop):
    client, form = signed_in(budi), typed(shop, aksi="draf")

    answers = [client.post("/portal/pengajuan/baru/", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    loan = LoanApplication.objects.get()
    assert (loan.amount, loan.status) == (12 * MILLION, Status.DRAFT)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"plafon": "banyak"}, "Tulis jumlah"),
        ({"plafon": "0"}, "lebih dari 0"),
        ({"plafon": "9" * 30}, "terlalu besar"),
        ({"plafon": "9" * 60}, "40"),
        ({"tenor": "121"}, "120"),
        ({"bunga": "dua"}, "Tulis bunga"),
        ({"bunga": "101"}, "paling tinggi 100%"),
        ({"metode": "LAIN"}, "LAIN"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(budi, shop, changed, says):
    answer = signed_in(budi).post(
        "/portal/pengajuan/baru/", typed(shop, tujuan="Kompor", **changed)
    )

    text = text_of(answer)
    assert answer.status_code == 400
    assert says in text and 'value="Kompor"' in text
    assert not LoanApplication.objects.exists()


def test_without_a_merchant_one_is_looked_for(budi, shop):
    client = signed_in(budi)

    assert "Warung Sari" in text_of(client.get("/portal/pengajuan/baru/?cari=sari"))
    assert "Warung Sari" not in text_of(client.get("/portal/pengajuan/baru/?cari=kios"))


def test_the_live_panel_prices_the_loan_and_checks_it(budi, shop):
    query = TERMS | {"merchant": shop.code, "plafon": "40.000.000"}

    text = text_of(signed_in(budi).get("/portal/pengajuan/hitung/", query))

    assert "Rp 3.553.952" in text
    assert "Rp 36.000.000" in text and "Tinjau" in text


def test_the_form_opens_with_the_banks_terms_and_what_the_address_says(budi, shop):
    address = f"/portal/pengajuan/baru/?merchant={shop.code}&plafon=15000000&tenor=6"

    text = text_of(signed_in(budi).get(address))

    for value in ('value="15.000.000"', 'value="6"', 'value="12"'):
        assert value in text


@pytest.mark.parametrize("said", ["9" * 4500, "9" * 30, "²", "-1", "1e999", "NaN", "x" * 3000])
def test_a_senseless_address_opens_the_form_all_the_same(budi, shop, said):
    address = dict.fromkeys(("plafon", "tenor", "bunga", "metode", "tujuan", "cari"), said)

    opened = signed_in(budi).get("/portal/pengajuan/baru/", address | {"merchant": shop.code})
    priced = signed_in(budi).get("/portal/pengajuan/hitung/", address | {"merchant": shop.code})

    assert (opened.status_code, priced.status_code) == (200, 200)


def test_a_merchant_that_cannot_be_is_not_found(budi, shop):
    answer = signed_in(budi).post("/portal/pengajuan/baru/", typed(shop) | {"merchant": "x\0y"})

    assert answer.status_code == 404


def test_a_draft_is_changed_and_submitted(budi, shop):
    loan = an_application(budi, shop)
    form = {"versi": loan.version, "aksi": "ajukan"} | TERMS | {"plafon": "9.000.000"}

    signed_in(budi).post(f"/portal/pengajuan/{loan.code}/ubah/", form)

    loan.refresh_from_db()
    assert (loan.amount, loan.status) == (9 * MILLION, Status.SUBMITTED)


# ── Deciding ───────────────────────────────────────────────────────────────────────────


def test_who_submitted_it_sees_why_they_may_not_decide(hendra, shop):
    loan = an_application(hendra, shop, submit=True)
    client = signed_in(hendra)

    text = text_of(client.get(f"/portal/pengajuan/{loan.code}/"))
    answer = step(client, loan, Status.UNDER_REVIEW)

    assert "Anda yang mengajukan ini" in text and "Mulai tinjau" not in text
    assert answer.status_code == 403
    loan.refresh_from_db()
    assert loan.status == Status.SUBMITTED


def test_a_wrong_password_keeps_what_was_typed(at, hendra):
    loan = at("UNDER_REVIEW")
    typed_in = {"plafon": "11.000.000", "tenor": "9", "bunga": "10", "catatan": "Setuju bersyarat"}

    answer = step(signed_in(hendra), loan, Status.APPROVED, sandi="bukan-ini-1", **typed_in)

    text = text_of(answer)
    assert answer.status_code == 401
    assert "Ini bukan kata sandi Anda." in text and "Setuju bersyarat" in text
    assert 'value="11.000.000"' in text and "bukan-ini-1" not in text
    loan.refresh_from_db()
    assert loan.status == Status.UNDER_REVIEW


def test_too_many_guesses_lock_the_dialog_and_keep_what_was_typed(at, hendra):
    loan, client = at("UNDER_REVIEW"), signed_in(hendra)
    form = {"alasan": ["LOW_SCORE"], "catatan": EXPLAINED}
    for _ in range(5):
        step(client, loan, Status.REJECTED, sandi="bukan-ini-1", **form)

    answer = step(client, loan, Status.REJECTED, sandi=PASSWORD, **form)

    assert answer.status_code == 429
    assert EXPLAINED in text_of(answer)
    loan.refresh_from_db()
    assert loan.status == Status.UNDER_REVIEW


def test_a_decision_without_a_password_is_refused_until_it_was_given_lately(at, hendra):
    first, second = at("UNDER_REVIEW"), at("UNDER_REVIEW")
    client, form = signed_in(hendra), {"plafon": "12.000.000", "tenor": "12", "bunga": "12"}

    refused = step(client, first, Status.APPROVED, **form)
    confirmed = step(client, first, Status.APPROVED, sandi=PASSWORD, **form)
    again = step(client, second, Status.APPROVED, **form)

    assert [answer.status_code for answer in (refused, confirmed, again)] == [401, 302, 302]


def test_a_rejection_tells_its_reasons_and_of_the_right_to_object(at, hendra):
    loan, client = at("UNDER_REVIEW"), signed_in(hendra)
    form = {"alasan": ["LOW_SCORE", "ARREARS"], "catatan": EXPLAINED, "sandi": PASSWORD}

    step(client, loan, Status.REJECTED, **form)

    text = text_of(client.get(f"/portal/pengajuan/{loan.code}/"))
    for part in ("Skor kredit terlalu rendah", "pasal 10", EXPLAINED):
        assert part in text


def test_a_rejection_needs_reasons_and_notes_and_at_most_four(at, hendra):
    loan, client = at("UNDER_REVIEW"), signed_in(hendra)
    five = ["LOW_SCORE", "ARREARS", "HIGH_REFUNDS", "OPEN_WARNINGS", "OTHER"]

    text = text_of(step(client, loan, Status.REJECTED, alasan=five, sandi=PASSWORD))

    assert "Pilih paling banyak 4 alasan." in text
    assert "catatan-notes" in text
    loan.refresh_from_db()
    assert loan.status == Status.UNDER_REVIEW


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"catatan": EXPLAINED}, "alasan"),
        ({"catatan": EXPLAINED, "alasan": "STRONG_SCORE"}, "alasan"),
        ({"alasan": "LOW_SCORE"}, "catatan"),
    ],
)
def test_a_rejection_without_a_reason_of_the_list_or_notes_is_refused_and_kept(
    at, hendra, typed, names
):
    loan = at("UNDER_REVIEW")

    answer = step(signed_in(hendra), loan, Status.REJECTED, sandi=PASSWORD, **typed)

    [refused] = [one for one in answer.context["steps"] if one.to == Status.REJECTED]
    assert answer.status_code == 400
    assert names in refused.form.errors
    assert refused.is_open and typed.get("catatan", "") in text_of(answer)
    loan.refresh_from_db()
    assert (loan.status, loan.decision_reasons) == (Status.UNDER_REVIEW, [])


def test_more_than_was_asked_for_cannot_be_approved(at, hendra):
    loan = at("UNDER_REVIEW")
    form = {"plafon": "12.000.001", "tenor": "12", "bunga": "12", "sandi": PASSWORD}

    answer = step(signed_in(hendra), loan, Status.APPROVED, **form)

    assert answer.status_code == 400
    assert 'value="12.000.001"' in text_of(answer)


def test_who_was_slower_sees_who_decided_and_what_changed(at, hendra, bank):
    maya = with_password(a_person(bank, Role.BANK_APPROVER, "Maya"))
    loan = at("UNDER_REVIEW")
    seen = LoanApplication.objects.get(pk=loan.pk)
    move_application(
        code=loan.code,
        to=Status.APPROVED,
        by=maya,
        now=timezone.now(),
        approved_amount=8 * MILLION,
    )

    form = {"alasan": ["LOW_SCORE"], "catatan": EXPLAINED, "sandi": PASSWORD}
    answer = step(signed_in(hendra), seen, Status.REJECTED, **form)

    text = text_of(answer)
    assert answer.status_code == 409
    assert "Maya" in text and "Rp 8.000.000" in text
    loan.refresh_from_db()
    assert loan.status == Status.APPROVED


def test_an_unknown_step_is_not_there(at, budi):
    assert step(signed_in(budi), at("DRAFT"), "GONE").status_code == 404


def test_after_the_consent_ended_the_page_stays_and_the_fresh_score_goes(at, hendra, shop):
    loan = at("UNDER_REVIEW")
    shop.consents.update(withdrawn_at=timezone.now())

    text = text_of(signed_in(hendra).get(f"/portal/pengajuan/{loan.code}/"))

    assert "Persetujuan data merchant telah berakhir" in text
    assert "Sekarang</dt>" not in text and 'data-dialog="step-approved"' not in text
    assert 'data-dialog="step-rejected"' in text


# ── Paying back ────────────────────────────────────────────────────────────────────────


def pay(client, loan, **changed):
    form = {
        "jumlah": "1.000.000",
        "tanggal": business_day(timezone.now()).isoformat(),
        "rujukan": "TRF-7",
    }
    return client.post(f"/portal/pengajuan/{loan.code}/bayar/", form | changed, follow=True)


def test_a_repeated_reference_is_said_to_be_there_already(at, budi):
    loan, client = at("DISBURSED"), signed_in(budi)

    pay(client, loan)
    text = text_of(pay(client, loan))

    assert "sudah dicatat" in text
    assert Repayment.objects.count() == 1


def test_more_than_is_owed_is_refused_and_kept(at, budi):
    answer = pay(signed_in(budi), at("DISBURSED"), jumlah="99.000.000")

    assert answer.status_code == 400
    assert 'value="99.000.000"' in text_of(answer)
    assert not Repayment.objects.exists()


def test_a_day_before_the_disbursement_is_refused_where_it_was_typed(at, budi):
    loan = at("DISBURSED")
    long_ago = business_day(timezone.now()) - timedelta(days=400)

    answer = pay(signed_in(budi), loan, tanggal=long_ago.isoformat())

    assert answer.status_code == 400
    assert [*answer.context["repayment_form"].errors] == ["tanggal"]
    assert not Repayment.objects.exists()


def test_late_loans_stand_in_their_collectability(at, budi):
    at("DISBURSED", now=timezone.now() - timedelta(days=70))
    client = signed_in(budi)

    assert "2 Dalam perhatian khusus" in text_of(client.get("/portal/pinjaman/?kolektibilitas=2"))
    assert "Warung Sari" not in text_of(client.get("/portal/pinjaman/?kolektibilitas=1"))


# ── The pipeline ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("", True),
        ("tahap=SUBMITTED", True),
        ("tahap=DRAFT", False),
        ("petugas=saya", True),
        ("terlambat=1", False),
        ("plafon_min=13.000.000", False),
        ("plafon_maks=Rp12.000.000&skor_min=85", True),
        ("cari=sari&urut=-plafon", True),
        ("cari=melati", False),
        ("tampilan=papan", True),
        ("setelah=tidak-ada", True),
    ],
)
def test_filters_keep_what_they_say(at, budi, query, is_there):
    loan = at("SUBMITTED")

    text = text_of(signed_in(budi).get(f"/portal/pengajuan/?{query}"))

    assert (loan.code in text) is is_there


@pytest.mark.parametrize("sort", ["plafon", "-plafon", "skor", "sisa", "-diperbarui", ""])
def test_pages_of_every_order_hold_each_application_once(budi, shop, sort, monkeypatch):
    monkeypatch.setattr("banking.portal.pipeline.ROWS", 2)
    codes = {an_application(budi, shop, amount=MILLION * (n % 2 + 1)).code for n in range(5)}
    client, cursor, seen = signed_in(budi), "", []

    for _ in range(3):
        found = client.get("/portal/pengajuan/", {"urut": sort, "setelah": cursor}).context
        seen += [row.application.code for row in found["rows"]]
        cursor = found["next_cursor"]

    assert cursor is None
    assert len(seen) == 5 and set(seen) == codes


def test_the_list_is_taken_home_on_record_without_formulas(at, budi, shop):
    shop.company_name = "=2+5"
    shop.save()
    at("SUBMITTED")

    answer = signed_in(budi).post("/portal/pengajuan/ekspor/?tahap=SUBMITTED")

    lines = b"".join(answer).decode().splitlines()
    assert "Budi" in lines[1] and "'=2+5" in lines[3]
    entry = AuditEntry.objects.get(action="loan_applications.exported")
    assert entry.detail == {"filters": {"tahap": "SUBMITTED"}, "rows": 1}


def test_lists_and_pages_ask_the_same_few_questions(at, budi, shop, django_assert_max_num_queries):
    loan = at("UNDER_REVIEW")
    for _ in range(12):
        an_application(budi, shop, submit=True)
    client = signed_in(budi)
    client.get("/portal/pengajuan/")

    for address, most in (
        ("/portal/pengajuan/", 14),
        ("/portal/pengajuan/?tampilan=papan", 18),
        (f"/portal/pengajuan/{loan.code}/", 14),
        (f"/portal/pengajuan/baru/?merchant={shop.code}", 18),
        ("/portal/pinjaman/", 12),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


# ── Who may look ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "more"),
    [("get", ""), ("get", "ubah/"), ("post", "ubah/"), ("post", "pindah/"), ("post", "bayar/")],
)
def test_another_banks_application_is_not_there(at, method, more):
    other = Organisation.objects.create(code="BNI", name="PT Bank BNI", kind="BANK")
    stranger = signed_in(a_person(other, Role.BANK_APPROVER, "Agus"))
    loan = at("UNDER_REVIEW")

    answer = getattr(stranger, method)(f"/portal/pengajuan/{loan.code}/{more}", {"to": "APPROVED"})

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["pengajuan/", "pengajuan/baru/", "pinjaman/", "peringatan/"])
def test_a_merchant_may_not_enter(sari, path):
    assert signed_in(sari).get(f"/portal/{path}").status_code == 403
