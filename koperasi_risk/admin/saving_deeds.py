"""What is done with members' savings: one person records money in or out, another verifies it."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from core.formats import tanggal
from koperasi_risk.admin.deeds import DeedForm, HasDeeds, amount, day, deed, method, money, why
from koperasi_risk.admin.deeds import reference as reference_field
from koperasi_risk.domain.movements import is_bound
from koperasi_risk.models import Member, SavingsAccount, SavingsMovement
from koperasi_risk.services.savings import NewMovement, decide_movement, record_movement

Kind = SavingsMovement.Kind


# ── Money in and out ───────────────────────────────────────────────────────────────────
class MovementForm(DeedForm):
    model = SavingsAccount
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), widget=UnfoldAdminSelectWidget())
    amount = amount()
    on = day()
    method = method()
    reference = reference_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        bound = is_bound(self.row.kind, Kind.WITHDRAWAL, member_status=self.row.member.status)
        kinds = [Kind.DEPOSIT] if bound else [Kind.DEPOSIT, Kind.WITHDRAWAL]
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]

    def facts(self):
        return [
            (_("Member"), self.row.member),
            (_("Savings account"), self.row),
            *balance_of(self.row),
        ]


def balance_of(account: SavingsAccount) -> list[tuple]:
    blocked = [(_("Blocked as collateral"), money(account.blocked_amount))]
    return [(_("Balance"), money(account.balance)), *(blocked if account.blocked_amount else [])]


class DepositForm(DeedForm):
    model = Member
    account_kind = forms.ChoiceField(
        label=gettext_lazy("Savings account"),
        choices=SavingsAccount.Kind.choices,
        widget=UnfoldAdminSelectWidget(),
    )
    amount = amount()
    on = day()
    method = method()
    reference = reference_field()

    def facts(self):
        return [(_("Member"), self.row)]


def takes_money(account: SavingsAccount) -> bool:
    """Of several term accounts, movements go to the first."""
    same = SavingsAccount.objects.of(account.tenant_id).filter(
        member=account.member_id, kind=account.kind
    )
    return account.member.status != Member.Status.LEFT and not same.filter(pk__lt=account.pk)


def is_member_still(member: Member) -> bool:
    return member.status != Member.Status.LEFT


def _record(form: DeedForm, member_id: int, **of_account) -> str:
    movement = NewMovement(**of_account, **form.told)
    row = record_movement(member_id=member_id, movement=movement, **form.who)
    return _("%(kind)s of %(amount)s on %(day)s, %(account)s: %(status)s.") % {
        "kind": row.get_kind_display(),
        "amount": money(row.amount),
        "day": tanggal(row.on),
        "account": row.account,
        "status": row.get_status_display(),
    }


class AccountDeeds(HasDeeds):
    actions_detail = ["move_money"]

    @deed(
        by="officer",
        form=MovementForm,
        label=gettext_lazy("Record a deposit or withdrawal"),
        icon="add_card",
        suits=takes_money,
        note=gettext_lazy("It is in the balance once a risk manager has verified it."),
        variant=ActionVariant.PRIMARY,
    )
    def move_money(self, form):
        return _record(form, form.row.member_id, account_kind=form.row.kind)


class MemberDeeds(HasDeeds):
    @deed(
        by="officer",
        form=DepositForm,
        label=gettext_lazy("Record a deposit"),
        icon="savings",
        suits=is_member_still,
        note=gettext_lazy(
            "A missing account is made. It is in the balance once a risk manager has verified it."
        ),
    )
    def deposit(self, form):
        return _record(form, form.row.pk, kind=Kind.DEPOSIT)


# ── Verified, or not ───────────────────────────────────────────────────────────────────
class DecisionForm(DeedForm):
    model = SavingsMovement

    def facts(self):
        row = self.row
        return [
            (_("Member"), row.account.member),
            (row.account, f"{row.get_kind_display()} · {money(row.amount)}"),
            (_("Date"), tanggal(row.on)),
            (_("Reference"), row.reference or "–"),
            *(balance_of(row.account) if row.kind == Kind.WITHDRAWAL else []),
        ]


class VerificationForm(DecisionForm):
    note = why(gettext_lazy("Note"), required=False)


class RefusalForm(DecisionForm):
    note = why()


def waits(movement: SavingsMovement) -> bool:
    return movement.status == SavingsMovement.Status.PENDING


class MovementDeeds(HasDeeds):
    """Movements that wait, on their page, and in the list of those that wait."""

    actions_detail = actions_row = ["verify", "reject"]

    def get_actions_row(self, request):
        is_of_waiting = request.GET.get("status__exact") == SavingsMovement.Status.PENDING
        return super().get_actions_row(request) if is_of_waiting else []

    @deed(
        by="manager",
        form=VerificationForm,
        label=gettext_lazy("Verify"),
        icon="check_circle",
        suits=waits,
        title=gettext_lazy("Verify this movement?"),
        note=gettext_lazy("It is in the balance at once."),
        variant=ActionVariant.PRIMARY,
    )
    def verify(self, form):
        return self._decide(form, accept=True)

    @deed(
        by="manager",
        form=RefusalForm,
        label=gettext_lazy("Reject"),
        icon="block",
        suits=waits,
        title=gettext_lazy("Reject this movement?"),
        note=gettext_lazy("It never counts; a mistake is recorded anew."),
        variant=ActionVariant.DANGER,
    )
    def reject(self, form):
        return self._decide(form, accept=False)

    @staticmethod
    def _decide(form: DecisionForm, *, accept: bool) -> str:
        row = decide_movement(movement_id=form.row.pk, accept=accept, **form.told, **form.who)
        return _("%(kind)s of %(amount)s, %(member)s: %(status)s. Balance: %(balance)s.") % {
            "kind": row.get_kind_display(),
            "amount": money(row.amount),
            "member": row.account.member,
            "status": row.get_status_display(),
            "balance": money(row.account.balance),
        }
