"""Koperasi become tenants."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from core import audit
from core.errors import InvalidInput
from core.tenancy import tenant_scope
from koperasi_risk.models import Tenant


class NotAKoperasi(InvalidInput):
    code = "not_a_koperasi"
    default_message = _("Only a koperasi can be set up here.")


def found_tenant(*, organisation: Organisation, kind: str, by: User, now: datetime) -> Tenant:
    """
    Set a koperasi up with the usual settings. Repeating changes nothing; its settings stay.

    Raises NotAKoperasi, InvalidInput for a kind that there is not.
    """
    if organisation.kind != Organisation.Kind.KOPERASI:
        raise NotAKoperasi()
    if kind not in Tenant.Kind.values:
        raise InvalidInput(fields={"kind": _("There is no such kind of koperasi.")})
    with tenant_scope(organisation.pk):
        tenant, is_new = Tenant.objects.select_related("organisation").get_or_create(
            organisation=organisation, defaults={"kind": kind}
        )
        if is_new:
            audit.record("koperasi.founded", now=now, by=by, subject=organisation, kind=kind)
    return tenant
