"""Where a koperasi's person sits, for navigation and top bar on every page of the house."""

from django.utils.functional import SimpleLazyObject

from accounts.models import Role
from core.tenancy import tenant_scope
from koperasi_risk.access import Seat
from koperasi_risk.middleware import own_seat


def seat(request) -> dict:
    """Give templates the seat; outside the koperasi's pages it is looked up when a page draws it."""
    return {"seat": SimpleLazyObject(lambda: _seat(request))}


def _seat(request) -> Seat | None:
    present = getattr(request, "seat", None)
    user = getattr(request, "user", None)
    if present or getattr(user, "role", None) != Role.KOPERASI_STAFF:
        return present
    with tenant_scope(None, person_id=user.pk):
        return own_seat(request)
