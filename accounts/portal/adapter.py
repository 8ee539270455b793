"""Sign-in by page: allauth's forms and second factor around our own way in."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.api.sign_in import ChallengeRequired, admit, caller_of, record_entry
from accounts.services.sign_in import SignInRefused
from core.api.limits import stay_within
from core.errors import TooManyAttempts


class AccountAdapter(DefaultAccountAdapter):
    """The sign-in pages' decisions: the same as the API's."""

    def is_open_for_signup(self, request):
        # Merchants register on our own page.
        return False

    def authenticate(self, request, **credentials):
        """Return who may enter, or None; the form shows a lock-out or challenge in its own words."""
        email, password = credentials.get("email") or "", credentials.get("password") or ""
        try:
            check_limit(request, "sign_in")
            return admit(request=request, email=email, password=password, now=timezone.now())
        except SignInRefused:
            return None
        except (TooManyAttempts, ChallengeRequired) as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from refusal

    def reauthenticate(self, user, password):
        return self.authenticate(self.request, email=user.email, password=password) == user

    def login(self, request, user):
        """The last step, after a second factor where there is one."""
        super().login(request, user)
        record_entry(user=user, request=request, way="page", now=timezone.now())

    def get_client_ip(self, request):
        return caller_of(request).address


def check_limit(request, scope: str) -> None:
    """Count one knock of this address. Raises TooManyAttempts with the seconds to wait."""
    stay_within(scope=scope, caller=caller_of(request).address)
