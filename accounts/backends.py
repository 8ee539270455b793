from django.contrib.auth.backends import ModelBackend

from accounts.models import BACK_OFFICE_ROLES, Role, User

# Besides looking at everything.
OPERATORS_MAY = frozenset(
    {"accounts.suspend_user", "scoring.recalculate_all", "transactions.close_refund"}
)


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

    def has_perm(self, user_obj, perm, obj=None):
        """
        In the back office administrators may do everything; operators see it, and do a few things.

        Nothing of this opens a koperasi's rows, nor do its people have any of it: their seat decides.
        """
        if not user_obj.is_active or user_obj.role not in BACK_OFFICE_ROLES:
            return False
        permission = perm.partition(".")[2]
        return (
            user_obj.role == Role.ADMIN or permission.startswith("view_") or perm in OPERATORS_MAY
        )

    def has_module_perms(self, user_obj, app_label):
        return user_obj.is_active and user_obj.role in BACK_OFFICE_ROLES
