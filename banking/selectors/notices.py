"""What waits behind the bell."""

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import BANK_ROLES, User
from banking.models import Notice, NoticesSeen
from merchants.models import Merchant

# Beyond it the bell says "and more".
MOST_COUNTED = 100


def notices(user: User) -> QuerySet[Notice]:
    """
    Return what this person's bank was notified of, newest first.

    Warnings of a merchant whose consent has ended are no longer shown.
    """
    if user.role not in BANK_ROLES:
        return Notice.objects.none()
    seen = Merchant.objects.visible_to(user)
    return (
        Notice.objects.filter(bank=user.organisation_id)
        .filter(Q(warning=None) | Q(warning__merchant__in=seen))
        .select_related("warning__merchant", "application__merchant")
        .order_by("-pk")
    )


def seen_through(user: User) -> int:
    """Return up to which notice this person has looked."""
    seen = NoticesSeen.objects.filter(user=user).values_list("through", flat=True)
    return seen.first() or 0


def unseen(user: User) -> int:
    """
    Count the notices this person has not looked at, MOST_COUNTED at most, in one query.

    Those that `notices` does not show do not count: nobody could make the number go.
    """
    seen = NoticesSeen.objects.filter(user=user).values("through")
    news = notices(user).filter(pk__gt=Coalesce(Subquery(seen), 0))
    return news[:MOST_COUNTED].count()
