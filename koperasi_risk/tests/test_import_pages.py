import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import Job
from koperasi_risk.models import DataImport, ImportProblem, TenantRole
from koperasi_risk.tests.factories import NOON, a_koperasi, a_person, step_into

LIST = reverse("koperasi_risk:imports")


@pytest.fixture
def desk(client, mekar):
    """Sign somebody in who has these roles in Mekar."""

    def sit(*roles):
        client.force_login(a_person("Komang", mekar, *roles))
        return client

    return sit


@pytest.fixture
def checked(mekar, wayan):
    data_import = DataImport.objects.create(
        tenant=mekar, kind="MEMBERS", state="CHECKED", file_name="anggota.csv", by=wayan,
        sent_at=NOON, rows=3, added=2, refused=1,
    )  # fmt: skip
    ImportProblem.objects.create(
        tenant=mekar, data_import=data_import, line=4, column="penghasilan",
        reason_code="ambiguous_amount", found="=50.000",
    )  # fmt: skip
    return data_import


def address(name, data_import):
    return reverse(f"koperasi_risk:{name}", args=[data_import.code])


@pytest.mark.parametrize("role", [TenantRole.RISK_MANAGER, TenantRole.FINANCING_OFFICER])
def test_clerks_send_a_file_and_see_how_far_it_is(desk, role):
    file = SimpleUploadedFile("anggota.csv", b"no_anggota;nama;tanggal_masuk\n")

    answer = desk(role).post(LIST, {"jenis": "MEMBERS", "file": file}, follow=True)

    data_import = DataImport.objects.get()
    assert answer.redirect_chain == [(address("import", data_import), 302)]
    assert 'hx-trigger="every 1s"' in answer.text
    assert "anggota.csv" in desk(role).get(LIST).text


def test_a_file_too_large_is_refused_on_the_page(desk, monkeypatch):
    monkeypatch.setattr("koperasi_risk.services.imports.MAX_BYTES", 2)

    answer = desk(TenantRole.RISK_MANAGER).post(
        LIST, {"jenis": "LOANS", "file": SimpleUploadedFile("a.csv", b"123")}
    )

    assert answer.status_code == 400
    assert not DataImport.objects.exists()


def test_what_was_found_is_shown_with_reasons(desk, checked):
    page = desk(TenantRole.RISK_MANAGER).get(address("import", checked)).text

    assert "Tulis 50000 atau 50.000,00" in page
    assert address("save-import", checked) in page


def test_what_should_be_looked_at_is_apart_from_what_was_refused(desk, mekar, checked):
    ImportProblem.objects.create(
        tenant=mekar, data_import=checked, line=2, column="pokok",
        reason_code="principal_less", found="900000.00 / 1000000.00",
    )  # fmt: skip
    clerk = desk(TenantRole.RISK_MANAGER)

    page = clerk.get(address("import", checked)).text

    assert page.count("Perlu dilihat") == 2
    assert page.count("900000.00 / 1000000.00") == 1
    assert "pokok" not in clerk.get(address("import-report", checked)).text


def test_refused_rows_are_a_file_that_calculates_nothing(desk, checked):
    answer = desk(TenantRole.RISK_MANAGER).get(address("import-report", checked))

    assert answer.content.decode("utf-8-sig").splitlines()[1].startswith("4;penghasilan;")
    assert ";'=50.000" in answer.text
    assert "ditolak-anggota.csv" in answer["Content-Disposition"]


@pytest.mark.parametrize("kind", ["anggota", "simpanan", "pinjaman", "angsuran"])
@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_there_is_an_example_of_each_kind(desk, kind, shape):
    answer = desk(TenantRole.FINANCING_OFFICER).get(
        reverse("koperasi_risk:import-sample", args=[kind, shape])
    )

    assert answer.status_code == 200


def test_there_is_no_example_of_anything_else(desk):
    clerk = desk(TenantRole.RISK_MANAGER)

    for kind, shape in (("gaji", "csv"), ("anggota", "pdf")):
        assert (
            clerk.get(reverse("koperasi_risk:import-sample", args=[kind, shape])).status_code == 404
        )


def test_a_file_is_decided_about_once(desk, checked):
    clerk = desk(TenantRole.RISK_MANAGER)

    clerk.post(address("save-import", checked))
    clerk.post(address("save-import", checked))
    answer = clerk.post(address("withdraw-import", checked), follow=True)

    checked.refresh_from_db()
    assert checked.state == "IMPORTING"
    assert Job.objects.count() == 1
    assert "tidak dapat diputuskan" in answer.text


def test_the_board_and_members_send_nothing(desk, checked):
    person = desk(TenantRole.BOARD, TenantRole.MEMBER)

    assert person.get(LIST).status_code == 403
    assert person.get(address("import", checked)).status_code == 403
    assert person.post(address("save-import", checked)).status_code == 403


def test_another_koperasis_file_is_not_there(desk, mekar, checked):
    with a_koperasi("KSP Lain") as other:
        step_into(other)
        theirs = DataImport.objects.create(
            tenant=other, kind="LOANS", file_name="x", by=checked.by, sent_at=NOON
        )
        step_into(mekar)
    clerk = desk(TenantRole.RISK_MANAGER)

    for name in ("import", "import-report"):
        assert clerk.get(address(name, theirs)).status_code == 404
    for name in ("save-import", "withdraw-import"):
        assert clerk.post(address(name, theirs)).status_code == 404
