"""One member: score and reasons, loans and savings, history; scored anew when somebody asks."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core import audit
from core.api.limits import stay_within
from core.request_context import client_address
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.portal.member_page import books, history, summary
from koperasi_risk.portal.member_page.frame import SCORERS, frame
from koperasi_risk.selectors.members import member_of
from koperasi_risk.services.scores import score_member

TABS = {"ringkasan": summary, "pinjaman": books, "riwayat": history}


class RevealForm(forms.Form):
    alasan = forms.CharField(
        label=gettext_lazy("Why do you need the whole number?"), min_length=5, max_length=200
    )


@require_GET
@for_seats(*STAFF)
def member(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """A member's page, in parts."""
    tab = request.GET.get("tab", "")
    return _page(request, code, tab if tab in TABS else "ringkasan", reveal=RevealForm())


def _page(
    request: HttpRequest, code: uuid.UUID, tab: str, *, status: int = 200, **more
) -> HttpResponse:
    person = member_of(request.seat.tenant, code)
    context = frame(request, person, tab=tab, now=timezone.now())
    context |= TABS[tab].context(request, person, context) | more
    return render(request, f"koperasi_risk/member/{tab}.html", context, status=status)


@require_POST
@for_seats(*SCORERS, visits=False)
def score(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Score one member from the books of now."""
    stay_within(scope="write", caller=str(request.user.code))
    tenant = request.seat.tenant
    person = member_of(tenant, code)
    score_member(tenant=tenant, member_id=person.pk, now=timezone.now())
    messages.success(request, _("%(name)s was scored anew.") % {"name": person.full_name})
    return redirect("koperasi_risk:member", code)


@never_cache
@require_POST
@for_seats(*STAFF, visits=False)
def reveal_nik(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Show a member's whole identity number once; who looked, and why, goes on record."""
    stay_within(scope="write", caller=str(request.user.code))
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, code, "ringkasan", status=400, reveal=form)
    person = member_of(request.seat.tenant, code)
    audit.record(
        "member.nik_revealed",
        now=timezone.now(),
        by=request.user,
        subject=person,
        reason=form.cleaned_data["alasan"],
        address=client_address(request),
    )
    return _page(request, code, "ringkasan", reveal=RevealForm(), revealed=person.nik)
