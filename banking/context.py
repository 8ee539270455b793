"""What the bell of the bank's pages says."""

from django.utils.functional import SimpleLazyObject

from accounts.models import BANK_ROLES
from banking.selectors.notices import unseen


def bell(request) -> dict:
    """Give pages the number of new notices, counted when a page draws its bell; None rings for nobody."""
    user = getattr(request, "user", None)
    rings = getattr(user, "role", None) in BANK_ROLES
    return {"bell": SimpleLazyObject(lambda: {"unread": unseen(user)}) if rings else None}
