from datetime import datetime, timedelta

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.backoffice import Answer, EndlessDesk, ReadOnlyDesk, ReadOnlyInline, morning
from core.dates import business_day
from core.formats import rupiah
from transactions.admin.states import ShowsState
from transactions.models import DailyTotal, Refund, RefusedRow, SalesImport, Transaction


@morning
def what_was_sold_today(now: datetime) -> Answer:
    sold = DailyTotal.objects.filter(day=business_day(now)).aggregate(
        count=Sum("paid_count", default=0),
        amount=Sum(F("paid_amount") - F("refunded_amount"), default=0),
    )
    return Answer(
        question=_("What was sold today?"),
        figure=rupiah(sold["amount"]),
        note=_("%(count)s paid sales") % {"count": intcomma(sold["count"])},
        url=reverse("admin:transactions_transaction_changelist"),
    )


@morning
def did_imports_go_well(now: datetime) -> Answer:
    week = SalesImport.objects.filter(started_at__gte=now - timedelta(days=7))
    refused = week.aggregate(rows=Sum("rows_refused", default=0))["rows"]
    failed = week.filter(status=SalesImport.Status.FAILED).count()
    return Answer(
        question=_("Were rows of imported files refused this week?"),
        figure=intcomma(refused),
        note=_("%(failed)s of %(total)s imports failed")
        % {"failed": failed, "total": week.count()},
        url=reverse("admin:transactions_salesimport_changelist"),
        tone="warn" if refused or failed else "ok",
    )


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ["code", "amount", "reason", "status", "requested_at", "processed_at"]
    readonly_fields = ["code"]


@admin.register(Transaction)
class TransactionAdmin(ShowsState, EndlessDesk):
    """Sales, newest first. Found by their whole id: the table may hold tens of millions."""

    list_display = ["short_code", "merchant", "shown_amount", "method", "state", "occurred_at"]
    list_select_related = ["merchant"]
    search_fields = ["code__exact"]
    search_help_text = gettext_lazy("The whole transaction ID")
    inlines = [RefundInline]

    @display(description=gettext_lazy("transaction ID"))
    def short_code(self, sale):
        return f"{sale.code[:12]}…"

    @display(description=gettext_lazy("amount"))
    def shown_amount(self, sale):
        return rupiah(sale.amount)


@admin.register(DailyTotal)
class DailyTotalAdmin(EndlessDesk):
    """What each merchant sold on each business day."""

    list_display = ["day", "merchant", "paid_count", "paid", "refunded", "waiting_count"]
    list_select_related = ["merchant"]
    search_fields = ["merchant__code__exact"]
    search_help_text = gettext_lazy("Merchant ID")

    @display(description=gettext_lazy("paid amount"))
    def paid(self, total):
        return rupiah(total.paid_amount)

    @display(description=gettext_lazy("refunded amount"))
    def refunded(self, total):
        return rupiah(total.refunded_amount)


@admin.register(SalesImport)
class SalesImportAdmin(ShowsState, ReadOnlyDesk):
    """Which files were read, and what of them was refused."""

    list_display = ["file_name", "merchant", "state", "rows_added", "rows_refused", "started_at"]
    list_filter = ["status"]
    list_select_related = ["merchant"]
    search_fields = ["file_name", "merchant__code__exact"]
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-pk"]


@admin.register(RefusedRow)
class RefusedRowAdmin(EndlessDesk):
    """Every line that could not become a sale, and why."""

    list_display = ["sales_import", "line", "reason_code", "detail"]
    list_select_related = ["sales_import"]
    list_filter = [("sales_import", admin.RelatedOnlyFieldListFilter)]
