from datetime import datetime, timedelta

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.backoffice import Answer, EndlessDesk, morning
from transactions.admin.states import STATES
from transactions.models import GatewayMismatch, GatewayOrder, PaymentEvent


@morning
def does_the_gateway_contradict_us(now: datetime) -> Answer:
    count = GatewayMismatch.objects.filter(received_at__gte=now - timedelta(days=7)).count()
    return Answer(
        question=_("Does the gateway contradict our books?"),
        figure=intcomma(count),
        note=_("reports of the last seven days that nothing followed"),
        url=reverse("admin:transactions_gatewaymismatch_changelist"),
        tone="warn" if count else "ok",
    )


@admin.register(GatewayOrder)
class GatewayOrderAdmin(EndlessDesk):
    """What the gateway was asked for, and which payments it is still asked about."""

    list_display = [
        "transaction",
        "platform_trade_no",
        "state",
        "expires_at",
        "ask_at",
        "asked_count",
    ]
    # Whoever sees the code could have it paid.
    exclude = ["qr_code", "qris_url"]
    list_filter = [("ask_at", admin.EmptyFieldListFilter)]
    list_select_related = ["transaction"]
    search_fields = ["transaction__code__exact"]
    search_help_text = gettext_lazy("The whole transaction ID")

    @display(description=gettext_lazy("status"), label=STATES)
    def state(self, order):
        return order.transaction.status, order.transaction.get_status_display()


@admin.register(PaymentEvent)
class PaymentEventAdmin(EndlessDesk):
    """Every step of QRIS payments, and who told us."""

    list_display = ["transaction", "kind", "source", "at"]
    list_select_related = ["transaction"]
    search_fields = ["transaction__code__exact"]
    search_help_text = gettext_lazy("The whole transaction ID")


@admin.register(GatewayMismatch)
class GatewayMismatchAdmin(EndlessDesk):
    """What the gateway reported and we did not believe."""

    list_display = ["trade_number", "reason", "reported", "known", "received_at"]
    list_filter = ["reason"]
    search_fields = ["trade_number__exact"]
    search_help_text = gettext_lazy("The whole transaction ID")
