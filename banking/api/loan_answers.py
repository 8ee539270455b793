"""How loans look on the wire: stored amounts as text with two decimals, computed ones as numbers."""

from collections.abc import Iterable
from datetime import datetime

from banking.api.words import METHOD, STATUS
from banking.domain import pipeline
from banking.domain.checks import Assessment
from banking.domain.installments import Quote
from banking.models import Installment, LoanApplication, LoanTransition, Repayment
from banking.selectors.loans import LoanStanding, PipelineRow, StageCount
from banking.wording import check_limit, check_name, check_value, reason_label
from core.api.fields import instant
from scoring.api.answers import fixed
from scoring.api.words import BANDS, NO_BAND


def made(application: LoanApplication) -> dict:
    return {
        "applicationId": application.code,
        "merchantId": application.merchant.code,
        "bankId": application.bank.code,
        "amount": fixed(application.amount),
        "tenor": application.tenor_months,
        "status": STATUS[application.status],
        "creditScoreAtApplication": application.points_at_application,
        "riskBandAtApplication": _band(application),
    }


def application_row(application: LoanApplication) -> dict:
    return {
        "applicationId": application.code,
        "bankId": application.bank.code,
        "appliedAt": instant(application.made_at),
        "amount": fixed(application.amount),
        "recommendedAmount": _amount(application.recommended_amount),
        "tenor": application.tenor_months,
        "status": STATUS[application.status],
        "creditScoreAtApplication": application.points_at_application,
        "riskBandAtApplication": _band(application),
        "purpose": application.purpose or None,
        "interestRate": fixed(application.yearly_rate_percent),
        "repaymentMethod": METHOD[application.method],
        "bankDecisionNotes": application.decision_notes or None,
        "bankDecisionDate": instant(application.decided_at),
        "approvedAmount": _amount(application.approved_amount),
        "disbursedAmount": _amount(application.disbursed_amount),
        "disbursedDate": instant(application.disbursed_at),
        "repaidDate": instant(application.repaid_at),
        "version": application.version,
    }


def pipeline_row(row: PipelineRow, *, now: datetime) -> dict:
    application = row.application
    return application_row(application) | {
        "merchantId": application.merchant.code,
        "companyName": application.merchant.company_name,
        "officer": str(application.made_by),
        "creditScoreNow": row.points_now,
        "scoreChange": row.delta,
        "decisionDue": instant(application.due_at),
        "isLate": _is_late(application, now),
    }


def stage(status: str, count: StageCount) -> dict:
    return {
        "status": STATUS[status],
        "count": count.count,
        "amount": float(count.amount),
        "medianHours": None if count.median_hours is None else float(count.median_hours),
        "late": count.late,
    }


def detail(
    application: LoanApplication,
    *,
    steps: Iterable[LoanTransition],
    standing: LoanStanding | None,
    reader,
) -> dict:
    is_maker = reader.pk in (application.made_by_id, application.submitted_by_id)
    following = pipeline.next_statuses(application.status, role=reader.role, is_maker=is_maker)
    return application_row(application) | {
        "merchantId": application.merchant.code,
        "companyName": application.merchant.company_name,
        "assessment": assessment(Assessment.from_json(application.assessment)),
        "decisionReasons": application.decision_reasons,
        "decidedBy": str(application.decided_by) if application.decided_by else None,
        "decisionDue": instant(application.due_at),
        "nextStatuses": [STATUS[status] for status in following],
        "history": list(map(_step, steps)),
        "standing": standing and how_it_stands(standing),
    }


def assessment(found: Assessment) -> dict:
    return {
        "recommendation": found.recommendation,
        "checks": [
            {
                "code": check.code,
                "passed": check.passed,
                "value": _plain(check.value),
                "limit": _plain(check.limit),
                "text": f"{check_name(check)}: {check_value(check)} ({check_limit(check)})",
            }
            for check in found.checks
        ],
    }


def how_it_stands(standing: LoanStanding) -> dict:
    return {
        "total": float(standing.total),
        "paid": float(standing.paid),
        "remaining": float(standing.remaining),
        "outstandingPrincipal": float(standing.outstanding_principal),
        "due": float(standing.due),
        "overdue": float(standing.overdue),
        "daysPastDue": standing.days_past_due,
        "collectability": standing.collectability,
        "nextDueDate": _day(standing.next_due_date),
    }


def schedule(
    application: LoanApplication,
    *,
    standing: LoanStanding | None,
    installments: Iterable[Installment],
    repayments: Iterable[Repayment],
) -> dict:
    return {
        "applicationId": application.code,
        "standing": standing and how_it_stands(standing),
        "installments": [_installment(line) for line in installments],
        "repayments": [_repayment(row) for row in repayments],
    }


def recorded(repayment: Repayment, *, standing: LoanStanding) -> dict:
    loan = standing.application
    return _repayment(repayment) | {
        "applicationId": loan.code,
        "standing": how_it_stands(standing),
        "repaidDate": instant(loan.repaid_at),
    }


def quoted(application: LoanApplication, cost: Quote, found: Assessment | None) -> dict:
    return {
        "amount": float(application.amount),
        "tenor": application.tenor_months,
        "interestRate": float(application.yearly_rate_percent),
        "repaymentMethod": METHOD[application.method],
        "installment": float(cost.installment),
        "totalInterest": float(cost.total_interest),
        "total": float(cost.total),
        "assessment": found and assessment(found),
    }


def merchant_loan(application: LoanApplication, standing: LoanStanding | None) -> dict:
    """Word an application for its merchant: what it asked for and what came of it, no bank's notes."""
    return {
        "applicationId": application.code,
        "bankId": application.bank.code,
        "bankName": application.bank.name,
        "appliedAt": instant(application.submitted_at or application.made_at),
        "amount": fixed(application.amount),
        "tenor": application.tenor_months,
        "status": STATUS[application.status],
        "purpose": application.purpose or None,
        "interestRate": fixed(application.yearly_rate_percent),
        "repaymentMethod": METHOD[application.method],
        "approvedAmount": _amount(application.approved_amount),
        "decisionDate": instant(application.decided_at),
        "decisionReasons": [reason_label(code) for code in application.decision_reasons],
        "disbursedAmount": _amount(application.disbursed_amount),
        "disbursedDate": instant(application.disbursed_at),
        "repaidDate": instant(application.repaid_at),
        "standing": standing and how_it_stands(standing),
    }


def batch_row(code: str, score) -> dict:
    return {
        "merchantId": code,
        "creditScore": score.points if score else None,
        "riskBand": BANDS[score.risk_band] if score else NO_BAND,
        "loanLimit": fixed(score.max_limit) if score else None,
    }


def _step(step: LoanTransition) -> dict:
    return {
        "from": STATUS[step.came_from] if step.came_from else None,
        "to": STATUS[step.went_to],
        "by": str(step.by),
        "at": instant(step.at),
        "notes": step.notes or None,
    }


def _installment(line: Installment) -> dict:
    return {
        "number": line.number,
        "dueDate": _day(line.due_date),
        "principal": fixed(line.principal),
        "interest": fixed(line.interest),
        "amount": fixed(line.principal + line.interest),
        "paidAmount": fixed(line.paid_amount),
        "paidOn": _day(line.paid_on),
    }


def _repayment(repayment: Repayment) -> dict:
    return {
        "reference": repayment.reference,
        "amount": fixed(repayment.amount),
        "paidOn": _day(repayment.paid_on),
    }


def _is_late(application: LoanApplication, now: datetime) -> bool:
    return application.status in pipeline.WAITING and application.due_at < now


def _band(application: LoanApplication) -> str | None:
    band = application.band_at_application
    return BANDS[band] if band else None


def _amount(value) -> str | None:
    return None if value is None else fixed(value)


def _day(day) -> str | None:
    return day and day.isoformat()


def _plain(value) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
