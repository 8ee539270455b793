"""The koperasi's first page: what needs somebody today. And everybody's scores anew."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import Role
from banking.wording import COLLECTABILITY
from core.api.limits import stay_within
from core.jobs import UNFINISHED, jobs_of
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.models import TenantRole
from koperasi_risk.portal.words import DECISIONS, loan_words
from koperasi_risk.selectors.desk import Desk, desk_of, newly_worse
from koperasi_risk.services.scores import KIND, start_rescore


@require_GET
@for_roles(Role.KOPERASI_STAFF, Role.ADMIN)
def home(request: HttpRequest) -> HttpResponse:
    """How the koperasi stands; a kind word for whoever has no place in one."""
    seat, now = request.seat, timezone.now()
    if seat is None or not (seat.is_visit or seat.has(*STAFF)):
        return _without_seat(request)
    desk = desk_of(seat.tenant, today=seat.tenant.today(now))
    worse, worse_count = newly_worse(seat.tenant, now=now)
    context = {
        "tenant": seat.tenant,
        "words": loan_words(seat.tenant),
        "desk": desk,
        "tiles": _tiles(desk),
        "classes": _classes(desk),
        "worse": worse,
        "worse_count": worse_count,
        "may_rescore": seat.has(TenantRole.RISK_MANAGER),
        "may_rule": seat.is_visit or seat.has(TenantRole.RISK_MANAGER, TenantRole.BOARD),
        "job": jobs_of(request.user).filter(**_rescoring(seat.tenant)).first(),
        "now": now,
    }
    return render(request, "koperasi_risk/home.html", context)


def _without_seat(request: HttpRequest) -> HttpResponse:
    if request.user.role == Role.ADMIN:
        raise PermissionDenied
    return render(request, "koperasi_risk/no_seat.html")


def _rescoring(tenant) -> dict:
    return {"kind": KIND, "state__in": UNFINISHED, "parameters__tenant_id": tenant.pk}


def _tiles(desk: Desk) -> list[dict]:
    address = reverse("koperasi_risk:members")
    decided = [
        {"label": label, "value": desk.decisions[key], "url": f"{address}?keputusan={key}"}
        for key, label in DECISIONS.items()
    ]
    return [
        *decided,
        {
            "label": _("To be scored anew"),
            "value": desk.stale,
            "url": f"{address}?tanda=basi",
            "tone": "warn" if desk.stale else "",
        },
        {
            "label": _("Not scored yet"),
            "value": desk.not_scored,
            "url": f"{address}?keputusan=NONE",
            "tone": "warn" if desk.not_scored else "",
        },
    ]


def _classes(desk: Desk) -> list[dict]:
    address, owing = reverse("koperasi_risk:members"), sum(desk.classes.values())
    return [
        {
            "label": f"{level} {label}",
            "url": f"{address}?kolektibilitas={level}",
            "count": desk.classes.get(level, 0),
            "amount": desk.outstanding.get(level, 0),
            "share": 100 * desk.classes.get(level, 0) / owing,
        }
        for level, label in COLLECTABILITY.items()
        if owing
    ]


@require_POST
@for_seats(TenantRole.RISK_MANAGER, visits=False)
def rescore(request: HttpRequest) -> HttpResponse:
    """Score every member of the koperasi anew, as a job; one of one's own at a time is enough."""
    stay_within(scope="heavy", caller=str(request.user.code))
    tenant, now = request.seat.tenant, timezone.now()
    job = jobs_of(request.user).filter(**_rescoring(tenant)).first()
    if job is None:
        job = start_rescore(tenant=tenant, by=request.user, now=now)
    else:
        messages.info(request, _("All members are being scored anew already."))
    return redirect("jobs:detail", job.code)
