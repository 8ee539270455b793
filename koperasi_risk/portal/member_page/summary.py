"""The first part of a member's page: score and decision, reasons, components, and each rule applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy

from core.charts import Band, gauge
from core.formats import persen, rupiah
from koperasi_risk.domain import factors, records, scoring
from koperasi_risk.domain.numbers import measured
from koperasi_risk.domain.reasons import reasons_of_lines
from koperasi_risk.models import Member, MemberFacts, RiskAssessment, SavingsAccount, Tenant

# Where a koperasi lets the score decide, these are its bands; elsewhere they only guide the eye.
BANDS = (Band(65, "bad"), Band(85, "warn"), Band(100, "ok"))
_RECORD_INCOME = gettext_lazy(
    "Record the member's net income a month and the day it was verified; then score anew."
)
_FILL_IN = gettext_lazy("Fill it in among the koperasi's settings, in the back office.")
TO_DO: Mapping[str, object] = {
    "no_income": _RECORD_INCOME,
    "income_not_verified": _RECORD_INCOME,
    "income_too_old": _RECORD_INCOME,
    "income_is_zero": _RECORD_INCOME,
    "no_principal_amount": _FILL_IN,
    "no_mandatory_amount": _FILL_IN,
    "no_own_capital": _FILL_IN,
    "restructuring_undated": gettext_lazy("Record the day on which the loan was restructured."),
    "not_computed": gettext_lazy("Score the member anew."),
}


@dataclass(frozen=True)
class Component:
    """One figure that people know a member by; `missing` and `to_do` name data that are not there."""

    name: str
    value: str
    note: str
    explanation: str
    missing: str = ""
    to_do: str = ""
    is_needed: bool = False


@dataclass(frozen=True)
class AppliedRule:
    """What one rule made of the member."""

    name: str
    value: str
    limit: str
    weight: Decimal
    category: str
    action: str
    outcome: str
    penalty: Decimal
    note: str


def context(request: HttpRequest, member: Member, frame: dict) -> dict:
    tenant, result = request.seat.tenant, frame["result"]
    assessment = result.assessment if result else None
    return {
        "gauge": gauge(result.score if result else None, BANDS),
        "reasons": reasons_of(assessment) if assessment else [],
        "rules": applied_rules(assessment) if assessment else [],
        "components": components_of(tenant, member),
    }


def reasons_of(assessment: RiskAssessment) -> list[str]:
    """Return why, in the reader's language."""
    return reasons_of_lines(assessment.lines, assessment.seen, get_language() or "id")


# ── Rules ──────────────────────────────────────────────────────────────────────────────


def applied_rules(assessment: RiskAssessment) -> list[AppliedRule]:
    """Return each rule as it was applied: the breached first, then what is not known."""
    lines = records.from_json(assessment.lines)
    order = (scoring.BREACH, scoring.DATA_MISSING, scoring.UNKNOWN_FACTOR, scoring.PASS)
    ranked = sorted(lines, key=lambda line: (order.index(line.outcome), -line.penalty))
    return [_applied(line) for line in ranked]


def _applied(line: scoring.Line) -> AppliedRule:
    language = get_language() or "id"
    factor = factors.CATALOGUE.get(line.factor_key or "")
    told = {
        "weight": line.rule.weight,
        "category": line.rule.risk_category,
        "action": line.action,
        "outcome": line.outcome,
        "penalty": line.penalty,
    }
    if factor is None:
        return AppliedRule(name=line.rule.factor, value="–", limit="–", note="", **told)
    return AppliedRule(
        name=factor.label(language),
        value=measured(factor.unit, line.value, language) if line.value is not None else "–",
        limit=_limit(factor, line.threshold, language),
        note=factors.cause_text(line.cause, language) if line.cause else "",
        **told,
    )


def _limit(factor: factors.Factor, threshold: Decimal, language: str) -> str:
    """Write when a rule is breached: `> 30 hari`."""
    sign = ">" if factor.is_higher_riskier else "<"
    # A yes or no is never beyond the other.
    sign = "≠" if factor.unit == "flag" else sign
    return f"{sign} {measured(factor.unit, threshold, language)}"


# ── Components ─────────────────────────────────────────────────────────────────────────


def components_of(tenant: Tenant, member: Member) -> list[Component]:
    """Return what a member is known by: savings, repayment, belonging, ability to pay."""
    newest = MemberFacts.objects.of(tenant).filter(member=member).order_by("-as_of").first()
    values = factors.decode(newest.values) if newest else {}
    return [*_savings(tenant, member, values), *_measured(values)]


def _savings(tenant: Tenant, member: Member, values: Mapping) -> list[Component]:
    balances = dict.fromkeys(SavingsAccount.Kind.values, Decimal(0))
    accounts = SavingsAccount.objects.of(tenant).filter(member=member)
    for kind, balance in accounts.values_list("kind", "balance"):
        balances[kind] += balance
    return [
        _component(
            str(SavingsAccount.Kind(kind).label),
            rupiah(balances[kind]),
            values.get(key) if key else None,
            key,
            explanation,
            is_beside=True,
        )
        for kind, key, explanation in _SAVINGS
    ]


_SAVINGS = (
    (
        SavingsAccount.Kind.PRINCIPAL,
        "principal_savings_paid_ratio",
        gettext_lazy("Paid once on joining: the condition of membership."),
    ),
    (
        SavingsAccount.Kind.MANDATORY,
        "mandatory_savings_arrears_months",
        gettext_lazy("Due every month; whoever falls behind here often falls behind on loans."),
    ),
    (
        SavingsAccount.Kind.VOLUNTARY,
        "net_savings_flow_6m",
        gettext_lazy("Deposits less withdrawals of six months tell whether savings grow."),
    ),
    (
        SavingsAccount.Kind.TERM,
        "",
        gettext_lazy("Deposited until a day; may be blocked as collateral."),
    ),
)


def _on_time(value: Decimal) -> str:
    return persen(100 - value)


_MEASURED: tuple[tuple[str, object, object, Callable | None], ...] = (
    (
        "late_installment_ratio_12m",
        gettext_lazy("Instalments on time"),
        gettext_lazy("Of the instalments due in 12 months, those paid within the days of grace."),
        _on_time,
    ),
    (
        "membership_months",
        gettext_lazy("Length of membership"),
        gettext_lazy("Whole months since joining: the longer, the better the member is known."),
        None,
    ),
    (
        "rat_attendance_rate_3y",
        gettext_lazy("Attendance at annual meetings (RAT)"),
        gettext_lazy("Of the meetings held in three years since joining, those attended."),
        None,
    ),
    (
        "savings_to_loan_ratio",
        gettext_lazy("Savings to loans"),
        gettext_lazy(
            "All savings in percent of what is still owed: one fifth is a loan of five times the savings."
        ),
        None,
    ),
    (
        "debt_service_ratio",
        gettext_lazy("Instalments to income (DSR)"),
        gettext_lazy(
            "All instalments a month, those elsewhere included, in percent of verified income."
        ),
        None,
    ),
)


def _measured(values: Mapping) -> list[Component]:
    missing = factors.Missing(factors.NOT_AVAILABLE, "not_computed")
    language = get_language() or "id"
    rows = []
    for key, name, explanation, write in _MEASURED:
        value = values.get(key, missing)
        is_known = not isinstance(value, factors.Missing)
        known = measured(factors.CATALOGUE[key].unit, value, language) if is_known else "–"
        written = write(value) if write and is_known else known
        rows.append(_component(str(name), written, value, key, explanation))
    return rows


def _component(
    name: str, written: str, value, key: str, explanation, *, is_beside: bool = False
) -> Component:
    """Make one row; where the factor stands beside a balance, it is told in a note."""
    language = get_language() or "id"
    told = {"name": name, "value": written, "explanation": str(explanation)}
    if isinstance(value, factors.Missing):
        return Component(
            **told,
            note="",
            missing=factors.cause_text(value.cause, language),
            to_do=str(TO_DO.get(value.cause, "")),
            is_needed=value.status == factors.NOT_AVAILABLE,
        )
    if not is_beside or value is None:
        return Component(**told, note="")
    factor = factors.CATALOGUE[key]
    note = f"{factor.label(language)}: {measured(factor.unit, value, language)}"
    return Component(**told, note=note)
