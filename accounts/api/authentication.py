"""Who calls the API: the bearer of an access token, asked of the database on every call."""

import uuid

import structlog
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from accounts import tokens
from accounts.models import RefreshSession, User


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
        person = claims and _bearer_of(claims)
        if not person:
            raise AuthenticationFailed(_("Token is invalid or has expired"), code="token_invalid")
        structlog.contextvars.bind_contextvars(user=str(person.code))
        return person, claims

    def authenticate_header(self, request):
        return "Bearer"


def family_of(request) -> uuid.UUID:
    """Return the family of sessions that the caller's access token belongs to."""
    return uuid.UUID(request.auth["family"])


def _bearer_of(claims: dict) -> User | None:
    family = RefreshSession.objects.filter(
        user=OuterRef("pk"), family=claims["family"], revoked_at=None
    )
    return User.objects.filter(
        Exists(family), code=claims["userId"], is_active=True, session_version=claims["ver"]
    ).first()
