from datetime import datetime, timedelta

from django.contrib import admin, messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.admin import ReasonForm
from core.backoffice import Answer, EndlessDesk, morning
from core.errors import Refusal
from core.formats import rupiah
from transactions.admin.states import ShowsState
from transactions.models import Refund
from transactions.services.refund_desk import confirm_refund, decline_refund

# The gateway answers at once, or after some minutes of work.
STUCK_AFTER = timedelta(hours=1)


@morning
def do_customers_wait_for_refunds(now: datetime) -> Answer:
    asked_for = Refund.objects.filter(status=Refund.Status.REQUESTED)
    count = asked_for.filter(requested_at__lt=now - STUCK_AFTER).count()
    return Answer(
        question=_("Do customers wait for refunds?"),
        figure=intcomma(count),
        note=_("refunds were asked for more than an hour ago and are still open"),
        url=reverse("admin:transactions_refund_changelist") + "?status__exact=REQUESTED",
        tone="warn" if count else "ok",
    )


@admin.register(Refund)
class RefundAdmin(ShowsState, EndlessDesk):
    """What is given back; a refund that got stuck is closed here by hand."""

    list_display = [
        "transaction",
        "shown_amount",
        "reason",
        "state",
        "requested_at",
        "processed_at",
    ]
    list_filter = ["status"]
    list_select_related = ["transaction"]
    search_fields = ["transaction__code__exact"]
    search_help_text = gettext_lazy("The whole transaction ID")
    actions_detail = ["mark_processed", "reject"]

    def get_actions_detail(self, request, object_id):
        is_open = Refund.objects.filter(pk=object_id, status=Refund.Status.REQUESTED).exists()
        return super().get_actions_detail(request, object_id) if is_open else []

    def has_close_permission(self, request, object_id=None):
        return request.user.has_perm("transactions.close_refund")

    @display(description=gettext_lazy("amount"))
    def shown_amount(self, refund):
        return rupiah(refund.amount)

    @action(
        description=gettext_lazy("Mark as processed"),
        permissions=["close"],
        icon="check_circle",
        dialog={
            "title": gettext_lazy("Did the money go back?"),
            "description": gettext_lazy(
                "The sale and the score count it as given back. The gateway is not asked any more."
            ),
            "form_class": ReasonForm,
            "form_submit_text": gettext_lazy("Mark as processed"),
        },
    )
    def mark_processed(self, request, form, object_id):
        return self._close(
            confirm_refund, request, form, object_id, said=_("The refund is marked as processed.")
        )

    @action(
        description=gettext_lazy("Reject"),
        permissions=["close"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("Reject this refund?"),
            "description": gettext_lazy(
                "Only when the gateway's own pages show that no money went back: the shop can ask "
                "for it again."
            ),
            "form_class": ReasonForm,
            "form_submit_text": gettext_lazy("Reject"),
        },
    )
    def reject(self, request, form, object_id):
        return self._close(
            decline_refund, request, form, object_id, said=_("The refund is rejected.")
        )

    def _close(self, service, request, form, object_id, *, said: str) -> HttpResponse:
        refund = self.get_object(request, object_id)
        reason = form.cleaned_data["reason"]
        try:
            service(refund=refund, by=request.user, reason=reason, now=timezone.now())
            self.message_user(request, said, messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
        page = reverse("admin:transactions_refund_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": page})
