"""What bank people do with merchants."""

from datetime import datetime

from django.db import transaction

from banking.selectors import Overview, merchant_overview
from core import audit


@transaction.atomic
def open_merchant(*, code: str, by, now: datetime) -> Overview:
    """
    Open one merchant's page for a bank person; that its personal data was read goes on record.

    Raises MerchantNotFound for a merchant that does not exist or did not consent, alike.
    """
    overview = merchant_overview(by, code=code, now=now)
    audit.record("merchant.personal_data_read", by=by, subject=overview.merchant, now=now)
    return overview
