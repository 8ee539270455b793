"""What is done with loans and repayments at their desks."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

from core.formats import tanggal
from koperasi_risk.admin.deeds import HasDeeds, deed, money
from koperasi_risk.admin.loan_forms import (
    ApprovalForm,
    DisbursementForm,
    PayoffForm,
    RejectionForm,
    RepaymentForm,
    RestructuringForm,
    ReversalForm,
    WriteOffForm,
)
from koperasi_risk.models import Loan, LoanRepayment
from koperasi_risk.services import loans, repayments
from koperasi_risk.services.loan_rows import still_owed

Status = Loan.Status


def is_asked_for(loan: Loan) -> bool:
    return loan.status == Status.PENDING


def is_approved(loan: Loan) -> bool:
    return loan.status == Status.APPROVED


def is_open(loan: Loan) -> bool:
    return loan.status in Loan.OPEN


class LoanDeeds(HasDeeds):
    """A loan from its decision to its end."""

    actions_detail = [
        *("approve", "reject", "disburse"),
        *("repay", "settle", "restructure", "write_off"),
    ]

    @deed(
        by="manager",
        form=ApprovalForm,
        label=gettext_lazy("Approve"),
        icon="check_circle",
        suits=is_asked_for,
        title=gettext_lazy("Approve this loan?"),
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, form):
        loan = loans.decide_loan(loan_id=form.row.pk, approve=True, **form.told, **form.who)
        return _("%(loan)s: %(amount)s approved on %(day)s.") % {
            "loan": loan, "amount": money(loan.principal), "day": tanggal(loan.approved_on)
        }  # fmt: skip

    @deed(
        by="manager",
        form=RejectionForm,
        label=gettext_lazy("Reject"),
        icon="block",
        suits=is_asked_for,
        title=gettext_lazy("Reject this loan?"),
        note=gettext_lazy("Whoever still wants a loan asks for it anew."),
        variant=ActionVariant.DANGER,
    )
    def reject(self, form):
        loan = loans.decide_loan(loan_id=form.row.pk, approve=False, **form.told, **form.who)
        return _("%(loan)s: %(amount)s rejected.") % {
            "loan": loan,
            "amount": money(loan.principal),
        }

    @deed(
        by="manager",
        form=DisbursementForm,
        label=gettext_lazy("Disburse"),
        icon="payments",
        suits=is_approved,
        title=gettext_lazy("Disburse this loan?"),
        note=gettext_lazy("Its instalments fall due month by month from this day."),
        variant=ActionVariant.PRIMARY,
    )
    def disburse(self, form):
        loan = loans.disburse_loan(loan_id=form.row.pk, **form.told, **form.who)
        first = loan.installments.of(form.tenant).order_by("number").first()
        said = _(
            "%(loan)s: %(amount)s disbursed on %(day)s. First instalment: %(first)s on %(due)s."
        )
        return said % {
            "loan": loan,
            "amount": money(loan.principal),
            "day": tanggal(loan.disbursed_on),
            "first": money(first.principal_due + first.interest_due),
            "due": tanggal(first.due_date),
        }

    @deed(
        by="officer",
        form=RepaymentForm,
        label=gettext_lazy("Record a repayment"),
        icon="add_card",
        suits=is_open,
        note=gettext_lazy("It pays the oldest instalments first: penalty, interest, principal."),
        variant=ActionVariant.PRIMARY,
    )
    def repay(self, form):
        paid = repayments.record_repayment(loan_id=form.row.pk, **form.told, **form.who)
        return _said_of(paid, form)

    @deed(
        by="manager",
        form=PayoffForm,
        label=gettext_lazy("Settle early"),
        icon="done_all",
        suits=is_open,
        title=gettext_lazy("Settle this loan early"),
        note=gettext_lazy("Interest that is not due yet is waived; the rest is paid at once."),
    )
    def settle(self, form):
        paid = loans.settle_loan(loan_id=form.row.pk, **form.told, **form.who)
        return _said_of(paid, form)

    @deed(
        by="manager",
        form=RestructuringForm,
        label=gettext_lazy("Restructure"),
        icon="event_repeat",
        suits=is_open,
        title=gettext_lazy("Restructure this loan"),
        note=gettext_lazy("What is left is spread over a new tenor; the loan keeps the mark."),
    )
    def restructure(self, form):
        loan = loans.restructure_loan(loan_id=form.row.pk, **form.told, **form.who)
        said = _("%(loan)s: %(owed)s is spread over %(months)s months from %(day)s.")
        return said % {
            "loan": loan,
            "owed": money(still_owed(form.tenant, loan)),
            "months": loan.tenor_months,
            "day": tanggal(form.told["on"]),
        }

    @deed(
        by="manager",
        form=WriteOffForm,
        label=gettext_lazy("Write off"),
        icon="delete_forever",
        suits=is_open,
        title=gettext_lazy("Write off this loan?"),
        note=gettext_lazy("Nothing more can be paid on it here, and it cannot be undone."),
        variant=ActionVariant.DANGER,
    )
    def write_off(self, form):
        told = {name: form.told[name] for name in ("on", "reason")}
        loan = loans.write_off_loan(loan_id=form.row.pk, **told, **form.who)
        return _("%(loan)s: %(owed)s written off on %(day)s.") % {
            "loan": loan,
            "owed": money(still_owed(form.tenant, loan)),
            "day": tanggal(loan.closed_on),
        }


def _said_of(paid: LoanRepayment, form) -> str:
    owed = still_owed(form.tenant, paid.loan)
    said = (
        _("%(loan)s: %(amount)s paid on %(day)s. Still owed: %(owed)s.")
        if owed
        else _("%(loan)s: %(amount)s paid on %(day)s. The loan is settled.")
    )
    return said % {
        "loan": paid.loan,
        "amount": money(paid.amount),
        "day": tanggal(paid.paid_on),
        "owed": money(owed),
    }


def can_be_reversed(paid: LoanRepayment) -> bool:
    """Foretell what the service would answer."""
    return not (
        paid.reverses_id
        or paid.reversals.of(paid.tenant_id).exists()
        or paid.loan.status == Status.WRITTEN_OFF
        or paid.loan.restructurings.of(paid.tenant_id).filter(on__gte=paid.paid_on).exists()
    )


class RepaymentDeeds(HasDeeds):
    """A repayment that was a mistake is undone."""

    actions_detail = ["reverse"]

    @deed(
        by="manager",
        form=ReversalForm,
        label=gettext_lazy("Reverse the payment"),
        icon="undo",
        suits=can_be_reversed,
        title=gettext_lazy("Reverse this payment?"),
        note=gettext_lazy("What it paid is owed again; a settled loan is open again."),
        variant=ActionVariant.DANGER,
    )
    def reverse(self, form):
        undone = repayments.reverse_repayment(repayment_id=form.row.pk, **form.told, **form.who)
        said = _("%(reference)s is reversed: %(amount)s. Still owed on %(loan)s: %(owed)s.")
        return said % {
            "reference": form.row.reference,
            "amount": money(undone.amount),
            "loan": undone.loan,
            "owed": money(still_owed(form.tenant, undone.loan)),
        }
