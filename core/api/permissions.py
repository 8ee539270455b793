"""Who may call what: by role, read from the user row."""

from rest_framework.permissions import BasePermission


def role_in(*roles: str) -> type[BasePermission]:
    """Return a permission class that lets these roles in; others get 403, strangers 401."""

    class RoleIn(BasePermission):
        allowed = frozenset(roles)

        def has_permission(self, request, view) -> bool:
            return bool(
                request.user and request.user.is_authenticated and request.user.role in self.allowed
            )

    return RoleIn
