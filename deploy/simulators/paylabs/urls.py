from django.urls import path

from deploy.simulators.paylabs import control, pages, wire

GATEWAY = "payment/v2.3"
ORDER = "control/orders/<str:trade_no>"

urlpatterns = [
    path("", pages.index, name="index"),
    path("pay/<str:trade_no>", pages.order, name="order"),
    path("pay/<str:trade_no>/act", pages.act, name="act"),
    path("pay/<str:trade_no>/qr.svg", pages.qr_code, name="qr_code"),
    path("callbacks/<int:number>/resend", pages.resend, name="resend"),
    path("settlement", pages.settlement, name="settlement"),
    path("settlement/now", pages.settle, name="settle"),
    path("trouble", pages.trouble, name="trouble"),
    path("trouble/make", pages.make_trouble, name="make_trouble"),
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
