"""Money into and out of members' savings: only what somebody verified is in a balance."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Case, DecimalField, F, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput, NotFound
from core.formats import rupiah
from core.money import MAX_AMOUNT
from koperasi_risk.domain.movements import effect, is_bound, is_covered
from koperasi_risk.models import SavingsAccount, SavingsMovement, Tenant
from koperasi_risk.services.changes import note_change
from koperasi_risk.services.members import locked_member

Status, Kind = SavingsMovement.Status, SavingsMovement.Kind


class MovementNotFound(NotFound):
    code = "movement_not_found"


class InvalidMovement(InvalidInput):
    code = "invalid_movement"


class ReferenceTaken(Conflict):
    code = "reference_taken"


class KeptUntilExit(Conflict):
    code = "kept_until_exit"


class InsufficientSavings(Conflict):
    code = "insufficient_savings"


class MovementDecided(Conflict):
    code = "movement_decided"


@dataclass(frozen=True, kw_only=True)
class NewMovement:
    """
    Money moved on a member's account of this kind. `amount` is rupiah, positive but for a correction.

    `reference` is the koperasi's own; repeated, it counts once.
    """

    account_kind: str
    kind: str
    amount: Decimal
    on: date
    reference: str = ""
    method: str = ""
    fee: Decimal = Decimal(0)


@transaction.atomic
def record_movement(
    *,
    tenant: Tenant,
    member_id: int,
    movement: NewMovement,
    by: User,
    now: datetime,
    status: str = Status.PENDING,
) -> SavingsMovement:
    """
    Record a movement; with a status that counts, in the balance at once. An account that is missing is made.

    The same reference again returns the first movement and changes nothing.

    Raises MemberNotFound, InvalidMovement, KeptUntilExit, InsufficientSavings, and ReferenceTaken when
    the reference stands for something else.
    """
    _refuse_nonsense(movement, tenant.today(now))
    member = locked_member(tenant, member_id)
    if known := _known(tenant, movement.reference):
        return _the_same(known, member.pk, movement)
    if is_bound(movement.account_kind, movement.kind, member_status=member.status):
        raise KeptUntilExit(
            _("Principal and mandatory savings are given back when a member leaves.")
        )
    account = _account(tenant, member, movement.account_kind)
    row = _stored(tenant, account, movement, status)
    if status in SavingsMovement.COUNTED:
        _count(tenant, row, now=now)
    audit.record(
        "koperasi.savings_moved", now=now, by=by, subject=member, movement=row.pk, kind=row.kind,
        amount=f"{row.amount:.2f}", status=status,
    )  # fmt: skip
    return row


def _refuse_nonsense(movement: NewMovement, today: date) -> None:
    amount = movement.amount
    is_sound = amount.is_finite() and abs(amount) <= MAX_AMOUNT and amount == round(amount, 2)
    if not is_sound or amount == 0 or (amount < 0 and movement.kind != Kind.CORRECTION):
        text = _("Please write an amount of rupiah above 0.")
        raise InvalidMovement(text, fields={"amount": text})
    if movement.on > today:
        text = _("The day lies in the future.")
        raise InvalidMovement(text, fields={"on": text})


def _known(tenant: Tenant, reference: str) -> SavingsMovement | None:
    movements = SavingsMovement.objects.of(tenant).select_related("account")
    return movements.filter(reference=reference).first() if reference else None


def _the_same(known: SavingsMovement, member_id: int, movement: NewMovement) -> SavingsMovement:
    told = (member_id, movement.account_kind, movement.kind, movement.amount, movement.on)
    account = known.account
    if (account.member_id, account.kind, known.kind, known.amount, known.on) != told:
        raise ReferenceTaken(_("This reference was recorded with other details."))
    return known


def _account(tenant: Tenant, member, kind: str) -> SavingsAccount:
    accounts = SavingsAccount.objects.of(tenant).select_for_update(of=("self",))
    account = accounts.filter(member=member, kind=kind).order_by("pk").first()
    return account or SavingsAccount.objects.create(tenant=tenant, member=member, kind=kind)


def _stored(tenant: Tenant, account, movement: NewMovement, status: str) -> SavingsMovement:
    try:
        with transaction.atomic():
            return SavingsMovement.objects.create(
                tenant=tenant,
                account=account,
                kind=movement.kind,
                amount=movement.amount,
                fee=movement.fee,
                method=movement.method,
                status=status,
                on=movement.on,
                reference=movement.reference,
            )
    except IntegrityError as error:
        # Another member's movement took the reference meanwhile.
        raise ReferenceTaken(_("This reference was recorded with other details.")) from error


def _count(tenant: Tenant, movement: SavingsMovement, *, now: datetime) -> None:
    """Put a movement into its account's balance; the caller holds the account's lock."""
    account = movement.account
    added = effect(movement.kind, movement.amount)
    if not is_covered(added, balance=account.balance, blocked=account.blocked_amount):
        free = max(account.balance - account.blocked_amount, Decimal(0))
        raise InsufficientSavings(
            _("At most %(amount)s can be withdrawn.") % {"amount": rupiah(free)}
        )
    account.balance += added
    account.save(update_fields=["balance"])
    note_change(tenant, [account.member_id], now=now)


@transaction.atomic
def decide_movement(
    *, tenant: Tenant, movement_id: int, accept: bool, by: User, now: datetime, note: str = ""
) -> SavingsMovement:
    """
    Verify a waiting movement, which counts from then on, or reject it. The same decision again is nothing.

    Raises MovementNotFound, MovementDecided, KeptUntilExit, InsufficientSavings.
    """
    found = (
        SavingsMovement.objects.of(tenant).filter(pk=movement_id).select_related("account").first()
    )
    if found is None:
        raise MovementNotFound()
    # Locked from the member down, as everywhere.
    member = locked_member(tenant, found.account.member_id)
    account = SavingsAccount.objects.of(tenant).select_for_update().get(pk=found.account_id)
    movement = SavingsMovement.objects.of(tenant).select_for_update().get(pk=movement_id)
    to = Status.VERIFIED if accept else Status.REJECTED
    if movement.status == to:
        return movement
    if movement.status != Status.PENDING:
        raise MovementDecided(_("Somebody has decided about this movement already."))
    movement.account = account
    movement.status = to
    movement.save(update_fields=["status"])
    if accept:
        if is_bound(account.kind, movement.kind, member_status=member.status):
            raise KeptUntilExit(
                _("Principal and mandatory savings are given back when a member leaves.")
            )
        _count(tenant, movement, now=now)
    audit.record(
        "koperasi.savings_decided", now=now, by=by, subject=member, movement=movement.pk, status=to,
        reason=note,
    )  # fmt: skip
    return movement


@dataclass(frozen=True)
class Drift:
    """An account whose kept balance is not what its movements add up to."""

    account_id: int
    kept: Decimal
    counted: Decimal


@transaction.atomic
def rebuild_balances(*, tenant: Tenant, repair: bool = False) -> list[Drift]:
    """Add up every account anew; return those that differ, and put them right with `repair`."""
    amount = Case(
        When(movements__kind=Kind.WITHDRAWAL, then=-F("movements__amount")),
        default=F("movements__amount"),
        output_field=DecimalField(max_digits=18, decimal_places=2),
    )
    counted = Sum(
        Case(When(movements__status__in=SavingsMovement.COUNTED, then=amount), default=Decimal(0))
    )
    accounts = SavingsAccount.objects.of(tenant).annotate(counted=Coalesce(counted, Decimal(0)))
    wrong = accounts.exclude(balance=F("counted")).order_by("pk")
    drifts = [Drift(row.pk, row.balance, row.counted) for row in wrong]
    for drift in drifts if repair else ():
        SavingsAccount.objects.of(tenant).filter(pk=drift.account_id).update(balance=drift.counted)
    return drifts
