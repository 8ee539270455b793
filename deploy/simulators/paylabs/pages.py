"""What a tester sees and clicks. Each button does what its path in `control` does."""

import time
from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from deploy.simulators.paylabs import behaviours, callbacks, orders, qr
from deploy.simulators.paylabs.faults import MOMENTS, Faults, UnknownFault
from deploy.simulators.paylabs.orders import Refusal
from deploy.simulators.paylabs.sender import sender
from deploy.simulators.paylabs.words import KINDS, MODES, REFUND_MODES, REFUSALS

# So long a page waits for the first answer to its callback, which usually comes at once.
PATIENCE_SECONDS = 1.5
SWITCHES = ("silent", "bad_signature", "no_signature", "old_timestamp", "reserialised", "loose")


# ── Orders ─────────────────────────────────────────────────────────────────────────────
@require_safe
def index(request):
    return render(request, "paylabs/orders.html", {"orders": orders.newest(), "now": _now()})


@require_safe
def order(request, trade_no):
    return _order_page(request, trade_no)


def _order_page(request, trade_no, *, problem="", status=200):
    found, mine = _found(trade_no), callbacks.callbacks_of(trade_no)
    context = {
        "order": found,
        "refunds": orders.refunds_of(trade_no),
        "log": [(each, callbacks.sendings_of(each.id)) for each in reversed(mine)],
        "issuers": orders.ISSUERS,
        "problem": problem,
        "now": _now(),
    }
    return render(request, "paylabs/order.html", context, status=status)


@require_safe
def qr_code(_request, trade_no):
    return HttpResponse(qr.svg(_found(trade_no).qr_code), content_type="image/svg+xml")


def _found(trade_no) -> orders.Order:
    try:
        return orders.order(trade_no)
    except Refusal as refusal:
        raise Http404(refusal.text) from None


@require_POST
def act(request, trade_no):
    """Pay, fail or announce, with the faults of the form."""
    _found(trade_no)
    try:
        _act(request.POST, trade_no)
    except Refusal as refusal:
        problem = REFUSALS.get(refusal.code, refusal.text)
        return _order_page(request, trade_no, problem=problem, status=409)
    except (UnknownFault, ValueError):
        problem = "Isi gangguan tidak dapat dibaca; periksa angka-angkanya."
        return _order_page(request, trade_no, problem=problem, status=400)
    sender.nudge()
    _wait_for_answers(trade_no)
    return redirect("order", trade_no)


def _act(form, trade_no) -> None:
    faults, now = _faults(form), _now()
    match form.get("act"):
        case "pay":
            issuer = form.get("issuer") or orders.ISSUERS[0]
            orders.pay(trade_no=trade_no, issuer=issuer, faults=faults, now=now)
        case "fail":
            orders.fail(trade_no=trade_no, faults=faults, now=now)
        case "02" | "09" as status:
            orders.announce(trade_no=trade_no, status=status, faults=faults, now=now)


def _faults(form) -> Faults:
    values = {name: name in form for name in SWITCHES}
    failed = form.get("failed", "")
    return Faults.read(
        values
        | {
            "copies": int(form.get("copies") or 1),
            "delay": float(form.get("delay") or 0),
            "failed": failed if failed in MOMENTS else "",
            "amount": form.get("amount", "").strip(),
            "merchant": form.get("merchant", "").strip(),
            "faulty_sends": int(form.get("faulty_sends") or 1),
            "retry": "retry" in form,
        }
    )


def _wait_for_answers(trade_no) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        now = _now().timestamp()
        waiting = [
            each
            for each in callbacks.callbacks_of(trade_no)
            if each.state == callbacks.WAITING and each.due_at <= now
        ]
        if not waiting:
            return
        time.sleep(0.05)


@require_POST
def resend(request, number):
    trade_no = callbacks.send_again(number, now=_now())
    if trade_no is None:
        raise Http404
    sender.nudge()
    _wait_for_answers(trade_no)
    return redirect("order", trade_no)


# ── Settlement ─────────────────────────────────────────────────────────────────────────
@require_safe
def settlement(request):
    due = orders.unsettled(_now())
    context = {
        "due": due,
        "settled": orders.settled(now=_now()),
        "amount": sum(each.amount for each in due),
        "fee": sum(each.fee for each in due),
        "net": sum(each.net for each in due),
        "days": settings.SETTLEMENT_DAYS,
        "now": _now(),
    }
    return render(request, "paylabs/settlement.html", context)


@require_POST
def settle(_request):
    orders.settle_now(_now())
    return redirect("settlement")


# ── Behaviours of the API ──────────────────────────────────────────────────────────────
@require_safe
def trouble(request):
    return _trouble_page(request)


def _trouble_page(request, *, problem="", status=200):
    ordered = behaviours.ordered()
    kinds = [
        {"kind": kind, "word": word, "modes": _modes(kind), "ordered": ordered.get(kind)}
        for kind, word in KINDS.items()
    ]
    context = {"kinds": kinds, "any": ordered, "modes": MODES, "problem": problem}
    return render(request, "paylabs/trouble.html", context, status=status)


def _modes(kind: str) -> dict[str, str]:
    return {
        mode: word for mode, word in MODES.items() if kind == "refund" or mode not in REFUND_MODES
    }


@require_POST
def make_trouble(request):
    form = request.POST
    try:
        if form.get("kind") == "all":
            for kind in behaviours.KINDS:
                behaviours.order(kind, mode="")
            behaviours.release()
        else:
            behaviours.order(
                form.get("kind", ""),
                mode=form.get("mode", ""),
                seconds=float(form["seconds"]) if form.get("seconds") else None,
                times=int(form["times"]) if form.get("times") else None,
            )
    except (behaviours.UnknownBehaviour, ValueError):
        return _trouble_page(request, problem="Isian tidak dapat dibaca.", status=400)
    return redirect("trouble")


def _now() -> datetime:
    return datetime.now(UTC)
