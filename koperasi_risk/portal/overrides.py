"""People decide otherwise than the engine: what waits, what counts, what is over; asking and deciding."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.services.confirmation import WrongPassword, confirm_person, is_confirmed
from core.api.limits import stay_within
from core.errors import Refusal
from core.portal.fields import DayField
from core.portal.forms import FallibleForm
from core.request_context import client_address
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.models import DecisionOverride, RiskResult, TenantRole
from koperasi_risk.portal.member_page.frame import ASKERS, frame
from koperasi_risk.portal.words import DECISIONS, STANDINGS
from koperasi_risk.selectors.members import member_of
from koperasi_risk.selectors.overrides import (
    ACTIVE,
    OUTGROWN,
    overrides_page,
    standing_of,
)
from koperasi_risk.services.overrides import (
    MAX_DAYS,
    MAX_NOTE,
    MIN_NOTE,
    ask_override,
    decide_override,
    end_override,
    withdraw_override,
)

State = DecisionOverride.State
WAITING = State.WAITING
ROWS = 20


class AskForm(FallibleForm):
    FIELDS = {
        "went_to": "menjadi",
        "reason_code": "alasan",
        "note": "catatan",
        "valid_until": "sampai",
    }

    menjadi = forms.ChoiceField(label=gettext_lazy("Decide instead"))
    alasan = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=DecisionOverride.Reason.choices
    )
    catatan = forms.CharField(label=gettext_lazy("Note"), min_length=MIN_NOTE, max_length=MAX_NOTE)
    sampai = DayField(label=gettext_lazy("Valid until"))

    def __init__(self, data=None, *, result: RiskResult, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["menjadi"].choices = [
            (key, label) for key, label in DECISIONS.items() if key != result.decision
        ]


class DecideForm(FallibleForm):
    FIELDS = {"note": "catatan"}

    catatan = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)
    sandi = forms.CharField(
        label=gettext_lazy("Your password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput,
    )


class EndForm(FallibleForm):
    FIELDS = {"why": "alasan"}

    alasan = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@require_GET
@for_seats(*STAFF)
def overrides(request: HttpRequest) -> HttpResponse:
    """Overrides by how they stand; those that wait come first."""
    state = request.GET.get("status", "")
    return _page(request, state if state in STANDINGS else WAITING)


def _page(
    request: HttpRequest, state: str, *, status: int = 200, refused: tuple | None = None
) -> HttpResponse:
    seat, now = request.seat, timezone.now()
    today = seat.tenant.today(now)
    cursor = request.GET.get("setelah", "")
    before = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 18 else None
    page = overrides_page(seat.tenant, today=today, state=state, before=before, limit=ROWS)
    context = {
        "page": page,
        "rows": [_row(request, each, refused, today=today) for each in page.overrides],
        "state": state,
        "tabs": _tabs(state),
        "query": f"status={state}",
        "cursor": "" if before is None else cursor,
        "is_confirmed": is_confirmed(request, now=now),
    }
    return render(request, "koperasi_risk/overrides/list.html", context, status=status)


def _row(request: HttpRequest, override: DecisionOverride, refused, *, today) -> dict:
    """Return an override with what this person may do about it."""
    seat, is_own = request.seat, override.maker_id == request.user.pk
    standing = standing_of(override, today=today)
    form = refused[1] if refused and refused[0] == override.code else None
    return {
        "override": override,
        "standing": standing,
        "is_outgrown": standing == OUTGROWN,
        "form": form,
        "decide": standing == WAITING and not is_own and seat.has(TenantRole.BOARD),
        "withdraw": standing == WAITING and is_own,
        "end": standing in (ACTIVE, OUTGROWN) and seat.has(*ASKERS),
        "decide_form": form if isinstance(form, DecideForm) else DecideForm(),
        "end_form": form if isinstance(form, EndForm) else EndForm(),
    }


def _tabs(current: str) -> list[dict]:
    return [
        {"label": label, "url": f"?status={key}", "is_current": key == current}
        for key, label in STANDINGS.items()
    ]


# ── Asking ─────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@for_seats(*ASKERS, visits=False)
def ask(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Ask the board to decide otherwise about a member, for at most 90 days."""
    now = timezone.now()
    member = member_of(request.seat.tenant, code)
    context = frame(request, member, tab="", now=now)
    if context["result"] is None:
        messages.info(request, _("Score the member first: there is no decision to override."))
        return redirect("koperasi_risk:member", code)
    typed = request.POST if request.method == "POST" else None
    form = AskForm(typed, result=context["result"])
    status = 200
    if request.method == "POST":
        stay_within(scope="write", caller=str(request.user.code))
        status = _asked(request, member, form, now=now)
        if not status:
            messages.success(request, _("The board was asked. Nothing changes until it decides."))
            return redirect("koperasi_risk:member", code)
    context |= {"form": form, "latest": context["tenant"].today(now) + timedelta(days=MAX_DAYS)}
    return render(request, "koperasi_risk/overrides/ask.html", context, status=status)


def _asked(request: HttpRequest, member, form: AskForm, *, now: datetime) -> int:
    """Ask; return 0, or the status under which the form is shown again."""
    if not form.is_valid():
        return 400
    typed = form.cleaned_data
    try:
        ask_override(
            tenant=request.seat.tenant,
            member_id=member.pk,
            went_to=typed["menjadi"],
            reason_code=typed["alasan"],
            note=typed["catatan"],
            valid_until=typed["sampai"],
            by=request.user,
            now=now,
        )
    except Refusal as refusal:
        form.show(refusal)
        return refusal.status
    return 0


# ── Deciding, withdrawing, ending ──────────────────────────────────────────────────────


@sensitive_post_parameters("sandi")
@require_POST
@for_seats(TenantRole.BOARD, visits=False)
def decide(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Agree or not; the person's password comes first, for nobody takes this back."""
    is_approved = request.POST.get("putusan") == "setujui"

    def act(form: DecideForm, now: datetime) -> str:
        _confirm(request, form, now=now)
        decide_override(
            tenant=request.seat.tenant,
            code=code,
            approve=is_approved,
            by=request.user,
            note=form.cleaned_data["catatan"],
            now=now,
        )
        return _("The override counts from now on.") if is_approved else _("You did not agree.")

    return _done(request, code, DecideForm(request.POST), act, state=WAITING)


@require_POST
@for_seats(*ASKERS, visits=False)
def withdraw(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Take back what one asked for."""

    def act(_form, now: datetime) -> str:
        withdraw_override(tenant=request.seat.tenant, code=code, by=request.user, now=now)
        return _("You took it back.")

    return _done(request, code, FallibleForm(request.POST), act, state=WAITING)


@require_POST
@for_seats(*ASKERS, visits=False)
def end(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Let the engine decide again before the override's day."""

    def act(form: EndForm, now: datetime) -> str:
        end_override(
            tenant=request.seat.tenant,
            code=code,
            by=request.user,
            why=form.cleaned_data["alasan"],
            now=now,
        )
        return _("The engine decides again.")

    return _done(request, code, EndForm(request.POST), act, state=ACTIVE)


def _done(
    request: HttpRequest,
    code: uuid.UUID,
    form: FallibleForm,
    act: Callable[[FallibleForm, datetime], str],
    *,
    state: str,
) -> HttpResponse:
    """Do it and lead back to the list; a refusal stands beside the override it is of."""
    stay_within(scope="write", caller=str(request.user.code))
    status = 400
    if form.is_valid():
        try:
            messages.success(request, act(form, timezone.now()))
            return redirect("koperasi_risk:overrides")
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            if isinstance(refusal, WrongPassword):
                form.add_error("sandi", refusal.message)
            else:
                form.show(refusal)
                messages.error(request, refusal.message)
            status = refusal.status
    return _page(request, state, status=status, refused=(code, form))


def _confirm(request: HttpRequest, form: DecideForm, *, now: datetime) -> None:
    if is_confirmed(request, now=now):
        return
    password = form.cleaned_data["sandi"]
    if not password:
        raise WrongPassword(_("Please enter your password to confirm that it is you."))
    confirm_person(request=request, password=password, address=client_address(request), now=now)
