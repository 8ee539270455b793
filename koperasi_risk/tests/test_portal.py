"""The koperasi's own pages: who sees what, what is found, and how many queries it takes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry, Job
from koperasi_risk.domain.catalogue import CATALOGUE
from koperasi_risk.middleware import CHOSEN, VISIT
from koperasi_risk.models import (
    DecisionOverride,
    LoanCheck,
    SavingsAccount,
    Tenant,
    TenantMembership,
    TenantRole,
)
from koperasi_risk.services.rule_book import refresh_ruleset_hash
from koperasi_risk.services.scores import score_member
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_person,
    a_rule,
    an_account,
    an_installment,
    step_into,
)

pytestmark = pytest.mark.django_db
PASSWORD = "kapal-layar-biru-7"
NIK = "3201021504880001"


def at(name: str, *args) -> str:
    return reverse(f"koperasi_risk:{name}", args=args)


@pytest.fixture
def page(client, wayan, mekar):
    """Return a page of Wayan's koperasi as he sees it."""
    client.force_login(wayan)
    return client


@pytest.fixture
def ayu(mekar):
    """A member with income, savings and a loan that is paid, under two rules."""
    a_rule(mekar, "debt_service_ratio", threshold=35, weight=15)
    a_rule(mekar, "max_dpd_current", threshold=30, weight=20, auto_action="REJECT")
    refresh_ruleset_hash(mekar)
    today = mekar.today(timezone.now())
    member = a_member(
        mekar,
        full_name="Ayu Lestari",
        nik=NIK,
        monthly_income=Decimal(5_000_000),
        income_verified_on=today - timedelta(days=30),
    )
    an_account(member, SavingsAccount.Kind.PRINCIPAL, balance=500_000)
    loan = a_loan(member, disbursed_on=today - timedelta(days=10))
    an_installment(loan, 1, today + timedelta(days=20))
    return scored(mekar, member)


def scored(tenant, member):
    score_member(tenant=tenant, member_id=member.pk, now=timezone.now())
    return member


# ── Who sits where ─────────────────────────────────────────────────────────────────────


def test_somebody_without_a_koperasi_reads_a_kind_word(client, wayan):
    client.force_login(wayan)

    assert "belum punya tempat" in client.get(at("home")).text.lower()
    assert client.get(at("members"))["Location"] == at("home")


def test_a_plain_member_has_nothing_here(client, mekar):
    client.force_login(a_person("Sari", mekar, TenantRole.MEMBER))

    assert client.get(at("home")).status_code == 200
    assert client.get(at("members")).status_code == 403


def test_of_several_koperasi_one_is_chosen(page, wayan, mekar):
    with a_koperasi("KSP Lain", wayan) as other:
        pass

    page.post(at("choose"), {"koperasi": other.organisation.code})

    assert page.session[CHOSEN] == other.pk
    assert "KSP Lain" in page.get(at("home")).text


def test_a_koperasi_of_others_cannot_be_chosen(page, mekar):
    with a_koperasi("KSP Lain") as other:
        pass

    assert page.post(at("choose"), {"koperasi": other.organisation.code}).status_code == 404


def test_another_koperasis_member_is_not_there(page, mekar):
    with a_koperasi("KSP Lain") as other:
        stranger = a_member(other)

    for name in ("member", "loan-check", "member-sheet-page", "member-sheet", "ask-override"):
        assert page.get(at(name, stranger.code)).status_code == 404
    for name in ("score-member", "reveal-nik"):
        answer = page.post(at(name, stranger.code), {"alasan": "untuk uji"})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (TenantRole.FINANCING_OFFICER, "ask-override"),
        (TenantRole.BOARD, "score-member"),
    ],
)
def test_each_role_does_its_own(client, mekar, ayu, role, name):
    client.force_login(a_person("Made", mekar, role))

    assert client.post(at(name, ayu.code)).status_code == 403


def test_an_administrator_visits_with_a_reason_for_an_hour(client, admin_user, mekar, ayu):
    client.force_login(admin_user)
    asked = {"koperasi": mekar.organisation.code, "alasan": "Tiket 1234 dari pengurus"}

    assert client.get(at("members")).status_code == 403
    assert client.post(at("visit"), asked | {"alasan": "iseng"}).status_code == 400
    client.post(at("visit"), asked)

    assert "Ayu Lestari" in client.get(at("members")).text
    assert client.get(at("member", ayu.code)).status_code == 200
    assert client.post(at("score-member", ayu.code)).status_code == 403
    assert client.post(at("reveal-nik", ayu.code), {"alasan": "ingin tahu"}).status_code == 403
    assert AuditEntry.objects.get(action="koperasi.visited").reason == asked["alasan"]
    client.post(at("end-visit"))
    assert VISIT not in client.session


def test_a_visit_can_set_a_koperasi_up(client, admin_user):
    from accounts.models import Organisation

    Organisation.objects.create(code="BARU", name="KSP Baru", kind="KOPERASI")
    client.force_login(admin_user)
    asked = {"koperasi": "BARU", "alasan": "Koperasi baru bergabung"}

    assert client.post(at("visit"), asked).status_code == 400
    client.post(at("visit"), asked | {"jenis": Tenant.Kind.KSPPS})

    assert "KSP Baru" in client.get(at("home")).text


# ── Home and list ──────────────────────────────────────────────────────────────────────


def test_home_counts_decisions_and_what_is_stale(page, mekar, ayu):
    a_member(mekar)
    mekar.ruleset_hash = "x" * 64
    mekar.save()

    desk = page.get(at("home")).context["desk"]

    assert (desk.decisions["APPROVE"], desk.stale, desk.not_scored) == (1, 1, 1)


def test_a_new_koperasi_is_told_how_to_begin(page, mekar):
    assert "Tiga langkah" in page.get(at("home")).text


def test_a_rescore_is_a_job_of_ones_own(page, mekar):
    first = page.post(at("rescore"))
    again = page.post(at("rescore"))

    assert first["Location"] == again["Location"]
    assert Job.objects.get().parameters["tenant_id"] == mekar.pk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Ayu Lestari", "Bagus"}),
        ("cari=ayu", {"Ayu Lestari"}),
        ("keputusan=APPROVE", {"Ayu Lestari"}),
        ("keputusan=NONE", {"Bagus"}),
        ("status=INACTIVE", {"Bagus"}),
        ("kolektibilitas=1", {"Ayu Lestari"}),
        ("kolektibilitas=5", set()),
        ("tanda=basi", set()),
        ("tanda=pengecualian", set()),
        ("urut=-skor", {"Ayu Lestari", "Bagus"}),
    ],
)
def test_members_are_filtered_by_the_address(page, mekar, ayu, query, found):
    a_member(mekar, full_name="Bagus", status="INACTIVE")

    rows = page.get(f"{at('members')}?{query}").context["found"].rows

    assert {row.member.full_name for row in rows} == found


@pytest.mark.parametrize("sort", ["nama", "-nama", "skor", "-skor", "dinilai"])
def test_pages_of_members_neither_repeat_nor_skip(page, mekar, ayu, monkeypatch, sort):
    for _number in range(4):
        a_member(mekar)
    monkeypatch.setattr("koperasi_risk.portal.members.ROWS", 2)
    seen, cursor = [], ""

    while True:
        found = page.get(f"{at('members')}?urut={sort}&setelah={cursor}").context["found"]
        seen += [row.member.pk for row in found.rows]
        cursor = found.next_cursor
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 5


def test_a_cursor_of_nobody_leads_to_the_beginning(page, mekar, ayu):
    answer = page.get(f"{at('members')}?setelah=x")

    assert len(answer.context["found"].rows) == 1


def test_the_list_takes_as_many_queries_for_many_members(
    page, mekar, ayu, django_assert_max_num_queries
):
    for _number in range(12):
        scored(mekar, a_member(mekar))

    with django_assert_max_num_queries(16):
        page.get(at("members"))


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_members_are_taken_home_without_identity_numbers(page, mekar, ayu, shape):
    a_member(mekar, full_name="=HYPERLINK(1)")

    answer = page.post(at("members-export"), {"bentuk": shape})
    content = b"".join(answer.streaming_content)

    if shape == "csv":
        assert b"Ayu Lestari" in content
        assert b"'=HYPERLINK(1)" in content
        assert NIK.encode() not in content
    assert AuditEntry.objects.get(action="koperasi.members_exported").detail["rows"] == 2


# ── One member ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("tab", ["ringkasan", "pinjaman", "riwayat"])
@pytest.mark.parametrize("kind", [Tenant.Kind.KSP, Tenant.Kind.KSPPS])
def test_each_part_of_a_members_page_opens(page, mekar, ayu, tab, kind):
    mekar.kind = kind
    mekar.save()

    text = page.get(at("member", ayu.code), {"tab": tab}).text

    assert "Ayu Lestari" in text
    assert NIK not in text
    assert (">Cek pembiayaan<" in text) == (kind == Tenant.Kind.KSPPS)


def test_a_member_without_anything_has_a_page(page, mekar):
    nobody = a_member(mekar)

    for tab in ("ringkasan", "pinjaman", "riwayat"):
        assert page.get(at("member", nobody.code), {"tab": tab}).status_code == 200


def test_missing_data_are_named_with_what_to_do(page, mekar, ayu):
    ayu.monthly_income = None
    ayu.save()
    scored(mekar, ayu)

    needed = [
        each for each in page.get(at("member", ayu.code)).context["components"] if each.is_needed
    ]

    assert "debt" not in [each.name for each in needed]
    assert any("pendapatan" in each.missing and each.to_do for each in needed)


def test_scoring_anew_refreshes_the_result(page, mekar, ayu):
    mekar.ruleset_hash = "x" * 64
    mekar.save()
    assert page.get(at("member", ayu.code)).context["is_stale"]

    answer = page.post(at("score-member", ayu.code), follow=True)

    assert answer.status_code == 200


def test_the_whole_identity_number_is_shown_once_and_on_record(page, ayu):
    assert page.post(at("reveal-nik", ayu.code), {"alasan": ""}).status_code == 400
    answer = page.post(at("reveal-nik", ayu.code), {"alasan": "Mencocokkan KTP"})

    assert NIK in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert NIK not in page.get(at("member", ayu.code)).text
    entry = AuditEntry.objects.get(action="member.nik_revealed")
    assert (entry.subject_code, entry.reason) == (str(ayu.code), "Mencocokkan KTP")


def test_a_members_loans_take_as_many_queries_however_many(
    page, mekar, ayu, django_assert_max_num_queries
):
    for _number in range(5):
        loan = a_loan(ayu)
        for number in range(1, 4):
            an_installment(loan, number, date(2026, number, 1))

    with django_assert_max_num_queries(32):
        page.get(at("member", ayu.code), {"tab": "pinjaman"})


# ── Loan checks ────────────────────────────────────────────────────────────────────────


def test_trying_a_loan_stores_nothing_and_says_what_changes(page, ayu):
    typed = {"jumlah": "12.000.000", "tenor": "12", "angsuran": "1.500.000"}

    answer = page.get(at("loan-check", ayu.code), typed, headers={"HX-Request": "true"})

    preview = answer.context["answer"].preview
    assert (preview.before.decision, preview.after.decision) == ("APPROVE", "MANUAL_REVIEW")
    assert len(answer.context["answer"].new_reasons) == 1
    assert not LoanCheck.objects.exists()


def test_the_largest_instalment_breaches_nothing_and_one_rupiah_more_does(page, ayu):
    typed = {"jumlah": "12.000.000", "tenor": "12"}
    most = page.get(at("loan-check", ayu.code), typed).context["answer"].preview.room.most

    decisions = [
        page.get(at("loan-check", ayu.code), typed | {"angsuran": str(most + more)})
        .context["answer"]
        .preview.after.decision
        for more in (0, 1)
    ]

    # 35% of 5.000.000 less the instalment of 1.100.000 that runs.
    assert most == 650_000
    assert decisions == ["APPROVE", "MANUAL_REVIEW"]


def test_asking_in_earnest_is_kept(page, ayu):
    typed = {"jumlah": "6.000.000", "tenor": "12", "angsuran": ""}

    page.post(at("loan-check", ayu.code), typed)

    assert LoanCheck.objects.get().monthly_installment == 500_000
    assert "Rp\N{NO-BREAK SPACE}6.000.000" in page.get(at("loan-check", ayu.code)).text


@pytest.mark.parametrize(
    "typed", [{"jumlah": "x", "tenor": "12"}, {"jumlah": "1", "tenor": "0"}, {"tenor": "1"}]
)
def test_what_cannot_be_read_is_no_loan(page, ayu, typed):
    assert page.get(at("loan-check", ayu.code), typed).context["answer"] is None
    assert page.post(at("loan-check", ayu.code), typed).status_code == 400


# ── Sheet ──────────────────────────────────────────────────────────────────────────────


def test_the_sheet_is_printed_without_the_whole_identity_number(page, ayu):
    text = page.get(at("member-sheet-page", ayu.code)).text

    assert "3201********0001" in text
    assert NIK not in text
    assert AuditEntry.objects.filter(action="member.sheet_printed").count() == 1


def test_the_fullest_sheet_fits_two_pages(page, mekar, ayu, monkeypatch):
    from weasyprint import CSS, HTML

    pages = []

    def counted(html: str) -> bytes:
        style = CSS(filename=finders.find("css/memo.css"))
        pages.append(len(HTML(string=html).render(stylesheets=[style]).pages))
        return b"%PDF"

    monkeypatch.setattr("koperasi_risk.portal.sheet.pdf_of", counted)
    for factor in CATALOGUE.values():
        if factor.is_listed and factor.key not in ("debt_service_ratio", "max_dpd_current"):
            a_rule(mekar, factor.key, threshold=-99 if factor.is_higher_riskier else 10**9)
    for _number in range(8):
        an_installment(a_loan(ayu), 1, date(2026, 1, 1))
    scored(mekar, ayu)

    answer = page.get(at("member-sheet", ayu.code))

    assert answer["Content-Type"] == "application/pdf"
    assert pages[0] <= 2


# ── Overrides ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(page, mekar, ayu):
    page.post(
        at("ask-override", ayu.code),
        {
            "menjadi": "AUTO_REJECT",
            "alasan": "KNOWN_RISK",
            "catatan": "Ada perkara di pengadilan.",
            "sampai": str(mekar.today(timezone.now()) + timedelta(days=30)),
        },
    )
    return DecisionOverride.objects.get()


@pytest.fixture
def putu(mekar):
    """Also of the board."""
    person = a_person("Putu", mekar, TenantRole.BOARD)
    person.set_password(PASSWORD)
    person.save()
    return person


def test_whoever_asked_cannot_agree(page, asked):
    answer = page.post(at("decide-override", asked.code), {"putusan": "setujui"})

    asked.refresh_from_db()
    assert answer.status_code in (401, 403)
    assert asked.state == "WAITING"


def test_another_of_the_board_agrees_with_their_password(client, asked, putu, ayu):
    client.force_login(putu)
    address = at("decide-override", asked.code)

    wrong = client.post(address, {"putusan": "setujui", "sandi": "salah"})
    right = client.post(address, {"putusan": "setujui", "sandi": PASSWORD})

    asked.refresh_from_db()
    assert (wrong.status_code, right.status_code, asked.state) == (401, 302, "APPROVED")
    assert "Pengecualian" in client.get(at("member", ayu.code)).text
    row = client.get(at("members"), {"tanda": "pengecualian"}).context["found"].rows[0]
    assert row.override == asked


def test_an_override_is_taken_back_or_ended(page, client, asked, putu):
    page.post(at("withdraw-override", asked.code))
    asked.refresh_from_db()
    assert asked.state == "WITHDRAWN"

    again = page.post(at("withdraw-override", asked.code))

    assert again.status_code == 409


def test_an_override_of_too_many_days_is_refused_beside_its_field(page, mekar, ayu):
    far = mekar.today(timezone.now()) + timedelta(days=91)
    answer = page.post(
        at("ask-override", ayu.code),
        {
            "menjadi": "AUTO_REJECT",
            "alasan": "OTHER",
            "catatan": "Cukup panjang.",
            "sampai": str(far),
        },
    )

    assert answer.status_code == 400
    assert "sampai" in answer.context["form"].errors


def test_overrides_take_as_many_queries_for_many(
    page, mekar, wayan, ayu, django_assert_max_num_queries
):
    for _number in range(5):
        member = scored(mekar, a_member(mekar))
        DecisionOverride.objects.create(
            tenant=mekar,
            member=member,
            assessment=member.risk_result.assessment,
            came_from="APPROVE",
            went_to="AUTO_REJECT",
            reason_code="OTHER",
            note="x",
            valid_until=date(2099, 1, 1),
            maker=wayan,
            made_at=timezone.now(),
        )

    with django_assert_max_num_queries(12):
        page.get(at("overrides"))


def test_every_page_works_for_jobs_of_koperasi_people(page, mekar):
    text = page.get(reverse("jobs:list")).text

    assert at("members") in text
    assert str(mekar) in text


def test_memberships_that_ended_open_nothing(page, wayan, mekar):
    step_into(mekar)
    TenantMembership.objects.of(mekar).filter(user=wayan).update(ended_at=timezone.now())

    assert page.get(at("members")).status_code == 302


def test_many_members_are_taken_home_by_a_job(page, mekar, ayu, monkeypatch):
    from koperasi_risk.tasks import export_members

    monkeypatch.setattr("koperasi_risk.portal.member_exports.AT_ONCE", 0)
    page.post(at("members-export"), {"bentuk": "csv"})
    job = Job.objects.get()

    export_members(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.result) == ("DONE", {"rows": 1})
    assert page.get(reverse("jobs:download", args=[job.code])).status_code == 200


def test_a_file_made_before_somebody_left_the_koperasi_stays_closed(
    page, wayan, mekar, ayu, monkeypatch
):
    from koperasi_risk.tasks import export_members

    monkeypatch.setattr("koperasi_risk.portal.member_exports.AT_ONCE", 0)
    page.post(at("members-export"), {"bentuk": "csv"})
    job = Job.objects.get()
    export_members(job_id=job.pk)
    step_into(mekar)
    TenantMembership.objects.of(mekar).filter(user=wayan).update(ended_at=timezone.now())

    assert page.get(reverse("jobs:download", args=[job.code])).status_code == 404


def test_whoever_left_the_koperasi_gets_no_file(page, wayan, mekar, ayu, monkeypatch):
    from koperasi_risk.tasks import export_members

    monkeypatch.setattr("koperasi_risk.portal.member_exports.AT_ONCE", 0)
    page.post(at("members-export"), {"bentuk": "csv"})
    step_into(mekar)
    TenantMembership.objects.of(mekar).filter(user=wayan).update(ended_at=timezone.now())

    export_members(job_id=Job.objects.get().pk)

    assert Job.objects.get().state == "FAILED"
