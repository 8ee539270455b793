"""Credit memos: that one was made goes on record, whoever reads the paper later."""

from datetime import datetime

from accounts.models import User
from core import audit
from core.models import AuditEntry
from merchants.models import Merchant


def record_memo(
    *, merchant: Merchant, by: User, now: datetime, form: str, application_code: str = ""
) -> AuditEntry:
    """Put on record that a memo about a merchant was made; `form` is "pdf" or "page"."""
    return audit.record(
        "merchant.memo_printed",
        by=by,
        subject=merchant,
        now=now,
        form=form,
        application=application_code,
    )
