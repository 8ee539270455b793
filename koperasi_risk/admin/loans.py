from dataclasses import fields

from django.contrib import admin, messages
from django.db.models import F, Min, Q, Sum
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.errors import Refusal
from core.formats import rupiah, tanggal
from koperasi_risk.admin.deeds import money
from koperasi_risk.admin.desk import (
    MANAGER,
    Badge,
    ReadOnlyTenantDesk,
    ReadOnlyTenantInline,
    TenantDesk,
    TenantInline,
    person,
)
from koperasi_risk.admin.loan_deeds import LoanDeeds, RepaymentDeeds
from koperasi_risk.admin.loan_forms import NewLoanForm
from koperasi_risk.models import (
    Collateral,
    Guarantor,
    Loan,
    LoanInstallment,
    LoanRepayment,
    LoanRestructuring,
    RepaymentAllocation,
)
from koperasi_risk.services.loans import LoanTerms, add_loan

STATUSES = {
    "PENDING": "info", "APPROVED": "info", "REJECTED": "danger", "DISBURSED": "success",
    "RESTRUCTURED": "warning", "SETTLED": "", "WRITTEN_OFF": "danger",
}  # fmt: skip
UNPAID = F("principal_due") - F("principal_paid") + F("interest_due") - F("interest_paid")


class InstallmentInline(ReadOnlyTenantInline):
    model = LoanInstallment
    fields = [
        *("number", "due_date", "principal_due", "interest_due"),
        *("principal_paid", "interest_paid", "paid_in_full_on"),
    ]
    ordering = ["number"]
    tab = True


class RepaymentInline(ReadOnlyTenantInline):
    model = LoanRepayment
    fields = ["paid_on", "reference", "amount", "method", "reverses", "who"]
    readonly_fields = ["who"]
    ordering = ["-paid_on", "-pk"]
    tab = True
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("reverses", "by")

    who = person("by", gettext_lazy("by"))


class CollateralInline(TenantInline):
    model = Collateral
    keepers = removers = MANAGER
    fields = [
        *("kind", "description", "appraised_value", "haircut_percent"),
        *("valid_until", "released_on"),
    ]
    tab = True


class GuarantorInline(TenantInline):
    model = Guarantor
    keepers = removers = MANAGER
    fields = ["member", "amount", "ended_on"]
    autocomplete_fields = ["member"]
    tab = True


class RestructuringInline(ReadOnlyTenantInline):
    model = LoanRestructuring
    fields = ["on", "reason"]
    tab = True


@admin.register(Loan)
class LoanAdmin(LoanDeeds, TenantDesk):
    """What members owe, and what secures it. The loan itself changes by deeds, and by what is imported."""

    keepers = MANAGER
    list_display = [
        "number",
        "member",
        "shown_principal",
        "shown_status",
        "unpaid",
        "oldest_unpaid",
    ]
    list_filter = ["status", "contract", "purpose", "is_in_litigation"]
    list_select_related = ["member"]
    search_fields = ["number", "member__full_name", "member__number"]
    search_help_text = gettext_lazy("Number of the loan, name or number of the member")
    date_hierarchy = "applied_on"
    ordering = ["-applied_on", "-pk"]
    inlines = [
        InstallmentInline, RepaymentInline, CollateralInline, GuarantorInline, RestructuringInline
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [("number", "member"), ("contract", "purpose"), "shown_status"]}),
        (
            gettext_lazy("Terms"),
            {
                "fields": [
                    ("shown_principal", "tenor_months"),
                    ("rate_percent", "rate_period"),
                    "method",
                ]
            },
        ),
        (
            gettext_lazy("Course"),
            {
                "fields": [
                    ("applied_on", "approved_on"),
                    ("disbursed_on", "closed_on"),
                    ("closed_collectability", "is_in_litigation"),
                ]
            },
        ),
    ]
    readonly_fields = [
        *("number", "member", "contract", "purpose", "shown_status", "shown_principal"),
        *("tenor_months", "rate_percent", "rate_period", "method", "applied_on", "approved_on"),
        *("disbursed_on", "closed_on", "closed_collectability"),
    ]

    new_fieldsets = [
        (
            None,
            {"fields": [("member", "number"), ("contract", "purpose"), "applied_on"]},
        ),
        (
            gettext_lazy("Terms"),
            {
                "fields": [
                    ("principal", "tenor_months"),
                    ("rate_percent", "rate_period"),
                    "method",
                ]
            },
        ),
    ]
    autocomplete_fields = ["member"]

    def has_add_permission(self, request, *args):
        return self.has_officer_permission(request)

    # ── A new one ──────────────────────────────────────────────────────────────────────
    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = NewLoanForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else self.new_fieldsets

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj else []

    def get_inlines(self, request, obj):
        return super().get_inlines(request, obj) if obj else []

    def get_changeform_initial_data(self, request):
        today = request.seat.tenant.today(timezone.now())
        return {"applied_on": today} | super().get_changeform_initial_data(request)

    def add_view(self, request, form_url="", extra_context=None):
        try:
            return super().add_view(request, form_url, extra_context)
        except Refusal as refusal:
            # Somebody took the number meanwhile.
            self.message_user(request, refusal.message, messages.WARNING)
            return redirect(request.path)

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            self._add(request, obj)

    def _add(self, request, obj) -> None:
        added = add_loan(
            tenant=request.seat.tenant,
            member_id=obj.member_id,
            number=obj.number,
            terms=LoanTerms(**{term.name: getattr(obj, term.name) for term in fields(LoanTerms)}),
            applied_on=obj.applied_on,
            by=request.user,
            now=timezone.now(),
        )
        obj.__dict__.update(added.__dict__)

    def save_related(self, request, form, formsets, change):
        # Of a new one the service has told.
        if change:
            super().save_related(request, form, formsets, change)

    def response_add(self, request, obj, post_url_continue=None):
        said = _("%(loan)s: %(member)s asks for %(amount)s on %(day)s.") % {
            "loan": obj,
            "member": obj.member,
            "amount": money(obj.principal),
            "day": tanggal(obj.applied_on),
        }
        self.message_user(request, said, messages.SUCCESS)
        if "_addanother" in request.POST:
            return redirect(request.path)
        return redirect(reverse("admin:koperasi_risk_loan_change", args=[obj.pk]))

    # ── Those there are ────────────────────────────────────────────────────────────────
    def members_of(self, row):
        return [row.member_id, *row.guarantors.values_list("member_id", flat=True)]

    def get_queryset(self, request):
        open_ones = Q(installments__paid_in_full_on=None, status__in=Loan.OPEN)
        return (
            super()
            .get_queryset(request)
            .annotate(oldest_due=Min("installments__due_date", filter=open_ones))
            .annotate(
                unpaid_sum=Sum(
                    F("installments__principal_due")
                    - F("installments__principal_paid")
                    + F("installments__interest_due")
                    - F("installments__interest_paid"),
                    filter=open_ones,
                )
            )
        )

    @display(description=gettext_lazy("principal"), ordering="principal")
    def shown_principal(self, loan):
        return rupiah(loan.principal)

    @display(description=gettext_lazy("status"), ordering="status", label=STATUSES)
    def shown_status(self, loan):
        return Badge(loan.status, loan.get_status_display())

    @display(description=gettext_lazy("outstanding"), ordering="unpaid_sum")
    def unpaid(self, loan):
        return rupiah(loan.unpaid_sum)

    @display(description=gettext_lazy("oldest unpaid instalment"), ordering="oldest_due")
    def oldest_unpaid(self, loan):
        return tanggal(loan.oldest_due)


class OverdueFilter(admin.SimpleListFilter):
    title = gettext_lazy("paid")
    parameter_name = "paid"

    def lookups(self, request, model_admin):
        return [("no", gettext_lazy("Not yet")), ("yes", gettext_lazy("In full"))]

    def queryset(self, request, queryset):
        if self.value() == "no":
            return queryset.filter(paid_in_full_on=None)
        return queryset.exclude(paid_in_full_on=None) if self.value() == "yes" else queryset


@admin.register(LoanInstallment)
class LoanInstallmentAdmin(ReadOnlyTenantDesk):
    """Which instalments fall due, and which were not paid."""

    list_display = ["loan", "member", "number", "due_date", "due", "unpaid", "paid_in_full_on"]
    list_filter = [OverdueFilter, "loan__status"]
    list_select_related = ["loan__member"]
    search_fields = ["loan__number", "loan__member__full_name", "loan__member__number"]
    search_help_text = gettext_lazy("Number of the loan, name or number of the member")
    date_hierarchy = "due_date"
    ordering = ["due_date", "pk"]
    fields = [
        *("loan", "member", "number", "due_date", "principal_due", "interest_due"),
        *("principal_paid", "interest_paid", "penalty_due", "penalty_paid", "paid_in_full_on"),
    ]
    readonly_fields = ["member"]

    @display(description=gettext_lazy("member"))
    def member(self, installment):
        return installment.loan.member

    @display(description=gettext_lazy("due"))
    def due(self, installment):
        return rupiah(installment.principal_due + installment.interest_due)

    @display(description=gettext_lazy("unpaid"))
    def unpaid(self, installment):
        paid = installment.principal_paid + installment.interest_paid
        return rupiah(installment.principal_due + installment.interest_due - paid)


class AllocationInline(ReadOnlyTenantInline):
    model = RepaymentAllocation
    fields = ["installment", "principal", "interest", "penalty"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("installment__loan")


@admin.register(LoanRepayment)
class LoanRepaymentAdmin(RepaymentDeeds, ReadOnlyTenantDesk):
    """What members paid back, and where it went."""

    list_display = ["paid_on", "member", "loan", "shown_amount", "reference", "reverses"]
    list_select_related = ["loan__member", "reverses"]
    search_fields = ["reference", "loan__number", "loan__member__full_name"]
    search_help_text = gettext_lazy("Reference, number of the loan, name of the member")
    date_hierarchy = "paid_on"
    ordering = ["-paid_on", "-pk"]
    inlines = [AllocationInline]
    fields = [
        *("loan", "reference", "shown_amount", "paid_on", "method"),
        *("reverses", "undone_by", "who", "recorded_at"),
    ]
    readonly_fields = ["shown_amount", "undone_by", "who"]
    who = person("by", gettext_lazy("by"))

    @display(description=gettext_lazy("member"), ordering="loan__member__full_name")
    def member(self, repayment):
        return repayment.loan.member

    @display(description=gettext_lazy("amount"), ordering="amount")
    def shown_amount(self, repayment):
        return rupiah(repayment.amount)

    @display(description=gettext_lazy("reversed by"))
    def undone_by(self, repayment):
        return repayment.reversals.of(repayment.tenant_id).first()
