"""
The tokens of the API: what they claim, how they are signed and read.

Access and refresh tokens are signed with different secrets, so that neither passes for the other.
A refresh token's id is derived from its parent's, so the same row always gives the same token and
none is ever stored.
"""

import hmac
import uuid
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import datetime_to_epoch

from accounts.models import RefreshSession, Role, User

# How far the clocks of our own servers may differ.
LEEWAY_SECONDS = 5
# How roles are called on the wire.
ROLE_WORDS = {role: role.lower() for role in Role.values}


def _signed_with(secret: str) -> TokenBackend:
    return TokenBackend("HS256", secret, audience=api_settings.AUDIENCE, issuer=api_settings.ISSUER)


class AccessToken(Token):
    token_type = "access"  # noqa: S105
    lifetime = api_settings.ACCESS_TOKEN_LIFETIME
    _token_backend = _signed_with(settings.JWT_ACCESS_TOKEN_SECRET)


class RefreshToken(Token):
    token_type = "refresh"  # noqa: S105
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME
    _token_backend = _signed_with(settings.JWT_REFRESH_TOKEN_SECRET)


def new_jti() -> str:
    return uuid.uuid4().hex


def child_jti(jti: str) -> str:
    """Return the id of the token that this one is traded for; only we can compute it."""
    secret = settings.JWT_REFRESH_TOKEN_SECRET.encode()
    return hmac.digest(secret, f"child of {jti}".encode(), sha256)[:16].hex()


def jti_hash(jti: str) -> str:
    return sha256(jti.encode()).hexdigest()


def write_access(*, user: User, family: uuid.UUID, now: datetime) -> str:
    """Sign what the bearer may claim for the next minutes: who, in which role, in which family."""
    token = AccessToken()
    token.set_iat(at_time=now)
    token.set_exp(from_time=now)
    token.payload |= {
        "userId": str(user.code),
        "email": user.email,
        "companyName": user.company_name,
        "role": ROLE_WORDS[user.role],
        "ver": user.session_version,
        "family": str(family),
    }
    return str(token)


def write_refresh(*, user: User, session: RefreshSession, jti: str) -> str:
    """Sign the refresh token of a row; the same row and id give the same bytes."""
    token = RefreshToken()
    token.payload = {
        "token_type": "refresh",
        "userId": str(user.code),
        "jti": jti,
        "iat": datetime_to_epoch(session.issued_at),
        "exp": datetime_to_epoch(session.expires_at),
    }
    return str(token)


def read_access(text: str) -> dict | None:
    """Return the claims of a genuine, unexpired access token, otherwise None."""
    return _read(AccessToken, text)


def read_refresh(text: str) -> dict | None:
    """Return the claims of a genuine, unexpired refresh token, otherwise None."""
    return _read(RefreshToken, text)


def _read(kind: type[Token], text: str) -> dict | None:
    try:
        return kind(text).payload
    except TokenError:
        return None
