"""
What tests and the demo drive the simulator with: JSON in, JSON out, the same functions as the pages'.

    POST /control/orders/NO/pay          {"issuer": "OVO", …faults}
    POST /control/orders/NO/fail         {…faults}
    POST /control/orders/NO/announce     {"status": "09", …faults}      the order stays as it is
    POST /control/orders/NO/distort      {"missing": true} or fields    its settlement row
    GET  /control/orders/NO              the order
    GET  /control/orders/NO/callbacks    its callbacks, each with its sendings
    POST /control/callbacks/ID/resend
    POST /control/behaviours             {"create": {"mode": "slow", "seconds": 3, "times": 1}}
    POST /control/settlement             settles everything paid until now
    POST /control/reset                  forgets everything

A refusal is 404 or 409, a mistake 400, each with {"error", "message"}. Nobody signs in: POSTs must be
JSON, which pages of other sites cannot send.
"""

import functools
import json
from datetime import UTC, datetime

from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from deploy.simulators.paylabs import behaviours, callbacks, orders, store
from deploy.simulators.paylabs.callbacks import moment, rupiah
from deploy.simulators.paylabs.faults import Faults, UnknownFault
from deploy.simulators.paylabs.orders import Order, Refusal
from deploy.simulators.paylabs.sender import sender


def _answering(view):
    """Turn what a view returns, or the refusal it meets, into JSON."""

    @functools.wraps(view)
    def answer(request, **arguments):
        try:
            return JsonResponse(view(request, **arguments))
        except Refusal as refusal:
            status = 404 if refusal.code == "OrderNotFound" else 409
            return JsonResponse({"error": refusal.code, "message": refusal.text}, status=status)
        except (UnknownFault, behaviours.UnknownBehaviour, TypeError, ValueError) as mistake:
            return JsonResponse({"error": "Mistake", "message": str(mistake)}, status=400)

    return answer


def _told(view):
    """A POST of a JSON object, which the view gets as its second argument."""

    @csrf_exempt
    @require_POST
    @_answering
    @functools.wraps(view)
    def answer(request, **arguments):
        if request.content_type != "application/json":
            raise ValueError("Send application/json.")
        values = json.loads(request.body or b"{}")
        if not isinstance(values, dict):
            raise ValueError("Send a JSON object.")
        return view(request, values, **arguments)

    return answer


def _asked(view):
    return require_safe(_answering(view))


# ── Orders ─────────────────────────────────────────────────────────────────────────────
@_told
def pay(_request, values, trade_no):
    issuer = values.pop("issuer", orders.ISSUERS[0])
    paid = orders.pay(trade_no=trade_no, issuer=issuer, faults=Faults.read(values), now=_now())
    sender.nudge()
    return _order(paid)


@_told
def fail(_request, values, trade_no):
    failed = orders.fail(trade_no=trade_no, faults=Faults.read(values), now=_now())
    sender.nudge()
    return _order(failed)


@_told
def announce(_request, values, trade_no):
    status = values.pop("status", orders.PAID)
    orders.announce(trade_no=trade_no, status=status, faults=Faults.read(values), now=_now())
    sender.nudge()
    return _order(orders.order(trade_no))


@_told
def distort(_request, values, trade_no):
    orders.distort(trade_no=trade_no, changes=values)
    return _order(orders.order(trade_no))


@_asked
def order(_request, trade_no):
    return _order(orders.order(trade_no))


def _order(found: Order) -> dict:
    return {
        "merchantTradeNo": found.trade_no,
        "platformTradeNo": found.platform_trade_no,
        "amount": rupiah(found.amount),
        "productName": found.product_name,
        "notifyUrl": found.notify_url,
        "status": found.status_at(_now()),
        "qrCode": found.qr_code,
        "qrisUrl": found.pay_url,
        "createTime": moment(found.created_at),
        "expiredTime": moment(found.expires_at),
        "settlementTime": moment(found.settles_at) if found.settles_at else None,
        "refundedAmount": rupiah(found.refunded),
        "refunds": [_refund(each) for each in orders.refunds_of(found.trade_no)],
        **callbacks.payment_fields(found),
    }


def _refund(refund: orders.Refund) -> dict:
    return {
        "refundNo": refund.refund_no,
        "refundAmount": rupiah(refund.amount),
        "reason": refund.reason,
        "status": refund.status_at(_now()),
    }


# ── Callbacks ──────────────────────────────────────────────────────────────────────────
@_asked
def callbacks_of(_request, trade_no):
    orders.order(trade_no)
    return {"callbacks": [_callback(each) for each in callbacks.callbacks_of(trade_no)]}


def _callback(mine: callbacks.Callback) -> dict:
    return {
        "id": mine.id,
        "status": mine.status,
        "state": mine.state,
        "faults": json.loads(mine.faults),
        "sendings": [
            {
                "sentTime": moment(each["sent_at"]),
                "seconds": each["seconds"],
                "body": each["body"],
                "httpStatus": each["http_status"],
                "answer": each["answer"],
                "problem": each["problem"],
            }
            for each in callbacks.sendings_of(mine.id)
        ],
    }


@_told
def resend(_request, _values, number):
    if not callbacks.send_again(number, now=_now()):
        raise ValueError(f"There is no callback {number}.")
    sender.nudge()
    return {"id": number}


# ── Everything ─────────────────────────────────────────────────────────────────────────
@_told
def behave(_request, values):
    for kind, wanted in values.items():
        behaviours.order(kind, **(wanted or {"mode": ""}))
    return {"behaviours": behaviours.ordered()}


@_told
def settle(_request, _values):
    return {"settled": orders.settle_now(_now())}


@_told
def reset(_request, _values):
    store.forget_everything()
    behaviours.release()
    return {"orders": 0}


@_asked
def health(_request):
    return {"orders": store.row("SELECT COUNT(*) AS n FROM orders")["n"]}


def _now() -> datetime:
    return datetime.now(UTC)
