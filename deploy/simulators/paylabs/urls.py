from django.urls import path

from deploy.simulators.paylabs import control, wire

GATEWAY = "payment/v2.3"
ORDER = "control/orders/<str:trade_no>"

urlpatterns = [
    path(f"{GATEWAY}/qris/create", wire.call, {"kind": "create"}),
    path(f"{GATEWAY}/qris/query", wire.call, {"kind": "query"}),
    path(f"{GATEWAY}/qris/cancel", wire.call, {"kind": "cancel"}),
    path(f"{GATEWAY}/qris/refund", wire.call, {"kind": "refund"}),
    path(f"{GATEWAY}/qris/refund/query", wire.call, {"kind": "refund_query"}),
    path(f"{GATEWAY}/settlement/query", wire.call, {"kind": "settlement"}),
    path(ORDER, control.order),
    path(f"{ORDER}/pay", control.pay),
    path(f"{ORDER}/fail", control.fail),
    path(f"{ORDER}/announce", control.announce),
    path(f"{ORDER}/distort", control.distort),
    path(f"{ORDER}/callbacks", control.callbacks_of),
    path("control/callbacks/<int:number>/resend", control.resend),
    path("control/behaviours", control.behave),
    path("control/settlement", control.settle),
    path("control/reset", control.reset),
    path("health", control.health),
]
