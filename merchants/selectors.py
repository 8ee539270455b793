"""Questions about merchants."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import NotFound
from core.rows import row_where
from merchants.models import Consent, Merchant


class MerchantNotFound(NotFound):
    code = "merchant_not_found"
    default_message = _("Merchant not found")


def merchant_of(user: User) -> Merchant:
    """Return the shop that this person owns. Raises MerchantNotFound."""
    merchant = row_where(Merchant, "t.owner_id = %(owner)s", {"owner": user.pk})
    if merchant is None:
        raise MerchantNotFound()
    merchant.owner = user
    return merchant


def consents_of(merchant: Merchant) -> QuerySet[Consent]:
    """Return every consent of a merchant, withdrawn ones included, newest first."""
    return merchant.consents.order_by("-granted_at", "-pk")
