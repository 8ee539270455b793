"""Scores, applications and loans that tests of lending start from; all plain functions."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Organisation, Role, User
from banking.models import LoanApplication
from banking.services.loans import make_application, move_application
from merchants.models import Merchant
from scoring.models import CreditScore, LatestScore

MILLION = Decimal(1_000_000)


def a_person(bank: Organisation, role: str = Role.BANK_OFFICER, name: str = "Dina") -> User:
    address = f"{name.lower()}.{role.lower()}@{bank.code.lower()}.example"
    return User.objects.create(email=address, full_name=name, role=role, organisation=bank)


def a_score(merchant: Merchant, *, points: int = 85, **details) -> CreditScore:
    as_of = details.pop("as_of", timezone.now() - timedelta(days=1))
    figures = {
        "average_monthly_revenue": 20 * MILLION,
        "min_limit": 24 * MILLION,
        "max_limit": 36 * MILLION,
        "data_quality": "complete",
        "risk_band": "LOW" if points >= 80 else "MEDIUM" if points >= 60 else "HIGH",
    } | details
    score = CreditScore.objects.create(
        merchant=merchant,
        as_of=as_of,
        as_of_day=as_of.date(),
        calculated_at=as_of,
        policy_version="v1",
        points=points,
        volume_points=80,
        consistency_points=80,
        growth_points=80,
        refund_points=80,
        settlement_points=80,
        sales_count=300,
        measurements={},
        reasons=[],
        improvements=[],
        series={},
        **figures,
    )
    LatestScore.objects.update_or_create(
        merchant=merchant,
        defaults={
            "score": score,
            "as_of": as_of,
            "points": points,
            "risk_band": score.risk_band,
            "max_limit": score.max_limit,
        },
    )
    return score


def an_application(by: User, merchant: Merchant, **details) -> LoanApplication:
    wanted = {"amount": 12 * MILLION, "tenor_months": 12, "now": timezone.now()} | details
    return make_application(by=by, merchant_code=merchant.code, **wanted)


def move(application: LoanApplication, to: str, by: User, **details) -> LoanApplication:
    details = {"now": timezone.now()} | details
    return move_application(code=application.code, to=to, by=by, **details)


def at_status(status: str, *, officer: User, approver: User, merchant: Merchant, **details):
    """Bring a new application of the officer to a status, by the services."""
    now: datetime = details.get("now", timezone.now())
    application = an_application(officer, merchant, **details)
    way = {
        "DRAFT": [],
        "SUBMITTED": ["SUBMITTED"],
        "UNDER_REVIEW": ["SUBMITTED", "UNDER_REVIEW"],
        "APPROVED": ["SUBMITTED", "UNDER_REVIEW", "APPROVED"],
        "REJECTED": ["SUBMITTED", "UNDER_REVIEW", "REJECTED"],
        "DISBURSED": ["SUBMITTED", "UNDER_REVIEW", "APPROVED", "DISBURSED"],
    }[status]
    for to in way:
        by = officer if to in ("SUBMITTED", "DISBURSED") else approver
        application = move(application, to, by, now=now, notes="Sudah dibicarakan dengan pemohon.")
    return application
