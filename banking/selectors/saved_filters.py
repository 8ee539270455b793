"""Lists that somebody keeps under a name."""

from django.db.models import Q, QuerySet

from accounts.models import User
from banking.models import SavedFilter


def saved_filters(user: User, *, page: str) -> QuerySet[SavedFilter]:
    """Return a person's own filters of one page and those shared with their bank, by name."""
    seen = Q(owner=user) | Q(is_shared=True, bank=user.organisation_id)
    return SavedFilter.objects.filter(seen, page=page).order_by("name", "pk")
