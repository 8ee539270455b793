"""Ask before a loan is applied for: the member's score, with the new instalment counted in."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import InvalidInput
from core.money import MAX_AMOUNT, round_half_up
from koperasi_risk.domain.schedules import LONGEST_TENOR
from koperasi_risk.models import Decision, DecisionOverride, LoanCheck, Tenant
from koperasi_risk.selectors.overrides import override_of
from koperasi_risk.selectors.rules import ruleset_of
from koperasi_risk.services.facts import measure_one
from koperasi_risk.services.scores import Judgement, judge

_DECIDED = {
    Decision.APPROVE: "disetujui",
    Decision.REVIEW: "perlu ditinjau",
    Decision.REJECT: "ditolak",
}


@transaction.atomic
def check_loan(
    *,
    tenant: Tenant,
    member_id: int,
    amount: Decimal,
    tenor_months: int,
    monthly_installment: Decimal | None = None,
    by: User,
    now: datetime,
) -> LoanCheck:
    """
    Judge a member as if the loan were there, and keep the answer whatever it is.

    The new instalment counts in the debt-service ratio alone. Where none is given it is taken to be the
    amount divided by the tenor, without interest, which `seen` says. An override that counts today
    decides instead of the engine, unless the engine decides more gravely than what people looked at.
    The member's latest result stays what it is.

    Raises MemberNotFound, InvalidInput.
    """
    _refuse_nonsense(amount, tenor_months, monthly_installment)
    installment = monthly_installment or round_half_up(amount / tenor_months, 2)
    ruleset = ruleset_of(tenant)
    as_of = tenant.today(now)
    facts = measure_one(tenant, member_id, as_of=as_of, new_installment=installment)
    judgement = judge(ruleset, facts)
    override = override_of(tenant, member_id, today=as_of, decision=judgement.decision)
    if override:
        judgement = _decided_by(override, judgement)
    return LoanCheck.objects.create(
        tenant=tenant,
        member_id=member_id,
        amount=amount,
        tenor_months=tenor_months,
        monthly_installment=installment,
        score=judgement.score,
        decision=judgement.decision,
        reasons=judgement.reasons,
        lines=judgement.lines,
        seen=judgement.seen | {"is_installment_assumed": monthly_installment is None},
        ruleset_hash=ruleset.hash,
        override=override,
        asked_by=by,
        asked_at=now,
    )


def override_reason(override: DecisionOverride) -> str:
    """Say that people decided otherwise, in Indonesian, as reasons are stored."""
    decision = _DECIDED[override.went_to]
    return f"Pengecualian yang berlaku sampai {override.valid_until:%d-%m-%Y}: {decision}"


def _decided_by(override: DecisionOverride, judgement: Judgement) -> Judgement:
    return replace(
        judgement,
        decision=override.went_to,
        reasons=[override_reason(override), *judgement.reasons],
    )


def _refuse_nonsense(amount: Decimal, tenor: int, installment: Decimal | None) -> None:
    faults = {}
    if not 0 < amount <= MAX_AMOUNT:
        faults["amount"] = _("Must be more than 0.")
    if not 1 <= tenor <= LONGEST_TENOR:
        faults["tenor_months"] = _("Must be from 1 to %(most)s.") % {"most": LONGEST_TENOR}
    if installment is not None and not 0 < installment <= MAX_AMOUNT:
        faults["monthly_installment"] = _("Must be more than 0.")
    if faults:
        raise InvalidInput(fields=faults)
