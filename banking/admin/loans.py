"""What banks lend by, their applications with every step, and the loans that run."""

from datetime import datetime

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.models import Organisation
from banking.domain import pipeline
from banking.models import Installment, LoanApplication, LoanTerms, LoanTransition, Repayment
from banking.services.terms import set_terms
from core.backoffice import Answer, Desk, EndlessDesk, ReadOnlyInline, morning
from core.formats import rupiah

STATES = {
    "DRAFT": "",
    "SUBMITTED": "info",
    "UNDER_REVIEW": "info",
    "APPROVED": "success",
    "REJECTED": "danger",
    "DISBURSED": "success",
}


@morning
def do_banks_decide_in_time(now: datetime) -> Answer:
    waiting = LoanApplication.objects.filter(status__in=pipeline.WAITING)
    late = waiting.filter(due_at__lt=now).count()
    return Answer(
        question=_("Do banks decide on loans in time?"),
        figure=intcomma(late),
        note=_("of %(total)s waiting applications are overdue") % {"total": waiting.count()},
        url=reverse("admin:banking_loanapplication_changelist"),
        tone="warn" if late else "ok",
    )


class ShowsAmount:
    @display(description=gettext_lazy("amount"), ordering="amount")
    def shown_amount(self, row):
        return rupiah(row.amount)


@admin.register(LoanTerms)
class LoanTermsAdmin(Desk):
    """Each bank's usual rate and the limits of its checks."""

    list_display = [
        "bank",
        "yearly_rate_percent",
        "method",
        "max_tenor_months",
        "max_installment_percent",
        "least_points",
        "decision_days",
    ]
    list_select_related = ["bank"]
    ordering = ["bank__name"]

    def get_readonly_fields(self, request, obj=None):
        return ["bank"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "bank":
            kwargs["queryset"] = Organisation.objects.filter(kind=Organisation.Kind.BANK)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        set_terms(terms=obj, by=request.user, now=timezone.now())


class StepInline(ReadOnlyInline):
    model = LoanTransition
    fields = ["at", "came_from", "went_to", "by", "notes"]
    ordering = ["pk"]


class InstallmentInline(ReadOnlyInline):
    model = Installment
    fields = ["number", "due_date", "principal", "interest", "paid_amount", "paid_on"]
    ordering = ["number"]


class RepaymentInline(ReadOnlyInline):
    model = Repayment
    fields = ["reference", "amount", "paid_on", "recorded_by", "recorded_at"]
    ordering = ["pk"]


@admin.register(LoanApplication)
class LoanApplicationAdmin(ShowsAmount, EndlessDesk):
    """Which loans banks consider, and how far each has come."""

    list_display = ["code", "bank", "merchant", "shown_amount", "state", "made_at", "due_at"]
    list_filter = ["status", "bank"]
    list_select_related = ["bank", "merchant"]
    search_fields = ["code__exact", "merchant__code__exact"]
    search_help_text = gettext_lazy("Number of the application, or merchant ID")
    inlines = [StepInline, InstallmentInline, RepaymentInline]

    @display(description=gettext_lazy("status"), label=STATES)
    def state(self, application):
        return application.status, application.get_status_display()


@admin.register(Installment)
class InstallmentAdmin(EndlessDesk):
    """What is due, and what was paid of it."""

    list_display = ["application", "number", "due_date", "shown_due", "shown_paid", "paid_on"]
    list_filter = [("paid_on", admin.EmptyFieldListFilter)]
    list_select_related = ["application"]
    search_fields = ["application__code__exact"]
    search_help_text = gettext_lazy("Number of the application")

    @display(description=gettext_lazy("due"))
    def shown_due(self, line):
        return rupiah(line.principal + line.interest)

    @display(description=gettext_lazy("paid"))
    def shown_paid(self, line):
        return rupiah(line.paid_amount)


@admin.register(Repayment)
class RepaymentAdmin(ShowsAmount, EndlessDesk):
    """Money that came back."""

    list_display = ["reference", "application", "shown_amount", "paid_on", "recorded_by"]
    list_select_related = ["application", "recorded_by"]
    search_fields = ["reference__exact", "application__code__exact"]
    search_help_text = gettext_lazy("The whole reference, or number of the application")
