"""Who works for a koperasi, and in which roles: set by an administrator of the product on a visit."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core import audit
from core.errors import InvalidInput, NotFound
from koperasi_risk.models import Tenant, TenantMembership, TenantRole


class MembershipNotFound(NotFound):
    code = "membership_not_found"


class NotStaff(InvalidInput):
    """Somebody of another role, or nobody: a koperasi's people sign in as koperasi staff."""

    code = "not_koperasi_staff"


@transaction.atomic
def save_membership(
    *, tenant: Tenant, person: User, roles: Iterable[str], by: User, now: datetime
) -> TenantMembership:
    """
    Give somebody these roles in a koperasi, instead of those before; who had ended begins again.

    Repeating changes nothing. Raises NotStaff, InvalidInput for no role or one that there is not.
    """
    wanted = _checked(roles)
    if person.role != Role.KOPERASI_STAFF:
        raise NotStaff(_("Only koperasi staff can work for a koperasi."))
    memberships = TenantMembership.objects.of(tenant).select_for_update(of=("self",))
    membership = memberships.filter(user=person).first()
    if membership is None:
        membership = TenantMembership(tenant=tenant, user=person)
    was = [] if membership.ended_at else list(membership.roles)
    if membership.pk and was == wanted:
        return membership
    membership.roles, membership.ended_at = wanted, None
    membership.save()
    _record("koperasi.membership_set", membership, by=by, now=now, roles=[was, wanted])
    return membership


@transaction.atomic
def end_membership(
    *, tenant: Tenant, membership_id: int, by: User, now: datetime, why: str
) -> TenantMembership:
    """End somebody's work for a koperasi, at once. Repeating changes nothing. Raises MembershipNotFound."""
    memberships = TenantMembership.objects.of(tenant).select_for_update(of=("self",))
    membership = memberships.select_related("user").filter(pk=membership_id).first()
    if membership is None:
        raise MembershipNotFound()
    if membership.ended_at is None:
        membership.ended_at = now
        membership.save(update_fields=["ended_at"])
        _record("koperasi.membership_ended", membership, by=by, now=now, reason=why)
    return membership


def _checked(roles: Iterable[str]) -> list[str]:
    named = set(roles)
    if not named or not named <= set(TenantRole.values):
        text = _("Choose at least one role.")
        raise InvalidInput(text, fields={"roles": text})
    return [role for role in TenantRole.values if role in named]


def _record(action: str, membership: TenantMembership, *, reason: str = "", **detail) -> None:
    audit.record(
        action,
        now=detail.pop("now"),
        by=detail.pop("by"),
        subject=membership.user,
        reason=reason,
        tenant=membership.tenant_id,
        **detail,
    )
