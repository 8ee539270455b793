"""The steps that somebody may take with an application: their buttons, dialogs and forms."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from banking.domain import pipeline
from banking.models import LoanApplication
from banking.portal.loan_forms import ApproveForm, DisburseForm, RejectForm, StepForm
from banking.wording import reason_choices

Status = LoanApplication.Status
# Steps that cannot be taken back: the person confirms who they are.
CONFIRMED = {Status.APPROVED, Status.REJECTED, Status.DISBURSED}
_VERBS = {
    Status.SUBMITTED: gettext_lazy("Submit application"),
    Status.UNDER_REVIEW: gettext_lazy("Start review"),
    Status.DRAFT: gettext_lazy("Return to its maker"),
    Status.APPROVED: gettext_lazy("Approve"),
    Status.REJECTED: gettext_lazy("Reject"),
    Status.DISBURSED: gettext_lazy("Disburse"),
}
_TITLES = {
    Status.SUBMITTED: gettext_lazy("Submit this application?"),
    Status.UNDER_REVIEW: gettext_lazy("Take this application under review?"),
    Status.DRAFT: gettext_lazy("Return this application to its maker?"),
    Status.APPROVED: gettext_lazy("Approve this application?"),
    Status.REJECTED: gettext_lazy("Reject this application?"),
    Status.DISBURSED: gettext_lazy("Pay this loan out?"),
}
_CONSEQUENCES = {
    Status.SUBMITTED: gettext_lazy(
        "Score and checks are frozen as they are now. Another person of your bank decides."
    ),
    Status.UNDER_REVIEW: gettext_lazy("Your colleagues see that you are looking at it."),
    Status.DRAFT: gettext_lazy("It becomes a draft again. Say what is missing."),
    Status.APPROVED: gettext_lazy("This is final, and the merchant sees it."),
    Status.REJECTED: gettext_lazy("This is final, and the merchant sees the reasons."),
    Status.DISBURSED: gettext_lazy(
        "This writes the instalments, the first a month from today. It cannot be taken back."
    ),
}


@dataclass(frozen=True)
class Step:
    """A step and its form; `is_open` after a refusal."""

    to: str
    form: StepForm
    is_open: bool = False

    @property
    def id(self) -> str:
        return f"step-{self.to.lower().replace('_', '-')}"

    @property
    def verb(self) -> str:
        return str(_VERBS[self.to])

    @property
    def title(self) -> str:
        return str(_TITLES[self.to])

    @property
    def consequence(self) -> str:
        return str(_CONSEQUENCES[self.to])

    @property
    def is_confirmed(self) -> bool:
        return self.to in CONFIRMED

    @property
    def needs_notes(self) -> bool:
        return self.to in (Status.DRAFT, Status.REJECTED)

    @property
    def tone(self) -> str:
        return {Status.REJECTED: "danger", Status.DRAFT: ""}.get(self.to, "primary")


def steps_of(
    loan: LoanApplication,
    *,
    user: User,
    refused: Step | None = None,
    is_seen: bool = True,
    opened: str = "",
) -> list[Step]:
    """Return the steps that this person may take, `refused` among them as it was typed, one `opened`."""
    is_maker = user.pk in (loan.made_by_id, loan.submitted_by_id)
    legal = pipeline.next_statuses(loan.status, role=user.role, is_maker=is_maker)
    return [
        refused
        if refused and refused.to == to
        else Step(to, step_form(loan, to), is_open=to == opened)
        for to in legal
        if is_seen or not pipeline.MOVES[loan.status, to].needs_consent
    ]


def step_form(loan: LoanApplication, to: str, typed: QueryDict | None = None) -> StepForm:
    """Return the form of a step: as it was typed, or as it opens."""
    versioned = {"versi": loan.version}
    if to == Status.APPROVED:
        begun = {
            "plafon": loan.amount,
            "tenor": loan.tenor_months,
            "bunga": loan.yearly_rate_percent,
        }
        return ApproveForm(typed, initial=versioned | begun, prefix_id=to)
    if to == Status.REJECTED:
        choices = reason_choices(to)
        return RejectForm(typed, initial=versioned, prefix_id=to, reasons=choices)
    if to == Status.DISBURSED:
        begun = {"plafon": loan.approved_amount}
        return DisburseForm(typed, initial=versioned | begun, prefix_id=to)
    return StepForm(typed, initial=versioned, prefix_id=to)


def done(to: str) -> str:
    """Say that a step was taken."""
    return {
        Status.SUBMITTED: _("The application is submitted."),
        Status.UNDER_REVIEW: _("The application is under review."),
        Status.DRAFT: _("The application is a draft again."),
        Status.APPROVED: _("The application is approved."),
        Status.REJECTED: _("The application is rejected."),
        Status.DISBURSED: _("The loan is paid out."),
    }[to]
