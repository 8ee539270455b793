"""Reset links: good once and for PASSWORD_RESET_TIMEOUT seconds; page and API share them."""

from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import User


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """A token dies with the password it replaces, with any sign-in by page, and with every session."""

    def _make_hash_value(self, user, timestamp):
        return f"{super()._make_hash_value(user, timestamp)}{user.session_version}"


_generator = ResetTokenGenerator()


def make_reset_token(user: User) -> str:
    """Return `<person>-<proof>`, as it stands in the link and in the API's `resetToken`."""
    return f"{user_pk_to_url_str(user)}-{_generator.make_token(user)}"


def person_in(token: str) -> User | None:
    """Return whom a token speaks of, whether or not it is genuine."""
    try:
        pk = url_str_to_user_pk(token.partition("-")[0])
    except ValueError:
        return None
    # A number that no key can be is nobody's.
    return User.objects.filter(pk=pk).first() if pk < 2**63 else None


def is_genuine(token: str, *, user: User) -> bool:
    """Whether this token still opens this person's account."""
    return _generator.check_token(user, token.partition("-")[2])
