"""Warnings of one merchant, one warning with its story, and how a bank stands to each."""

import uuid

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import BANK_ROLES, User
from alerts.models import BankReview, EarlyWarning, WarningStep
from core.errors import NotFound
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound

# The standing of a warning that nobody of the bank has looked at since it was raised or worsened.
NEW = "NEW"
NEWEST_FIRST = ("-detected_at", "-pk")


class WarningNotFound(NotFound):
    code = "warning_not_found"
    default_message = _("Warning not found")


def open_warnings(merchant: Merchant) -> QuerySet[EarlyWarning]:
    """Return a merchant's open warnings, newest first."""
    return warnings_of(merchant)


def warnings_of(merchant: Merchant, *, only_open: bool = True) -> QuerySet[EarlyWarning]:
    """Return a merchant's warnings, newest first; with `only_open=False` the closed ones too."""
    warnings = merchant.warnings.order_by(*NEWEST_FIRST)
    return warnings.filter(status=EarlyWarning.Status.OPEN) if only_open else warnings


def with_standing(warnings: QuerySet[EarlyWarning], user: User) -> QuerySet[EarlyWarning]:
    """
    Give each warning its `standing` at this person's bank: NEW, or the state of the newest review.

    A review made before the warning was raised or last worsened no longer counts.
    """
    if user.role not in BANK_ROLES:
        return warnings.annotate(standing=Value(NEW))
    reviews = BankReview.objects.filter(
        warning=OuterRef("pk"), bank=user.organisation_id, at__gte=OuterRef("worsened_at")
    )
    newest = Subquery(reviews.order_by("-pk").values("state")[:1])
    return warnings.annotate(standing=Coalesce(newest, Value(NEW)))


def seen_by(user: User) -> QuerySet[EarlyWarning]:
    """Return the warnings of merchants that this person may see, with merchant and standing."""
    warnings = EarlyWarning.objects.filter(merchant__in=Merchant.objects.visible_to(user))
    return with_standing(warnings.select_related("merchant"), user)


def warnings_on_file(user: User, *, merchant_code: str, wanted: str) -> QuerySet[EarlyWarning]:
    """
    Return one merchant's warnings as this person's bank keeps them, newest first.

    `wanted` is `active`, `resolved` (closed by a scan, or resolved by the bank itself) or `all`.

    Raises MerchantNotFound for a merchant that does not exist or that they may not see, alike.
    """
    merchant = Merchant.objects.visible_to(user).filter(code=merchant_code).first()
    if merchant is None:
        raise MerchantNotFound()
    warnings = with_standing(warnings_of(merchant, only_open=False), user)
    is_resolved = Q(status=EarlyWarning.Status.RESOLVED) | Q(standing=BankReview.State.RESOLVED)
    match wanted:
        case "active":
            return warnings.exclude(is_resolved)
        case "resolved":
            return warnings.filter(is_resolved)
    return warnings


def warning_of(user: User, *, code: uuid.UUID | str) -> EarlyWarning:
    """
    Return one warning that this person may see, with `.standing`, `.steps` and `.own_reviews`.

    Steps are in order, reviews (of this person's bank alone) newest first.

    Raises WarningNotFound for one that does not exist or whose merchant they may not see, alike.
    """
    steps = Prefetch("steps", WarningStep.objects.order_by("pk"))
    warnings = seen_by(user).prefetch_related(steps, _own_reviews(user))
    warning = warnings.filter(code=code).first()
    if warning is None:
        raise WarningNotFound()
    return warning


def _own_reviews(user: User) -> Prefetch:
    reviews = BankReview.objects.select_related("by").order_by("-pk")
    if user.role in BANK_ROLES:
        reviews = reviews.filter(bank=user.organisation_id)
    else:
        reviews = reviews.none()
    return Prefetch("reviews", reviews, to_attr="own_reviews")
