from django.contrib.auth.backends import ModelBackend

from accounts.models import User


class EmailBackend(ModelBackend):
    """E-mail, whatever its capitals, and password. Suspended people cannot sign in, nor go on."""

    def authenticate(self, request, username=None, password=None, email=None, **_):
        address = email or username or ""
        user = User.objects.filter(email=address).first() if address else None
        if user is None:
            # The same work as for a known address, so that the clock tells nothing.
            User().set_password(password or "")
            return None
        if user.check_password(password or "") and self.user_can_authenticate(user):
            return user
        return None
