"""A shop with a story: loans at every station, warnings open and past, objections."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from alerts.models import EarlyWarning, WarningStep
from banking.models import LoanApplication, Objection
from banking.services.objections import raise_objection
from banking.tests.loans import at_status
from merchants.models import Merchant

# Since the score and terms of these tests allow it.
AMOUNT = 5_000_000


@dataclass(frozen=True)
class Lending:
    loans: dict[str, LoanApplication]
    warning: EarlyWarning
    objection: Objection
    score_objection: Objection

    @classmethod
    def of(cls, merchant: Merchant, *, officer: User, approver: User) -> "Lending":
        now = timezone.now()
        loans = {
            status: at_status(
                status, officer=officer, approver=approver, merchant=merchant, amount=AMOUNT
            )
            for status in LoanApplication.Status.values
        }
        warning, _ = _warnings(merchant, now=now)
        about_loan, about_score = (
            raise_objection(
                merchant=merchant,
                by=merchant.owner,
                text="Penjualan tunai bulan lalu belum dihitung.",
                code=uuid4(),
                application_code=code,
                now=now,
            )
            for code in (loans["REJECTED"].code, None)
        )
        return cls(loans, warning, about_loan, about_score)


def _warnings(merchant: Merchant, *, now: datetime) -> list[EarlyWarning]:
    return [
        _warning(
            merchant, "REVENUE_DROP", now=now, past="2100000", current_value=1_200_000, deviation=43
        ),
        _warning(
            merchant,
            "REFUND_SPIKE",
            now=now,
            past="1",
            current_value=6,
            deviation=5,
            status="RESOLVED",
            resolved_at=now,
            resolution="CLEARED",
        ),
    ]


def _warning(merchant: Merchant, kind: str, *, now: datetime, past: str, **details) -> EarlyWarning:
    since = now - timedelta(days=2)
    warning = EarlyWarning.objects.create(
        merchant=merchant,
        kind=kind,
        severity="CRITICAL",
        threshold=20,
        facts={"recent_days": 10, "past": past, "past_days": 20},
        detected_at=since,
        updated_at=now,
        worsened_at=since,
        **details,
    )
    WarningStep.objects.create(
        warning=warning,
        event="RAISED",
        severity="CRITICAL",
        current_value=warning.current_value,
        deviation=warning.deviation,
        at=since,
    )
    return warning
