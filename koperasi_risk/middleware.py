from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from core.tenancy import enter, tenant_scope
from koperasi_risk.access import Seat, memberships_of
from koperasi_risk.models import Tenant

PAGES = "/koperasi/"
API = "/koperasi/risk/"
BACK_OFFICE = "/admin/"
OUR_DESKS = "/admin/koperasi_risk/"
# In the session: which of several koperasi, and an administrator's visit.
CHOSEN, VISIT = "koperasi", "koperasi_visit"


class TenantMiddleware:
    """
    Seat whoever works for a koperasi: `request.seat`, and one transaction that sees this koperasi's rows.

    It holds around the whole answer, what templates ask late included. The API seats its callers itself.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.seat = None
        if not _is_ours(request):
            return self.get_response(request)
        with tenant_scope(None, person_id=request.user.pk):
            request.seat = _visit(request) if request.user.role == Role.ADMIN else own_seat(request)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response


def _is_ours(request) -> bool:
    path = request.path_info
    if path.startswith(API) or not path.startswith((PAGES, BACK_OFFICE)):
        return False
    role = getattr(request.user, "role", None)
    if role == Role.ADMIN:
        return path.startswith((PAGES, OUR_DESKS))
    return role == Role.KOPERASI_STAFF


def own_seat(request) -> Seat | None:
    memberships = {row.tenant_id: row for row in memberships_of(request.user)}
    if not memberships:
        return None
    chosen = request.session.get(CHOSEN)
    membership = memberships.get(chosen) or next(iter(memberships.values()))
    return _seated(request, membership.tenant_id, roles=frozenset(membership.roles))


def _visit(request) -> Seat | None:
    visit = request.session.get(VISIT)
    until = datetime.fromisoformat(visit["until"]) if visit else None
    if until is None or until <= timezone.now():
        return None
    return _seated(request, visit["tenant"], roles=frozenset(), is_visit=True, until=until)


def _seated(request, tenant_id: int, **seat) -> Seat | None:
    enter(tenant_id, person_id=request.user.pk)
    tenant = Tenant.objects.select_related("organisation").filter(pk=tenant_id).first()
    return Seat(tenant, **seat) if tenant else None
