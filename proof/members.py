"""
What the canary proof does inside the product with a koperasi: members with identity numbers are added, sent
as a file, scored, looked at and taken home: `manage.py shell -c "from proof.members import live; live(…)"`.
Everything that is answered is printed, each page after its status and address.
"""

import json
import secrets
import time
from datetime import date
from pathlib import Path

MEMBER_NAME = "Anggota Kenari {}"
JOINED = date(2024, 1, 15)
PAGES = ("", "anggota/", "impor/", "monitor/", "pengecualian/")
DESKS = ("member/", "dataimport/", "riskresult/", "tenantmembership/")
WAIT_SECONDS = 90


def live(numbers_in: str) -> None:
    """Have members with the identity numbers of a file, a list in JSON, use everything."""
    numbers = json.loads(Path(numbers_in).read_text())
    tenant, person = _koperasi()
    _add(tenant, person, numbers[::2])
    _send(tenant, person, numbers)
    _score(tenant)
    _look(tenant, person)


def _koperasi():
    from accounts.models import Organisation, Role, User
    from core.tenancy import tenant_scope
    from koperasi_risk.models import Tenant, TenantMembership, TenantRole

    organisation = Organisation.objects.create(
        code=f"KENARI-{secrets.token_hex(6)}", name="KSP Kenari", kind="KOPERASI"
    )
    person = User.objects.create(
        email=f"{organisation.code}@example.com", full_name="Kenari", role=Role.KOPERASI_STAFF
    )
    with tenant_scope(organisation.pk):
        tenant = Tenant.objects.create(organisation=organisation)
        TenantMembership.objects.create(tenant=tenant, user=person, roles=list(TenantRole))
    return tenant, person


def _add(tenant, person, numbers: list[str]) -> None:
    from django.utils import timezone

    from core.tenancy import tenant_scope
    from koperasi_risk.services.members import NewMember, add_member

    for place, nik in enumerate(numbers):
        words = {
            "number": f"K-{place:04}",
            "full_name": MEMBER_NAME.format(place),
            "joined_on": JOINED,
        }
        with tenant_scope(tenant.pk):
            new, now = NewMember(**words, nik=nik), timezone.now()
            add_member(tenant=tenant, person=new, by=person, now=now, status="ACTIVE")


def _send(tenant, person, numbers: list[str]) -> None:
    """Send all numbers in a file: half are taken, one is too long, one stands in another column."""
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from core.tenancy import tenant_scope
    from koperasi_risk.services.imports import save_import, start_import

    rows = [f"F-{place};Berkas {place};{nik};15/01/2024;" for place, nik in enumerate(numbers)]
    rows += [f"F-A;Panjang;{numbers[1]}7;15/01/2024;", f"F-B;Salah;;15/01/2024;{numbers[1]}"]
    text = "\n".join(["no_anggota;nama;nik;tanggal_masuk;tanggungan", *rows])
    file = ContentFile(text.encode(), name="anggota.csv")
    about = {"tenant": tenant, "by": person, "now": timezone.now()}
    with tenant_scope(tenant.pk):
        sent = start_import(kind="MEMBERS", file=file, **about)
    _wait(tenant, sent, "CHECKED")
    with tenant_scope(tenant.pk):
        save_import(code=sent.code, **about)
    _wait(tenant, sent, "DONE")


def _wait(tenant, sent, state: str) -> None:
    from core.tenancy import tenant_scope

    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and sent.state != state:
        time.sleep(0.3)
        with tenant_scope(tenant.pk):
            sent.refresh_from_db()


def _score(tenant) -> None:
    from django.utils import timezone

    from koperasi_risk.services.scores import rescore

    rescore(tenant_id=tenant.pk, now=timezone.now(), trigger="REQUEST")


def _look(tenant, person) -> None:
    from django.test import Client

    from core.tenancy import tenant_scope
    from koperasi_risk.models import DataImport, Member

    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    with tenant_scope(tenant.pk):
        members = list(Member.objects.of(tenant).order_by("pk")[:20])
        sent = DataImport.objects.of(tenant).get()
    paths = [f"/koperasi/{page}" for page in PAGES]
    paths += [f"/admin/koperasi_risk/{desk}" for desk in DESKS]
    paths += [f"/koperasi/impor/{sent.code}/", f"/koperasi/impor/{sent.code}/laporan.csv"]
    for member in members:
        paths += [f"/koperasi/anggota/{member.code}/{part}" for part in ("", "lembar/")]
        paths += [f"/admin/koperasi_risk/member/{member.pk}/change/"]
    for path in paths:
        _show(client.get(path), path)
    _show(client.post("/koperasi/anggota/ekspor/"), "/koperasi/anggota/ekspor/")


def _show(answer, path: str) -> None:
    print(answer.status_code, path)
    print(b"".join(answer).decode(errors="replace"))
