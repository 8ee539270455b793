"""The directory of merchants: who is found, in which order, and what leaves as a file."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Role, User
from banking.portal import exports
from banking.selectors.directory import SORTS, DirectoryFilter, directory_page
from banking.tasks import export_merchants
from banking.tests.loans import a_person
from banking.tests.shops import a_loan, a_score, a_shop, a_warning, some_shops
from core.jobs import cancel
from core.models import AuditEntry, Job
from core.portal import files
from merchants.models import Consent
from transactions.services.sales import NewSale, create_sale

LIST, COMPARE = "/portal/merchant/", "/portal/merchant/bandingkan/"
EXPORT = "/portal/merchant/ekspor/"
NOW = timezone.now()


def found(user, *, sort="name", falls=False, limit=50, cursor=None, **wanted):
    return directory_page(
        user,
        wanted=DirectoryFilter(**wanted),
        sort=sort,
        falls=falls,
        limit=limit,
        now=timezone.now(),
        cursor=cursor,
    )


def names(page) -> list[str]:
    return [row.company_name for row in page.rows]


@pytest.fixture
def tuti(bank) -> User:
    """Budi's colleague."""
    return a_person(bank, Role.BANK_OFFICER, "Tuti")


@pytest.fixture
def open_as_budi(client, budi):
    client.force_login(budi)
    return client.get


# ── Who is found ───────────────────────────────────────────────────────────────────────


def test_only_consenting_merchants_are_listed_and_for_bank_people_alone(budi, sari, warung, kios):
    kios.consents.update(withdrawn_at=NOW)

    assert names(found(budi)) == ["Warung Sari"]
    assert found(sari).rows == ()


@pytest.mark.parametrize(
    "searched", ["0812-3456-7890", "3201 1234 5678 0001", "01.234.567.8-901.000"]
)
def test_a_phone_or_number_is_found_exactly(budi, warung, kios, searched):
    warung.phone, warung.national_id = "+6281234567890", "3201123456780001"
    warung.tax_id = "01.234.567.8-901.000"
    warung.save()

    assert names(found(budi, search=searched)) == ["Warung Sari"]
    assert names(found(budi, search=searched[:-1])) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"city": "bandung"}, ["Warung Sari"]),
        ({"search": "kios"}, ["Kios Rini"]),
        ({"search": "%"}, []),
        ({"min_points": 70}, ["Warung Sari"]),
        ({"max_points": 69}, ["Kios Rini"]),
        ({"risk_band": "MEDIUM"}, ["Kios Rini"]),
        ({"trend": "UP"}, ["Warung Sari"]),
        ({"trend": "FLAT"}, ["Kios Rini"]),
        ({"trend": "DOWN"}, []),
        ({"warning": "ANY"}, ["Kios Rini"]),
        ({"warning": "CRITICAL"}, []),
        ({"warning": "REVENUE_DROP"}, ["Kios Rini"]),
        ({"loan": "ACTIVE"}, ["Warung Sari"]),
        ({"loan": "APPLICATION"}, []),
        ({"loan": "NONE"}, ["Kios Rini"]),
        ({"min_revenue": Decimal(1)}, ["Warung Sari"]),
        ({"max_revenue": Decimal(0)}, ["Kios Rini"]),
        ({"joined_before": NOW - timedelta(days=9000)}, []),
    ],
)
def test_filters_by_what_stands_now(budi, warung, kios, wanted, expected):
    a_score(warung, 80, at=NOW - timedelta(days=35))
    a_score(warung, 83, at=NOW)
    a_score(kios, 66, at=NOW - timedelta(days=35))
    a_score(kios, 68, at=NOW)
    a_warning(kios)
    a_loan(warung, by=budi, status="DISBURSED", disbursed_at=NOW)
    sale = NewSale(method="CASH", amount=Decimal(50_000))
    create_sale(merchant=warung, sale=sale, now=timezone.now())

    assert names(found(budi, **wanted)) == expected


@pytest.mark.parametrize("falls", [True, False])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_put_together_are_the_whole_list_without_gaps_or_repeats(budi, sort, falls):
    shops = some_shops(7)
    for place, shop in enumerate(shops[2:]):
        a_score(shop, 60 + place // 2, at=NOW - timedelta(days=place // 2))

    codes, cursor = [], None
    while True:
        page = found(budi, sort=sort, falls=falls, limit=2, cursor=cursor)
        codes += [row.code for row in page.rows]
        assert page.total == 7
        if not (cursor := page.next_cursor):
            break

    assert codes == [row.code for row in found(budi, sort=sort, falls=falls).rows]
    assert sorted(codes) == [shop.code for shop in shops]


def test_a_row_tells_the_score_of_each_of_twelve_weeks(budi, warung):
    a_score(warung, 61, at=NOW - timedelta(weeks=3))
    a_score(warung, 64, at=NOW)

    [row] = found(budi).rows

    assert row.weeks == [None] * 8 + [61, 61, 61, 64]
    assert (row.warnings, row.loans, row.refund_percent) == (0, 0, None)


# ── The page ───────────────────────────────────────────────────────────────────────────


def test_the_page_shows_and_counts_what_its_address_filters(open_as_budi, warung, kios):
    text = open_as_budi(LIST, {"kota": "Bandung"}).content.decode()

    assert "Warung Sari" in text
    assert "Kios Rini" not in text
    assert "1 hasil" in text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Belum ada merchant"),
        ("?cari=zzz", "Tidak ada hasil untuk saringan ini"),
        ("?skor_min=x", "Saringan ini tidak dapat dipakai"),
        ("?skor_min=90&skor_maks=10", "Saringan ini tidak dapat dipakai"),
        ("?setelah=nonsense", "Belum ada merchant"),
    ],
)
def test_an_empty_list_says_why(open_as_budi, query, words):
    assert words in open_as_budi(LIST + query).content.decode()


def test_htmx_gets_the_table_and_the_address_of_what_it_shows(open_as_budi, warung):
    answer = open_as_budi(LIST, {"kota": "Bandung", "band": ""}, headers={"HX-Request": "true"})

    assert b"<h1>" not in answer.content
    assert answer["HX-Push-Url"] == f"{LIST}?kota=Bandung"


def test_the_page_asks_the_same_few_questions_however_many_merchants(
    open_as_budi, django_assert_max_num_queries
):
    for shop in some_shops(12):
        a_score(shop, 70)
    with django_assert_max_num_queries(10):
        open_as_budi(LIST)


def test_names_are_shown_as_text(open_as_budi):
    a_shop("<b>x</b>", code="M-X")

    assert "<b>x</b>" not in open_as_budi(LIST).content.decode()


# ── As a file ──────────────────────────────────────────────────────────────────────────


def take(client, person, shape: str, query: str = ""):
    client.force_login(person)
    return client.post(EXPORT + query, {"bentuk": shape})


def test_a_csv_says_who_took_it_and_calculates_nothing(client, budi):
    a_shop("=1+1", company_name="=1+1", code="M-1")

    answer = take(client, budi, "csv", "?cari=%3D1")

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert "Budi" in lines[1]
    assert lines[3].startswith("'=1+1,M-1,")
    entry = AuditEntry.objects.get(action="merchants.exported")
    assert (entry.actor_code, entry.detail["rows"]) == (str(budi.code), 1)


def test_a_searched_number_is_not_written_down(client, budi):
    take(client, budi, "csv", "?cari=3201123456780001&kota=Medan")

    assert AuditEntry.objects.get(action="merchants.exported").detail["filters"] == {
        "kota": "Medan"
    }


def test_a_spreadsheet_holds_numbers_and_texts_as_such(client, budi):
    shop = a_shop("=cmd|' /C calc'!A0\x01", company_name="=cmd|' /C calc'!A0\x01", code="M-1")
    a_score(shop, 77)

    answer = take(client, budi, "xlsx")

    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    [*_head, row] = list(sheet.iter_rows())
    assert (row[0].data_type, row[0].value) == ("s", "'=cmd|' /C calc'!A0")
    assert (row[4].value, row[6].value) == (77, 6_000_000)


@pytest.fixture
def a_long_export(client, budi, monkeypatch):
    """Return a function that asks for a list too long to be had at once, and returns its job."""

    def asked(shape: str, query: str = "") -> Job:
        monkeypatch.setattr(exports, "AT_ONCE", 2)
        for place in (exports, files):
            monkeypatch.setattr(place, "ROWS_PER_STATEMENT", 1)
        a_shop("=1+1", company_name="=1+1", code="M-=1")
        some_shops(2)
        answer = take(client, budi, shape, query)
        job = Job.objects.get()
        assert answer["Location"] == f"/pekerjaan/{job.code}/"
        return job

    return asked


def delivered(job: Job) -> Job:
    """Hand a job to its task as a worker does."""
    assert job.kind == export_merchants.name
    done = export_merchants.apply(kwargs={"job_id": job.pk})
    assert done.state == "SUCCESS", done.traceback
    job.refresh_from_db()
    return job


def downloaded(client, person, job: Job):
    client.force_login(person)
    return client.get(f"/pekerjaan/{job.code}/unduh/")


def test_a_long_list_is_written_by_a_worker_and_downloaded_by_its_owner_alone(
    client, budi, tuti, a_long_export
):
    job = delivered(a_long_export("csv", "?urut=nama"))

    assert (job.state, job.done, job.total, job.result) == ("DONE", 3, 3, {"rows": 3})
    answer = downloaded(client, budi, job)
    assert f'filename="{job.file_name}"' in answer["Content-Disposition"]
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert sorted(line.split(",")[1] for line in lines[3:]) == ["M-000", "M-001", "M-=1"]
    assert [line for line in lines if line.startswith("'=1+1,")]
    assert downloaded(client, tuti, job).status_code == 404
    entry = AuditEntry.objects.get(action="merchants.exported")
    assert (entry.actor_code, entry.detail["rows"]) == (str(budi.code), 3)


def test_a_long_spreadsheet_calculates_nothing(client, budi, a_long_export):
    job = delivered(a_long_export("xlsx", "?urut=nama"))

    answer = downloaded(client, budi, job)
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert "'=1+1" in [cell.value for cell in sheet["A"]]


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_an_export_that_is_stopped_midway_leaves_no_file(
    client, budi, a_long_export, monkeypatch, shape
):
    job, written = a_long_export(shape), []
    read = exports.directory_rows

    def reading(user, *, ids, now):
        written.extend(ids)
        if len(written) == 1:
            cancel(owner=budi, code=job.code, now=now)
        return read(user, ids=ids, now=now)

    monkeypatch.setattr(exports, "directory_rows", reading)
    delivered(job)

    assert (job.state, len(written), job.file) == ("CANCELLED", 1, "")
    assert downloaded(client, budi, job).status_code == 404


def test_an_export_of_somebody_who_was_suspended_meanwhile_is_not_made(budi, a_long_export):
    job = a_long_export("csv")
    User.objects.filter(pk=budi.pk).update(is_active=False)

    delivered(job)

    assert (job.state, job.file) == ("FAILED", "")
    assert not AuditEntry.objects.filter(action="merchants.exported").exists()


def test_an_export_holds_whom_the_bank_may_see_when_it_is_written(client, budi, a_long_export):
    job = a_long_export("csv")
    Consent.objects.filter(merchant__code="M-000").update(withdrawn_at=NOW)

    delivered(job)

    assert job.result == {"rows": 2}
    assert b"M-000" not in b"".join(downloaded(client, budi, job).streaming_content)


# ── Side by side ───────────────────────────────────────────────────────────────────────


def test_the_best_of_each_line_is_marked_with_a_word(open_as_budi, warung, kios):
    a_score(warung, 82)
    a_score(kios, 61)

    text = open_as_budi(COMPARE, {"kode": [warung.code, kios.code]}).content.decode()

    assert "Warung Sari" in text
    assert "Terbaik" in text


@pytest.mark.parametrize("code", ["NOPE", "M-HIDDEN", "x" * 500, "<b>"])
def test_an_unknown_or_unconsented_merchant_has_a_column_that_says_so(open_as_budi, warung, code):
    a_shop("H", code="M-HIDDEN").consents.update(withdrawn_at=NOW)

    answer = open_as_budi(COMPARE, {"kode": [warung.code, code]})

    assert answer.status_code == 200
    assert "Merchant ini tidak dikenal" in answer.content.decode()
    assert "Toko H" not in answer.content.decode()


def test_one_merchant_cannot_be_compared_and_of_five_four_are(open_as_budi):
    codes = [shop.code for shop in some_shops(5)]

    assert (
        "Pilih 2 sampai 4 merchant" in open_as_budi(COMPARE, {"kode": codes[:1]}).content.decode()
    )
    text = open_as_budi(COMPARE, {"kode": codes}).content.decode()
    assert "Paling banyak empat" in text
    assert "Toko 004" not in text
