"""Who joins a koperasi, who rests and leaves, and what members earn."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput, NotFound
from koperasi_risk.models import Loan, Member, MemberStatusEvent, Tenant
from koperasi_risk.services.changes import note_change

Status = Member.Status
# From where to where; who has left comes back as a new member.
WAYS = {
    Status.PENDING: {Status.ACTIVE, Status.LEFT},
    Status.ACTIVE: {Status.INACTIVE, Status.LEFT},
    Status.INACTIVE: {Status.ACTIVE, Status.LEFT},
    Status.LEFT: set(),
}


class MemberNotFound(NotFound):
    code = "member_not_found"
    default_message = gettext_lazy("This member was not found.")


class MemberNumberTaken(Conflict):
    code = "member_number_taken"


class NikTaken(Conflict):
    code = "nik_taken"


class InvalidMember(InvalidInput):
    code = "invalid_member"


class ImpossibleStep(Conflict):
    code = "impossible_step"


class MemberOwes(Conflict):
    code = "member_owes"


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """Whoever asks for admission, as the form has it. Amounts are rupiah a month; unknown is None."""

    number: str
    full_name: str
    joined_on: date
    nik: str = ""
    birth_date: date | None = None
    occupation: str = ""
    employer: str = ""
    monthly_income: Decimal | None = None
    income_source: str = ""
    dependants: int | None = None
    is_board_member: bool = False


@transaction.atomic
def add_member(
    *, tenant: Tenant, person: NewMember, by: User, now: datetime, status: str = Status.PENDING
) -> Member:
    """
    Add a member, awaiting admission unless `status` says otherwise.

    Raises InvalidMember naming the fields, MemberNumberTaken, NikTaken.
    """
    member = Member(tenant=tenant, status=status, changed_at=now, **vars(person))
    _refuse_nonsense(member, tenant.today(now))
    _refuse_doubles(tenant, member)
    _insert(member)
    _record_step(member, "", status, on=person.joined_on, by=by, now=now)
    note_change(tenant, [member.pk], now=now)
    audit.record("koperasi.member_added", now=now, by=by, subject=member, tenant=tenant.pk)
    return member


def _refuse_nonsense(member: Member, today: date) -> None:
    try:
        member.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise InvalidMember(fields=fields) from error
    if member.joined_on > today:
        text = _("The day lies in the future.")
        raise InvalidMember(text, fields={"joined_on": text})


def _refuse_doubles(tenant: Tenant, member: Member) -> None:
    same = Member.objects.of(tenant).filter(number=member.number)
    if same.exists():
        text = _("There is a member with this number already.")
        raise MemberNumberTaken(text, fields={"number": text})
    index = Member._meta.get_field("nik_index").index_of(member.nik)
    if index and Member.objects.of(tenant).filter(nik_index=index).exists():
        text = _("Another member has this identity number.")
        raise NikTaken(text, fields={"nik": text})


def _insert(member: Member) -> None:
    try:
        with transaction.atomic():
            member.save(force_insert=True)
    except IntegrityError as error:
        # Somebody added the same number, or the same person, at the same moment.
        raise MemberNumberTaken(_("There is such a member already.")) from error


@transaction.atomic
def change_status(
    *, tenant: Tenant, member_id: int, to: str, on: date, by: User, now: datetime, why: str = ""
) -> Member:
    """
    Move a member to another status from a day on. The same status again changes nothing.

    Raises MemberNotFound, ImpossibleStep, InvalidMember for a day before the member joined or in the
    future, and MemberOwes when somebody leaves with a loan unpaid.
    """
    member = locked_member(tenant, member_id)
    if member.status == to:
        return member
    if to not in WAYS[member.status]:
        raise ImpossibleStep(
            _("A member cannot go from %(was)s to %(to)s.")
            % {"was": member.get_status_display(), "to": Status(to).label}
        )
    if not member.joined_on <= on <= tenant.today(now):
        text = _("The day lies between the member's joining and today.")
        raise InvalidMember(text, fields={"on": text})
    if to == Status.LEFT and _owes(tenant, member):
        raise MemberOwes(_("The member still has a loan that is not paid back."))
    was, member.status = member.status, to
    member.left_on = on if to == Status.LEFT else None
    member.save(update_fields=["status", "left_on"])
    _record_step(member, was, to, on=on, by=by, now=now)
    note_change(tenant, [member.pk], now=now)
    audit.record(
        "koperasi.member_moved",
        now=now,
        by=by,
        subject=member,
        reason=why,
        came_from=was,
        went_to=to,
    )
    return member


def _owes(tenant: Tenant, member: Member) -> bool:
    return Loan.objects.of(tenant).filter(member=member, status__in=Loan.OPEN).exists()


def _record_step(member: Member, was: str, to: str, *, on: date, by: User, now: datetime) -> None:
    MemberStatusEvent.objects.create(
        tenant_id=member.tenant_id,
        member=member,
        came_from=was,
        went_to=to,
        on=on,
        by=by,
        recorded_at=now,
    )


@transaction.atomic
def set_income(
    *,
    tenant: Tenant,
    member_id: int,
    amount: Decimal | None,
    source: str = "",
    verified_on: date | None,
    by: User,
    now: datetime,
) -> Member:
    """
    Note what a member earns net each month, and when somebody verified it; None is unknown.

    Raises MemberNotFound, InvalidMember.
    """
    member = locked_member(tenant, member_id)
    news = (amount, source, verified_on)
    if (member.monthly_income, member.income_source, member.income_verified_on) == news:
        return member
    member.monthly_income, member.income_source, member.income_verified_on = news
    _refuse_nonsense(member, tenant.today(now))
    if verified_on and verified_on > tenant.today(now):
        text = _("The day lies in the future.")
        raise InvalidMember(text, fields={"income_verified_on": text})
    member.save(update_fields=["monthly_income", "income_source", "income_verified_on"])
    note_change(tenant, [member.pk], now=now)
    # What somebody earns is theirs: the log says that it changed.
    audit.record("koperasi.income_set", now=now, by=by, subject=member, is_known=amount is not None)
    return member


def locked_member(tenant: Tenant, member_id: int) -> Member:
    """Return a member whom nobody else changes until the transaction ends. Raises MemberNotFound."""
    members = Member.objects.of(tenant).select_for_update(of=("self",))
    member = members.filter(pk=member_id).first()
    if member is None:
        raise MemberNotFound()
    return member
