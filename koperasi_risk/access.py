"""Where somebody sits: in which koperasi, and in which roles there."""

from dataclasses import dataclass
from functools import wraps

from django.core.exceptions import PermissionDenied

from accounts.models import User
from core.access import signed_in
from koperasi_risk.models import Tenant, TenantMembership


@dataclass(frozen=True)
class Seat:
    """
    A person's place in one koperasi.

    An administrator of the product on a visit has no roles there: looks, and sets up, but judges nobody.
    """

    tenant: Tenant
    roles: frozenset[str]
    is_visit: bool = False

    def has(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))


def memberships_of(user: User):
    """Return a person's present memberships, of every koperasi; needs the person's own scope."""
    return TenantMembership.objects.filter(user=user, ended_at=None).order_by("tenant_id")


def seat_of(user: User, tenant: Tenant) -> Seat | None:
    """Return a person's seat in the koperasi of the present scope, None without a membership."""
    membership = TenantMembership.objects.of(tenant).filter(user=user, ended_at=None).first()
    return Seat(tenant, frozenset(membership.roles)) if membership else None


def for_seats(*roles: str):
    """Open a page to these roles in the person's own koperasi; others get the 403 page."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if request.seat is None or not (request.seat.is_visit or request.seat.has(*roles)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return signed_in(guarded)

    return decorate
