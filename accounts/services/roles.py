"""What administrators change about people."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services.sessions import end_every_session
from core import audit

# Whoever had these before must prove themselves again.
ENDS_SESSIONS = {"role", "organisation", "email"}


@transaction.atomic
def save_person(*, user: User, changed: list[str], by: User, now: datetime) -> User:
    """
    Save a person that an administrator added or changed, and note which fields changed.

    A new role, organisation or address ends every session of that person.
    """
    is_new = user.pk is None
    user.save()
    if not is_new and ENDS_SESSIONS & set(changed):
        end_every_session(user=user, now=now)
    action = "user.added" if is_new else "user.changed"
    audit.record(action, now=now, by=by, subject=user, fields=changed, role=user.role)
    return user
