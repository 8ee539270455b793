from uuid import uuid4

import pytest

from accounts.models import Organisation, Role, User
from banking.models import LoanApplication, Objection
from banking.services.objections import raise_objection
from conftest import NOON
from core.models import AuditEntry

TEXT = "Omzet bulan Maret belum dihitung semua."
ANSWER = "Kami sudah memeriksa ulang omzet Maret."


@pytest.fixture
def objection(warung, bank, budi):
    application = LoanApplication.objects.create(
        bank=bank,
        merchant=warung,
        amount=50_000_000,
        tenor_months=12,
        yearly_rate_percent=12,
        method="ANNUITY",
        status="REJECTED",
        made_by=budi,
        made_at=NOON,
        updated_at=NOON,
        decided_at=NOON,
    )
    return raise_objection(
        merchant=warung,
        by=warung.owner,
        text=TEXT,
        code=uuid4(),
        application_code=application.code,
        now=NOON,
    )


def test_the_list_holds_no_text_and_reading_one_is_recorded(client, objection, budi):
    client.force_login(budi)

    assert TEXT not in client.get("/portal/keberatan/").content.decode()
    assert not AuditEntry.objects.filter(action="objection.read").exists()
    assert TEXT in client.get(f"/portal/keberatan/{objection.code}/").content.decode()
    assert AuditEntry.objects.filter(action="objection.read").count() == 1


def test_the_list_asks_the_same_few_questions(
    client, objection, budi, django_assert_max_num_queries
):
    client.force_login(budi)
    client.get("/portal/keberatan/")

    with django_assert_max_num_queries(8):
        client.get("/portal/keberatan/")


def test_an_answer_reaches_the_merchant(client, objection, budi, sari):
    client.force_login(budi)
    client.post(f"/portal/keberatan/{objection.code}/", {"answer": ANSWER})

    client.force_login(sari)
    assert ANSWER in client.get("/m/keberatan/").content.decode()


def test_a_short_answer_is_kept_and_refused(client, objection, budi):
    client.force_login(budi)

    response = client.post(f"/portal/keberatan/{objection.code}/", {"answer": "Tidak."})

    assert response.status_code == 400
    assert "Tidak." in response.content.decode()
    assert Objection.objects.get().status == "OPEN"


def test_another_banks_objection_does_not_exist(client, objection):
    other = Organisation.objects.create(code="BNI", name="BNI", kind="BANK")
    ani = User.objects.create(
        email="ani@bni.example", full_name="Ani", role=Role.BANK_OFFICER, organisation=other
    )
    client.force_login(ani)

    path = f"/portal/keberatan/{objection.code}/"
    assert client.get(path).status_code == 404
    assert client.post(path, {"answer": ANSWER}).status_code == 404


def test_operators_read_objections_to_scores_alone(client, objection, operator):
    client.force_login(operator)

    page = client.get(f"/admin/banking/objection/{objection.pk}/change/", follow=True)

    assert TEXT not in page.content.decode()
