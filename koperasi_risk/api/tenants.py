"""In which koperasi a caller of this API stands."""

from django.utils.translation import gettext as _

from accounts.models import Role, User
from core.errors import InvalidInput, NotAllowed
from koperasi_risk.access import Seat, seat_of
from koperasi_risk.api.fields import MAX_ID, whole

HEADER = "X-Tenant-ID"


class TenantMissing(NotAllowed):
    """401 would have the client sign its user out."""

    code = "tenant_missing"
    default_message = "tenant context missing"


def tenant_number(request) -> int:
    """Return the number in X-Tenant-ID. Raises TenantMissing, InvalidInput for what is no number."""
    text = request.headers.get(HEADER, "").strip()
    if not text:
        raise TenantMissing()
    number = whole(text)
    if number is None:
        raise InvalidInput(fields={HEADER: _("Must be a whole number.")})
    return number


def seat_at(user: User, tenant_id: int) -> Seat:
    """
    Return the caller's seat in the koperasi of the present scope.

    Raises NotAllowed, alike for a koperasi of others, a bank's number, and one that nobody has.
    """
    if user.role != Role.KOPERASI_STAFF or tenant_id > MAX_ID:
        raise NotAllowed()
    seat = seat_of(user, tenant_id)
    if seat is None:
        raise NotAllowed()
    return seat
