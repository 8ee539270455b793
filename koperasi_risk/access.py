"""Where somebody sits: in which koperasi, and in which roles there."""

from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect

from accounts.models import Role, User
from core.access import signed_in
from koperasi_risk.models import Tenant, TenantMembership, TenantRole

# Whoever works with members; a member of the koperasi has nothing to look for here.
STAFF = (TenantRole.FINANCING_OFFICER, TenantRole.RISK_MANAGER, TenantRole.BOARD)


@dataclass(frozen=True)
class Seat:
    """
    A person's place in one koperasi.

    An administrator of the product on a visit has no roles there: looks, and sets up, but judges nobody.
    """

    tenant: Tenant
    roles: frozenset[str]
    is_visit: bool = False
    # When the visit ends.
    until: datetime | None = None

    def has(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))


def memberships_of(user: User):
    """Return a person's present memberships, of every koperasi; needs the person's own scope."""
    return TenantMembership.objects.filter(user=user, ended_at=None).order_by("tenant_id")


def seat_of(user: User, tenant: Tenant | int) -> Seat | None:
    """Return a person's seat in the koperasi of the present scope, None without a membership."""
    memberships = TenantMembership.objects.of(tenant).filter(user=user, ended_at=None)
    membership = memberships.select_related("tenant__organisation").first()
    return Seat(membership.tenant, frozenset(membership.roles)) if membership else None


def for_seats(*roles: str, visits: bool = True):
    """
    Open a page to these roles in the person's own koperasi, and to visits unless it judges members.

    Others get the 403 page; whoever has no place in a koperasi yet, the page that says so.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            seat = request.seat
            if seat is None and request.user.role == Role.KOPERASI_STAFF:
                return redirect("koperasi_risk:home")
            if seat is None or not (seat.has(*roles) or (visits and seat.is_visit)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return signed_in(guarded)

    return decorate
