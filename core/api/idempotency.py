"""
`Idempotency-Key`: the same call twice has one effect and one answer.

The key's record commits with its effect. While a call runs, a repeat of it gets 409 at once.

    with once(request) as attempt:
        if attempt.answer:
            return attempt.answer
        sale = create_sale(..., remember=lambda sale: attempt.keep(created(sale)))

Views whose whole work fits in one transaction use `@idempotent` instead. Work of several steps, such as
one that asks the gateway in between, notes with `begin` what its first step made; a repeat finds that
in `attempt.subject` and goes on with it.
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.errors import Conflict, InvalidInput
from core.models import IdempotencyRecord
from core.request_context import client_address
from core.rows import row_where

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255


class InvalidKey(InvalidInput):
    code = "invalid_idempotency_key"


class KeyReused(InvalidInput):
    status = 422
    code = "idempotency_mismatch"


class StillRunning(Conflict):
    code = "in_progress"


class Attempt:
    """One call under one key; without a key nothing is stored."""

    def __init__(self, *, owner: str, route: str, key: str, fingerprint: str):
        self.owner, self.route, self.key, self.fingerprint = owner, route, key, fingerprint
        self.answer: HttpResponse | None = None
        self.begun: IdempotencyRecord | None = None

    @property
    def subject(self) -> str:
        """What an earlier call under this key began and may not have finished; "" when none did."""
        return self.begun.subject if self.begun else ""

    def begin(self, subject: str) -> None:
        """Note what the first step made; call it in that step's transaction."""
        if self.key:
            self.begun = self._new_record(status=0, body="", subject=subject)
            self.begun.save()

    def keep(self, response: Response) -> Response:
        """Store the answer of a success, byte for byte; call it in the transaction of the effect."""
        if self.key and response.status_code < 300:
            record = self.begun or self._new_record()
            record.status = response.status_code
            record.body = JSONRenderer().render(response.data).decode()
            record.save()
        return response

    def _new_record(self, **more) -> IdempotencyRecord:
        return IdempotencyRecord(
            owner=self.owner,
            route=self.route,
            key=self.key,
            fingerprint=self.fingerprint,
            created_at=timezone.now(),
            **more,
        )

    def recall(self) -> None:
        """Find the answer of an earlier call. Raises KeyReused when that call had another body."""
        record = row_where(
            IdempotencyRecord,
            "t.owner = %(owner)s AND t.route = %(route)s AND t.key = %(key)s",
            {"owner": self.owner, "route": self.route, "key": self.key},
        )
        if record is None:
            return
        if not hmac.compare_digest(record.fingerprint, self.fingerprint):
            raise KeyReused(_("This Idempotency-Key was used for another request."))
        if not record.status:
            self.begun = record
            return
        self.answer = HttpResponse(
            record.body,
            status=record.status,
            content_type="application/json",
            headers={"Idempotent-Replayed": "true"},
        )

    @property
    def lock(self) -> int:
        digest = hashlib.sha256(f"{self.owner}|{self.route}|{self.key}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)


@contextmanager
def once(request, *, body: bytes | None = None) -> Iterator[Attempt]:
    """
    Hold the caller's Idempotency-Key while the view works; see the module.

    `body` stands for a body that is not to be read whole into memory, such as the digest of a file.

    Raises InvalidKey, KeyReused (422), StillRunning (409).
    """
    attempt = _attempt(request, body)
    if not attempt.key:
        yield attempt
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [attempt.lock])
        if not cursor.fetchone()[0]:
            raise StillRunning(_("This request is still being worked on."), retry_after=1)
    try:
        attempt.recall()
        yield attempt
    finally:
        _let_go(attempt.lock)


def _let_go(lock: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
    except DatabaseError:
        # The lock is the session's: it ends with the connection.
        connection.close()


def idempotent(view_method):
    """Make a POST whose effect is one transaction repeatable; refusals are not stored."""

    @wraps(view_method)
    def wrapper(self, request, *args, **kwargs):
        with once(request) as attempt:
            if attempt.answer:
                return attempt.answer
            with transaction.atomic():
                return attempt.keep(view_method(self, request, *args, **kwargs))

    wrapper.is_idempotent = True
    return wrapper


def forget_old_keys(*, now: datetime) -> int:
    """Delete records older than IDEMPOTENCY_KEY_DAYS; return how many."""
    old = now - timedelta(days=settings.IDEMPOTENCY_KEY_DAYS)
    return IdempotencyRecord.objects.filter(created_at__lt=old).delete()[0]


def _attempt(request, body: bytes | None) -> Attempt:
    key = request.headers.get(HEADER, "")
    if len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise InvalidKey(_("Idempotency-Key may have at most 255 printable characters."))
    # `path_info` has lost the slash that a client may add.
    route = f"{request.method} {request._request.path_info}"
    said = request._request.body if body is None else body
    # Keyed, because the body may hold a password.
    fingerprint = hmac.new(
        settings.SECRET_KEY.encode(), f"{route}\n".encode() + said, hashlib.sha256
    ).hexdigest()
    owner = str(getattr(request.user, "code", "") or f"anonymous {client_address(request)}")
    return Attempt(owner=owner, route=route[:120], key=key, fingerprint=fingerprint)
