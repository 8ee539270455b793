"""Who calls the API: the bearer of an access token, asked of the database on every call."""

import uuid

import structlog
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from accounts import tokens
from accounts.models import User
from core.rows import row_where

_BEARER = """
t.code = %(userId)s AND t.is_active AND t.session_version = %(ver)s AND EXISTS (
    SELECT FROM accounts_refreshsession
    WHERE user_id = t.id AND family = %(family)s AND revoked_at IS NULL
)
"""


class BearerAuthentication(BaseAuthentication):
    """
    `Authorization: Bearer <access token>`. One query finds the person and asks whether they are
    active, of the token's version, and whether the token's family still stands.
    """

    def authenticate(self, request):
        header = get_authorization_header(request).decode("latin-1").split()
        if len(header) < 2 or header[0].lower() != "bearer":
            return None
        claims = tokens.read_access(header[1]) if len(header) == 2 else None
        person = claims and row_where(User, _BEARER, claims)
        if not person:
            raise AuthenticationFailed(_("Token is invalid or has expired"), code="token_invalid")
        structlog.contextvars.bind_contextvars(user=str(person.code))
        return person, claims

    def authenticate_header(self, request):
        return "Bearer"


def family_of(request) -> uuid.UUID:
    """Return the family of sessions that the caller's access token belongs to."""
    return uuid.UUID(request.auth["family"])
