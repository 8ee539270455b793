"""Sales from a file, sent on a page: how it must look, and what became of earlier ones."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.models import Role
from core.api.limits import stay_within
from core.errors import Refusal
from merchants.selectors import merchant_of
from transactions.models import SalesImport
from transactions.services.import_jobs import start_import

SHOWN = 10


class ImportForm(forms.Form):
    file = forms.FileField(label=_("File of sales"), max_length=200)


@require_http_methods(["GET", "POST"])
@for_roles(Role.MERCHANT)
def import_page(request: HttpRequest) -> HttpResponse:
    """Take a file; a job reads it, and its page says how far it is."""
    merchant = merchant_of(request.user)
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        stay_within(scope="heavy", caller=str(request.user.code))
        form = ImportForm(request.POST, request.FILES)
        if job := _started(form, merchant, by=request.user):
            return redirect("jobs:detail", job.code)
        status = 400
    context = {
        "merchant": merchant,
        "form": form,
        "imports": SalesImport.objects.filter(merchant=merchant).order_by("-started_at")[:SHOWN],
    }
    return render(request, "transactions/import.html", context, status=status)


def _started(form: ImportForm, merchant, *, by):
    if not form.is_valid():
        return None
    try:
        return start_import(
            merchant=merchant, file=form.cleaned_data["file"], by=by, now=timezone.now()
        )
    except Refusal as refusal:
        form.add_error("file", refusal.message)
        return None
