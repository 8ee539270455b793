"""The koperasi that a command works on."""

from django.core.management.base import CommandError

from core.tenancy import tenant_scope
from koperasi_risk.models import Tenant, tenant_ids


def add_tenant_argument(parser) -> None:
    parser.add_argument("--tenant", default="", metavar="CODE", help="only this koperasi")


def chosen_tenants(code: str) -> list[Tenant]:
    """Return the koperasi of this code, or every one that was set up. Raises CommandError for none."""
    tenants = []
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            tenants += Tenant.objects.filter(pk=tenant_id).select_related("organisation")
    chosen = [tenant for tenant in tenants if code in ("", tenant.organisation.code)]
    if code and not chosen:
        raise CommandError(f"no koperasi has the code {code}")
    return chosen
