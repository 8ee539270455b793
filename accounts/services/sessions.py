"""
Sessions of the API: opened at sign-in, renewed by trading refresh tokens, ended one family at a time.

Clients repeat themselves: they keep an old refresh token, or send it several times at once. So a
token stays good until its child is used, and for some seconds more; after that whoever still has it
is not its owner, and the whole family ends.

Everything that touches a person's sessions first locks the person's row, so that nothing is
renewed while it is being ended.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import tokens
from accounts.models import RefreshSession, SignInAttempts, User
from core import audit
from core.errors import Refusal


@dataclass(frozen=True)
class Tokens:
    """What a client holds: `access` for minutes, `refresh` for days."""

    access: str
    refresh: str


class InvalidRefreshToken(Refusal):
    status = 401
    code = "refresh_token_invalid"
    default_message = _("Refresh token is invalid")


@transaction.atomic
def open_session(*, user: User, now: datetime) -> Tokens:
    """Begin a new family of tokens for somebody who has just proved who they are."""
    jti = tokens.new_jti()
    session = _add(user=user, jti=jti, family=uuid.uuid4(), parent=None, now=now)
    return _tokens(user=user, session=session, jti=jti, now=now)


def renew_session(*, refresh: str, now: datetime, address: str | None = None) -> Tokens:
    """
    Trade a refresh token for its one child and a fresh access token.

    Repeating is safe until the child is used, and within REFRESH_GRACE_SECONDS of the first trade:
    every repeat gets the same child. Later the whole family is revoked, which is kept although the
    answer is a refusal.

    Raises InvalidRefreshToken.
    """
    claims = tokens.read_refresh(refresh)
    with transaction.atomic():
        renewed = claims and _trade(jti=claims["jti"], now=now, address=address)
    if not renewed:
        raise InvalidRefreshToken()
    return renewed


@transaction.atomic
def close_session(
    *, user: User, family: uuid.UUID, refresh: str = "", now: datetime, address: str | None = None
) -> None:
    """
    Sign out: end the caller's family and, where a refresh token is shown, that token's family too.

    Repeating is safe; somebody else's or an unreadable refresh token is left alone.
    """
    lock(user)
    families = {family}
    claims = tokens.read_refresh(refresh) if refresh else None
    if claims:
        shown = RefreshSession.objects.filter(user=user, jti_hash=tokens.jti_hash(claims["jti"]))
        families.update(shown.values_list("family", flat=True))
    if _revoke(user=user, now=now, family__in=families):
        audit.record("user.signed_out", now=now, by=user, subject=user, address=address)


def end_every_session(*, user: User, now: datetime) -> None:
    """
    End all of a person's sessions at once, access tokens and signed-in pages included.

    Call it inside the transaction of the reason; the row must be locked (`lock`).
    """
    User.objects.filter(pk=user.pk).update(session_version=F("session_version") + 1)
    user.refresh_from_db(fields=["session_version"])
    _revoke(user=user, now=now)


def lock(user: User) -> User:
    """Lock a person's row until the transaction ends, and return it as it is now."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def forget_ended(*, now: datetime) -> int:
    """Delete sessions and counts of failed sign-ins that are over; return how many."""
    SessionStore.clear_expired()
    sessions, _by_model = RefreshSession.objects.filter(expires_at__lt=now).delete()
    attempts, _by_model = SignInAttempts.objects.filter(window_ends_at__lt=now).delete()
    return sessions + attempts


def _trade(*, jti: str, now: datetime, address: str | None) -> Tokens | None:
    known = RefreshSession.objects.select_related("user").filter(jti_hash=tokens.jti_hash(jti))
    session = known.first()
    if session is None:
        return None
    user = lock(session.user)
    session.refresh_from_db()
    if not _is_good(session, user=user, now=now):
        return None
    child = RefreshSession.objects.filter(parent=session).first()
    if child is None:
        session.rotated_at = now
        session.save(update_fields=["rotated_at"])
        child = _add(
            user=user, jti=tokens.child_jti(jti), family=session.family, parent=session, now=now
        )
    elif child.rotated_at and now - session.rotated_at > _grace():
        _revoke(user=user, now=now, family=session.family)
        audit.record("session.reuse_detected", now=now, subject=user, address=address)
        return None
    return _tokens(user=user, session=child, jti=tokens.child_jti(jti), now=now)


def _is_good(session: RefreshSession, *, user: User, now: datetime) -> bool:
    return (
        user.is_active
        and session.user_version == user.session_version
        and session.revoked_at is None
        and session.expires_at > now
    )


def _grace() -> timedelta:
    return timedelta(seconds=settings.REFRESH_GRACE_SECONDS)


def _add(*, user, jti, family, parent, now) -> RefreshSession:
    return RefreshSession.objects.create(
        user=user,
        jti_hash=tokens.jti_hash(jti),
        family=family,
        parent=parent,
        user_version=user.session_version,
        issued_at=now,
        expires_at=now + tokens.RefreshToken.lifetime,
    )


def _tokens(*, user: User, session: RefreshSession, jti: str, now: datetime) -> Tokens:
    return Tokens(
        access=tokens.write_access(user=user, family=session.family, now=now),
        refresh=tokens.write_refresh(user=user, session=session, jti=jti),
    )


def _revoke(*, user: User, now: datetime, **which) -> int:
    standing = RefreshSession.objects.filter(user=user, revoked_at=None, **which)
    return standing.update(revoked_at=now)
