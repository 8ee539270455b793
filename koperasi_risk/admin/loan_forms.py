"""What the deeds with loans ask for, and the page on which a loan is asked for."""

from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanWidget

from core.formats import angka, tanggal
from core.money import MAX_AMOUNT
from koperasi_risk.admin.deeds import DeedForm, amount, day, method, money
from koperasi_risk.admin.deeds import reference as reference_field
from koperasi_risk.admin.deeds import why as why_field
from koperasi_risk.admin.desk import TenantForm
from koperasi_risk.admin.figures import AmountField
from koperasi_risk.domain.schedules import LONGEST_TENOR
from koperasi_risk.models import Loan, LoanInstallment, LoanRepayment, Member, RiskResult
from koperasi_risk.portal.words import DECISIONS
from koperasi_risk.services.loan_rows import UNPAID, still_owed
from koperasi_risk.services.loans import MOST_PERCENT, payoff


class NewLoanForm(TenantForm):
    """A loan as a member asks for it."""

    class Meta:
        model = Loan
        fields = ()

    class Media:
        js = ["js/pickers.js"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["principal"].validators.append(MaxValueValidator(MAX_AMOUNT))
        self.fields["rate_percent"].validators.append(MaxValueValidator(MOST_PERCENT))

    def clean_member(self):
        member = self.cleaned_data["member"]
        if member.status == Member.Status.LEFT:
            raise forms.ValidationError(_("This member has left."))
        return member

    def clean_applied_on(self):
        applied_on = self.cleaned_data["applied_on"]
        if applied_on > self.tenant.today(timezone.now()):
            raise forms.ValidationError(_("The day lies in the future."))
        return applied_on


class LoanForm(DeedForm):
    model = Loan

    def facts(self):
        return [
            (_("Member"), self.row.member),
            (_("Principal"), money(self.row.principal)),
            (_("Tenor"), _("%(months)s months") % {"months": self.row.tenor_months}),
        ]

    def owed(self) -> Decimal:
        return still_owed(self.tenant, self.row)


class ApprovalForm(LoanForm):
    on = day(gettext_lazy("Approved on"))
    why = why_field(gettext_lazy("Note"), required=False)

    def facts(self):
        return [*super().facts(), (_("Credit score"), self._judgement())]

    def _judgement(self) -> str:
        result = RiskResult.objects.of(self.tenant).filter(member=self.row.member_id).first()
        if result is None:
            return _("Not scored yet")
        return f"{angka(result.score, 2)} · {DECISIONS[result.decision]}"


class RejectionForm(LoanForm):
    on = day(gettext_lazy("Rejected on"))
    why = why_field()


class DisbursementForm(LoanForm):
    on = day(gettext_lazy("Disbursed on"))


class RestructuringForm(LoanForm):
    on = day(gettext_lazy("From this day on"))
    tenor_months = forms.IntegerField(
        label=gettext_lazy("New tenor (months)"),
        min_value=1,
        max_value=LONGEST_TENOR,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    rate_percent = AmountField(
        label=gettext_lazy("Rate or margin (%)"),
        min_value=0,
        max_value=MOST_PERCENT,
        max_digits=9,
        decimal_places=4,
    )
    reason = why_field(longest=200)

    def at_first(self):
        terms = {name: getattr(self.row, name) for name in ("tenor_months", "rate_percent")}
        return super().at_first() | terms

    def facts(self):
        return [
            (_("Member"), self.row.member),
            (_("Still owed"), money(self.owed())),
            (_("Rate is"), self.row.get_rate_period_display()),
        ]


class PayoffForm(LoanForm):
    on = day()
    amount = amount()
    reference = reference_field()

    def at_first(self):
        return super().at_first() | {"amount": self._settles(self.today)}

    def facts(self):
        asked_for = getattr(self, "cleaned_data", {}).get("on") or self.today
        return [
            (_("Member"), self.row.member),
            (_("Owed by the schedule"), money(self.owed())),
            (
                _("Settles it on %(day)s") % {"day": tanggal(asked_for)},
                money(self._settles(asked_for)),
            ),
        ]

    def _settles(self, on) -> Decimal:
        return payoff(self.tenant, self.row, on=on)


class WriteOffForm(LoanForm):
    on = day()
    reason = why_field()
    is_sure = forms.BooleanField(
        label=gettext_lazy("I am sure: it stays in the member's history for ever."),
        widget=UnfoldBooleanWidget(),
    )

    def facts(self):
        return [(_("Member"), self.row.member), (_("Still owed"), money(self.owed()))]


class RepaymentForm(LoanForm):
    amount = amount()
    paid_on = day(gettext_lazy("Paid on"))
    method = method()
    reference = reference_field()

    def at_first(self):
        due, _said = self._due
        return super().at_first() | {"paid_on": self.today, "amount": due}

    def facts(self):
        due, said = self._due
        owed = [(_("Still owed"), money(self.owed()))]
        return [(_("Member"), self.row.member), *([(said, money(due))] if due else []), *owed]

    @property
    def _due(self) -> tuple[Decimal | None, str]:
        """Return what is due by today, or what falls due next, and which of both it is."""
        lines = LoanInstallment.objects.of(self.tenant).filter(loan=self.row)
        unpaid = list(
            lines.annotate(unpaid=UNPAID).filter(unpaid__gt=0).order_by("due_date", "number")
        )
        due = sum((line.unpaid for line in unpaid if line.due_date <= self.today), Decimal(0))
        if due or not unpaid:
            return due or None, _("Due by today")
        said = _("Next instalment, due %(day)s") % {"day": tanggal(unpaid[0].due_date)}
        return unpaid[0].unpaid, said


class ReversalForm(DeedForm):
    model = LoanRepayment
    why = why_field()
    reference = reference_field()

    def facts(self):
        return [
            (_("Member"), self.row.loan.member),
            (_("Loan"), self.row.loan),
            (_("Payment"), f"{money(self.row.amount)} · {tanggal(self.row.paid_on)}"),
            (_("Its reference"), self.row.reference),
        ]
