"""In which of their koperasi somebody works now."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.models import Organisation, Role
from core.errors import NotFound
from koperasi_risk.access import memberships_of
from koperasi_risk.middleware import CHOSEN
from koperasi_risk.models import TenantRole


@require_http_methods(["GET", "POST"])
@for_roles(Role.KOPERASI_STAFF)
def choose(request: HttpRequest) -> HttpResponse:
    """The koperasi somebody belongs to, and in which roles; one of them is in use."""
    memberships = {row.tenant_id: row for row in memberships_of(request.user)}
    koperasi = Organisation.objects.filter(pk__in=memberships).order_by("name", "pk")
    if request.method == "POST":
        return _chosen(request, koperasi)
    rows = [
        {
            "organisation": organisation,
            "roles": [TenantRole(role).label for role in memberships[organisation.pk].roles],
            "is_current": request.seat is not None and request.seat.tenant.pk == organisation.pk,
        }
        for organisation in koperasi
    ]
    return render(request, "koperasi_risk/choose.html", {"rows": rows})


def _chosen(request: HttpRequest, koperasi) -> HttpResponse:
    organisation = koperasi.filter(code=request.POST.get("koperasi", "")).first()
    if organisation is None:
        raise NotFound()
    request.session[CHOSEN] = organisation.pk
    messages.success(request, _("You work in %(name)s now.") % {"name": organisation.name})
    return redirect("koperasi_risk:home")
