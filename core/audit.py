"""
The audit log: who did what to which thing. Entries join a hash chain afterwards (`core.audit_chain`).
"""

from datetime import datetime

import structlog

from core.models import AuditEntry


def record(
    action: str,
    *,
    now: datetime,
    by=None,
    subject=None,
    reason: str = "",
    address: str | None = None,
    **detail,
) -> AuditEntry:
    """
    Add an entry, in the transaction of the deed itself.

    `action` is `noun.verb` (`user.suspended`); `by` a User or None for the product itself; `subject`
    any row with a `code`. `detail` takes plain values and never personal data.
    """
    return AuditEntry.objects.create(
        at=now,
        action=action,
        actor_code=str(getattr(by, "code", "") or ""),
        actor_role=getattr(by, "role", "") or "",
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_code=str(subject.code) if subject is not None else "",
        reason=reason,
        detail=detail,
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        address=address or None,
    )
