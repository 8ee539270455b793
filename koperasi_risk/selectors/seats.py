"""Who works in which koperasi."""

from dataclasses import dataclass

from accounts.models import Organisation, User
from core.tenancy import tenant_scope
from koperasi_risk.models import TenantMembership


@dataclass(frozen=True)
class OwnKoperasi:
    """A koperasi that somebody works for, and in which roles."""

    tenant_id: int
    name: str
    roles: tuple[str, ...]


def koperasi_of(user: User) -> list[OwnKoperasi]:
    """Return every koperasi that a person works for, by name."""
    with tenant_scope(None, person_id=user.pk):
        present = TenantMembership.objects.filter(user=user, ended_at=None)
        roles = dict(present.values_list("tenant_id", "roles"))
    koperasi = Organisation.objects.filter(pk__in=roles).order_by("name", "pk")
    return [OwnKoperasi(row.pk, row.name, tuple(roles[row.pk])) for row in koperasi]
