"""An administrator of the product looks into one koperasi: for an hour, with a reason on record."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import for_roles
from accounts.models import Organisation, Role
from core import audit
from core.request_context import client_address
from core.tenancy import tenant_scope
from koperasi_risk.middleware import VISIT
from koperasi_risk.models import Tenant
from koperasi_risk.services.tenants import found_tenant

LASTS = timedelta(minutes=60)


class VisitForm(forms.Form):
    koperasi = forms.ModelChoiceField(
        Organisation.objects.filter(kind=Organisation.Kind.KOPERASI).order_by("name", "pk"),
        to_field_name="code",
        label=gettext_lazy("Koperasi"),
        empty_label=gettext_lazy("Choose a koperasi"),
    )
    alasan = forms.CharField(label=gettext_lazy("Reason"), min_length=10, max_length=300)
    jenis = forms.ChoiceField(
        label=gettext_lazy("Set it up as"),
        required=False,
        choices=[("", gettext_lazy("It is set up already")), *Tenant.Kind.choices],
    )

    def clean(self):
        organisation = self.cleaned_data.get("koperasi")
        if organisation and not self.cleaned_data.get("jenis") and not _is_founded(organisation):
            self.add_error(
                "jenis", _("This koperasi is not set up yet. Choose what kind of koperasi it is.")
            )


def _is_founded(organisation: Organisation) -> bool:
    with tenant_scope(organisation.pk):
        return Tenant.objects.filter(pk=organisation.pk).exists()


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMIN)
def visit(request: HttpRequest) -> HttpResponse:
    """Ask which koperasi and why; open its pages for an hour."""
    form = VisitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _begun(request, form.cleaned_data, now=timezone.now())
    status = 400 if form.errors else 200
    return render(request, "koperasi_risk/visit.html", {"form": form}, status=status)


def _begun(request: HttpRequest, typed: dict, *, now: datetime) -> HttpResponse:
    organisation = typed["koperasi"]
    if typed["jenis"]:
        found_tenant(organisation=organisation, kind=typed["jenis"], by=request.user, now=now)
    until = now + LASTS
    audit.record(
        "koperasi.visited",
        now=now,
        by=request.user,
        subject=organisation,
        reason=typed["alasan"],
        address=client_address(request),
        until=until.isoformat(),
    )
    request.session[VISIT] = {"tenant": organisation.pk, "until": until.isoformat()}
    return redirect("koperasi_risk:home")


@require_POST
@for_roles(Role.ADMIN)
def end_visit(request: HttpRequest) -> HttpResponse:
    """Close a koperasi's pages before the hour is over. Repeating changes nothing."""
    if request.session.pop(VISIT, None) and request.seat:
        audit.record(
            "koperasi.visit_ended",
            now=timezone.now(),
            by=request.user,
            subject=request.seat.tenant.organisation,
        )
        messages.success(request, _("The visit has ended."))
    return redirect("koperasi_risk:visit")
