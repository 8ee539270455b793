"""Who may do what in a koperasi, asked where it is done."""

from accounts.models import User
from core.errors import NotAllowed
from koperasi_risk.access import seat_of
from koperasi_risk.models import Tenant


def require_role(tenant: Tenant, person: User, *roles: str) -> None:
    """Raise NotAllowed unless somebody has one of these roles in the koperasi; nobody is above that."""
    seat = seat_of(person, tenant)
    if seat is None or not seat.has(*roles):
        raise NotAllowed()
