"""
People decide otherwise than the engine, for a time: one asks, another of the board agrees.

The score and the engine's decision stay what they are; an override stands beside them until its day.
"""

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from koperasi_risk.models import (
    Decision,
    DecisionOverride,
    Member,
    RiskResult,
    Tenant,
    TenantRole,
)
from koperasi_risk.selectors.results import result_of
from koperasi_risk.services.members import MemberNotFound
from koperasi_risk.services.notes import checked_note
from koperasi_risk.services.rights import require_role

State = DecisionOverride.State
MAX_DAYS, MIN_NOTE, MAX_NOTE = 90, 10, 500


class OverrideNotFound(NotFound):
    code = "override_not_found"


class OverrideWaits(Conflict):
    """One for this member waits already; `first` is that one."""

    code = "override_waits"

    def __init__(self, first: DecisionOverride):
        self.first = first
        super().__init__(
            _("An override that %(who)s asked for waits already.") % {"who": first.maker}
        )


class OverrideDecided(Conflict):
    """Somebody was quicker; `override` says how it stands."""

    code = "override_decided"

    def __init__(self, override: DecisionOverride):
        self.override = override
        super().__init__(
            _("This override waits no longer: %(state)s.") % {"state": override.get_state_display()}
        )


class OverrideOutdated(Conflict):
    """It cannot be approved any more: its day has passed, or the engine decides otherwise by now."""

    code = "override_outdated"


class OwnOverride(NotAllowed):
    code = "own_override"


@transaction.atomic
def ask_override(
    *,
    tenant: Tenant,
    member_id: int,
    went_to: str,
    reason_code: str,
    note: str,
    valid_until: date,
    by: User,
    now: datetime,
) -> DecisionOverride:
    """
    Ask the board to decide otherwise than a member's latest result, at most 90 days long.

    Raises NotAllowed for everybody but risk managers and the board, MemberNotFound, ResultNotFound,
    InvalidInput by field, OverrideWaits.
    """
    require_role(tenant, by, TenantRole.RISK_MANAGER, TenantRole.BOARD)
    # One asks after another, so that the second is told of the first.
    members = Member.objects.of(tenant).select_for_update(of=("self",), no_key=True)
    if not members.filter(pk=member_id).first():
        raise MemberNotFound()
    result = result_of(tenant, member_id=member_id)
    _refuse_faults(result, went_to, reason_code, note, valid_until, today=tenant.today(now))
    if first := _overrides(tenant).filter(member=member_id, state=State.WAITING).first():
        raise OverrideWaits(first)
    override = DecisionOverride.objects.create(
        tenant=tenant,
        member_id=member_id,
        assessment_id=result.assessment_id,
        came_from=result.decision,
        went_to=went_to,
        reason_code=reason_code,
        note=note.strip(),
        valid_until=valid_until,
        maker=by,
        made_at=now,
    )
    _note(override, "asked", by=by, now=now)
    return override


@transaction.atomic
def decide_override(
    *,
    tenant: Tenant,
    code: uuid.UUID | str,
    approve: bool,
    by: User,
    now: datetime,
    note: str = "",
) -> DecisionOverride:
    """
    Agree that people decide otherwise, or do not; what was agreed to for the member before ends.

    Raises NotAllowed for everybody but the board, OverrideNotFound, OwnOverride for the maker,
    OverrideDecided, OverrideOutdated.
    """
    require_role(tenant, by, TenantRole.BOARD)
    note = checked_note(note)
    override = _waiting(tenant, code)
    if override.maker_id == by.pk:
        raise OwnOverride(_("Somebody else has to decide what you asked for."))
    if approve:
        _refuse_outdated(tenant, override, now=now)
        before = DecisionOverride.objects.of(tenant).filter(state=State.APPROVED, ended_at=None)
        before.filter(member=override.member_id).update(ended_at=now)
    override.checker, override.decision_note = by, note
    return _move(override, State.APPROVED if approve else State.REJECTED, by=by, now=now)


@transaction.atomic
def withdraw_override(
    *, tenant: Tenant, code: uuid.UUID | str, by: User, now: datetime
) -> DecisionOverride:
    """
    Take back what one asked for oneself.

    Raises OverrideNotFound, OverrideDecided, NotAllowed for everybody but the maker.
    """
    override = _waiting(tenant, code)
    if override.maker_id != by.pk:
        raise NotAllowed()
    return _move(override, State.WITHDRAWN, by=by, now=now)


@transaction.atomic
def end_override(
    *, tenant: Tenant, code: uuid.UUID | str, by: User, now: datetime, why: str
) -> DecisionOverride:
    """
    Let the engine decide again before the override's day. Ending what has ended changes nothing.

    Raises NotAllowed for everybody but risk managers and the board, OverrideNotFound for one that was
    never approved, too, InvalidInput without a reason.
    """
    require_role(tenant, by, TenantRole.RISK_MANAGER, TenantRole.BOARD)
    why = checked_note(why, field="why")
    if not why:
        raise InvalidInput(fields={"why": _("Say why.")})
    override = _locked(tenant, code)
    if override.state != State.APPROVED:
        raise OverrideNotFound()
    if override.ended_at is None:
        override.ended_at = now
        override.save(update_fields=["ended_at"])
        _note(override, "ended", by=by, now=now, reason=why)
    return override


def _refuse_faults(
    result: RiskResult, went_to: str, reason_code: str, note: str, until: date, *, today: date
) -> None:
    faults = {}
    if went_to not in Decision.values:
        faults["went_to"] = _("There is no such decision.")
    elif went_to == result.decision:
        faults["went_to"] = _("The engine decides so already.")
    if reason_code not in DecisionOverride.Reason.values:
        faults["reason_code"] = _("There is no such reason.")
    if not MIN_NOTE <= len(note.strip()) <= MAX_NOTE or "\0" in note:
        faults["note"] = _("Write from %(least)s to %(most)s characters.") % {
            "least": MIN_NOTE,
            "most": MAX_NOTE,
        }
    if not today <= until <= today + timedelta(days=MAX_DAYS):
        faults["valid_until"] = _("Choose a day from today on, at most %(days)s days ahead.") % {
            "days": MAX_DAYS
        }
    if faults:
        raise InvalidInput(fields=faults)


def _refuse_outdated(tenant: Tenant, override: DecisionOverride, *, now: datetime) -> None:
    if override.valid_until < tenant.today(now):
        raise OverrideOutdated(_("The last day of this override has passed."))
    if result_of(tenant, member_id=override.member_id).decision != override.came_from:
        raise OverrideOutdated(_("The engine decides otherwise by now. Ask for it anew."))


def _overrides(tenant: Tenant):
    return DecisionOverride.objects.of(tenant).select_related("maker", "member").order_by("pk")


def _locked(tenant: Tenant, code: uuid.UUID | str) -> DecisionOverride:
    overrides = _overrides(tenant).select_for_update(of=("self",), no_key=True)
    override = overrides.filter(code=code).first()
    if override is None:
        raise OverrideNotFound()
    return override


def _waiting(tenant: Tenant, code: uuid.UUID | str) -> DecisionOverride:
    override = _locked(tenant, code)
    if override.state != State.WAITING:
        raise OverrideDecided(override)
    return override


def _move(override: DecisionOverride, state: State, *, by: User, now: datetime) -> DecisionOverride:
    override.state, override.decided_at = state, now
    override.save(update_fields=["state", "checker", "decided_at", "decision_note"])
    _note(override, state.lower(), by=by, now=now)
    return override


def _note(
    override: DecisionOverride, verb: str, *, by: User, now: datetime, reason: str = ""
) -> None:
    audit.record(
        f"override.{verb}",
        now=now,
        by=by,
        subject=override,
        reason=reason or override.reason_code,
        member=str(override.member.code),
        came_from=override.came_from,
        went_to=override.went_to,
        valid_until=str(override.valid_until),
    )
