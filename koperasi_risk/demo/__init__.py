"""The koperasi of the demo: three of them, with members in every state that a score may meet."""

from datetime import datetime

from accounts.models import Organisation, User
from core.tenancy import tenant_scope
from koperasi_risk.demo.books import Books, write_books
from koperasi_risk.demo.koperasi import KOPERASI, OFFICER, Koperasi, open_koperasi
from koperasi_risk.demo.year import live_through
from koperasi_risk.models import Member


def add_koperasi(*, now: datetime) -> int:
    """
    Add the koperasi that are missing, with their members; return how many members came.

    A koperasi that has members stays as people left it.
    """
    organisations = Organisation.objects.in_bulk(
        [koperasi.code for koperasi in KOPERASI], field_name="code"
    )
    return sum(_add(koperasi, organisations[koperasi.code], now=now) for koperasi in KOPERASI)


def _add(koperasi: Koperasi, organisation: Organisation, *, now: datetime) -> int:
    with tenant_scope(organisation.pk):
        tenant = open_koperasi(koperasi, organisation, now=now)
        clerk = User.objects.get(email=_clerk(koperasi))
        added = 0
        if not Member.objects.of(tenant).exists():
            added = write_books(Books(koperasi, tenant, clerk, tenant.today(now), now))
        live_through(koperasi, tenant, clerk, now=now)
        return added


def _clerk(koperasi: Koperasi) -> str:
    return next(email for email, roles in koperasi.seats.items() if OFFICER in roles)
