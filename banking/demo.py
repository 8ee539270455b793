"""
Loans of the demo: what each bank lends by, and applications in every state, made by its own people.

Each story runs through the services at instants of the past, so that scores, checks, steps and
instalments are those that the real thing would have. A story that is there stays as people left it;
only the repayments that have fallen due since are added.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.models import Organisation, Role, User
from banking.domain import pipeline
from banking.domain.offers import rounded_down
from banking.models import Installment, LoanApplication, LoanTerms, RepaymentMethod
from banking.selectors.loans import score_at
from banking.services.loans import make_application, move_application, record_repayment
from banking.services.terms import set_terms
from core.dates import business_day, start_of_day
from core.errors import Refusal
from merchants.models import Merchant

ANNUITY, FLAT = RepaymentMethod.ANNUITY, RepaymentMethod.FLAT
ON_TIME, LATE = "on time", "late"
# A late payer is always between two and seven weeks behind: collectability 2, whenever one looks.
WEEKS_BEHIND = timedelta(days=45)

TERMS = {
    "BCA": {},
    "MANDIRI": {
        "yearly_rate_percent": Decimal("9.00"),
        "method": FLAT,
        "max_tenor_months": 24,
        "least_points": 65,
    },
    "BNI": {
        "yearly_rate_percent": Decimal("13.25"),
        "max_installment_percent": Decimal(35),
        "decision_days": 5,
    },
}


@dataclass(frozen=True)
class Story:
    """One application: `share` of the score's highest limit, `days_ago` made, how far it came."""

    code: str
    bank: str
    shop: str
    share: Decimal
    tenor_months: int
    purpose: str
    days_ago: int
    status: str
    notes: str = ""
    reasons: tuple[str, ...] = ()
    approved_share: Decimal = Decimal(1)
    pays: str = ""


A, B, C = "MRC-DEMO-A", "MRC-DEMO-B", "MRC-DEMO-C"

STORIES = (
    Story(
        "LA-DEMO-BCA-1", "BCA", A, Decimal("0.3"), 3, "Stok menjelang Lebaran", 146,
        pipeline.DISBURSED, "Omzet stabil dan seluruh pemeriksaan terpenuhi.",
        ("STRONG_SCORE", "STABLE_REVENUE"), pays=ON_TIME,
    ),
    Story(
        "LA-DEMO-BCA-2", "BCA", A, Decimal("0.5"), 12, "Modal kerja", 122,
        pipeline.DISBURSED, "Pinjaman sebelumnya dibayar tepat waktu.",
        ("GOOD_HISTORY", "WITHIN_LIMITS"), pays=ON_TIME,
    ),
    Story(
        "LA-DEMO-BCA-3", "BCA", B, Decimal("0.4"), 12, "Pembelian mesin kemas", 112,
        pipeline.DISBURSED, "Plafon dikurangi agar angsuran tetap ringan bagi usaha.",
        ("CONDITIONS_AGREED",), Decimal("0.8"), pays=LATE,
    ),
    Story(
        "LA-DEMO-BCA-4", "BCA", C, Decimal("0.9"), 24, "Renovasi toko", 60,
        pipeline.REJECTED, "Skor di bawah batas bank dan omzet turun tiga bulan terakhir.",
        ("LOW_SCORE", "FALLING_REVENUE"),
    ),
    Story(
        "LA-DEMO-BCA-5", "BCA", A, Decimal("0.2"), 6, "Peralatan kasir", 9,
        pipeline.APPROVED, "Seluruh pemeriksaan terpenuhi, riwayat bayar baik.",
        ("STRONG_SCORE", "GOOD_HISTORY"),
    ),
    Story(
        "LA-DEMO-BCA-6", "BCA", C, Decimal("0.5"), 12, "Tambahan stok", 6, pipeline.SUBMITTED,
    ),
    Story(
        "LA-DEMO-BCA-7", "BCA", A, Decimal("0.8"), 24, "Pembukaan cabang", 2,
        pipeline.UNDER_REVIEW,
    ),
    Story("LA-DEMO-BCA-8", "BCA", B, Decimal("0.3"), 6, "Kemasan baru", 1, pipeline.DRAFT),
    Story(
        "LA-DEMO-MANDIRI-1", "MANDIRI", A, Decimal("0.4"), 12, "Modal kerja", 75,
        pipeline.DISBURSED, "Omzet stabil dan seluruh pemeriksaan terpenuhi.",
        ("STRONG_SCORE",), pays=ON_TIME,
    ),
    Story(
        "LA-DEMO-MANDIRI-2", "MANDIRI", B, Decimal("0.6"), 12, "Perluasan gudang", 2,
        pipeline.UNDER_REVIEW,
    ),
    Story(
        "LA-DEMO-MANDIRI-3", "MANDIRI", C, Decimal("0.6"), 12, "Modal kerja", 30,
        pipeline.REJECTED, "Skor di bawah batas bank; disarankan mengajukan lagi setelah membaik.",
        ("LOW_SCORE",),
    ),
    Story(
        "LA-DEMO-BNI-1", "BNI", B, Decimal("0.5"), 12, "Kendaraan antar", 12,
        pipeline.APPROVED, "Disetujui dengan plafon lebih rendah dari permohonan.",
        ("CONDITIONS_AGREED",), Decimal("0.75"),
    ),
    Story("LA-DEMO-BNI-2", "BNI", A, Decimal("0.5"), 18, "Modal kerja", 1, pipeline.SUBMITTED),
    Story("LA-DEMO-BNI-3", "BNI", C, Decimal("0.4"), 6, "Tambahan stok", 3, pipeline.DRAFT),
)  # fmt: skip


def add_loans(*, now: datetime) -> int:
    """
    Add terms, applications and repayments that are missing; return how many applications came.

    A shop that no bank may see any more gets none.
    """
    _add_terms(now)
    known = set(LoanApplication.objects.values_list("code", flat=True))
    added = sum(_tell(story, now) for story in STORIES if story.code not in known)
    for story in STORIES:
        if story.pays:
            _pay(story, now)
    return added


def _add_terms(now: datetime) -> None:
    banks = Organisation.objects.filter(code__in=TERMS, loan_terms=None)
    for bank in banks.order_by("pk"):
        set_terms(terms=LoanTerms(bank=bank, **TERMS[bank.code]), by=None, now=now)


def _tell(story: Story, now: datetime) -> bool:
    # A person of the demo may have taken back what the story needs: a consent, an account.
    with suppress(Refusal), transaction.atomic():
        return _make(story, _Cast(story.bank), now)
    return False


class _Cast:
    """The officer and the approver of a bank."""

    def __init__(self, bank: str):
        people = User.objects.filter(organisation__code=bank).order_by("pk")
        self.officer = people.filter(role=Role.BANK_OFFICER).first()
        self.approver = people.filter(role=Role.BANK_APPROVER).first()


def _make(story: Story, cast: _Cast, now: datetime) -> bool:
    made_at = _at(story.days_ago, hour=9, now=now)
    shop = Merchant.objects.get(code=story.shop)
    score = score_at(shop, made_at)
    if score is None:
        return False
    amount = rounded_down(score.max_limit * story.share)
    make_application(
        code=story.code,
        by=cast.officer,
        merchant_code=story.shop,
        amount=amount,
        tenor_months=story.tenor_months,
        purpose=story.purpose,
        now=made_at,
    )
    for to in _way(story.status):
        move_application(code=story.code, to=to, **_step(story, to, cast, amount, now))
    return True


def _way(status: str) -> Iterable[str]:
    decided = (pipeline.SUBMITTED, pipeline.UNDER_REVIEW)
    return {
        pipeline.DRAFT: (),
        pipeline.SUBMITTED: (pipeline.SUBMITTED,),
        pipeline.UNDER_REVIEW: decided,
        pipeline.APPROVED: (*decided, pipeline.APPROVED),
        pipeline.REJECTED: (*decided, pipeline.REJECTED),
        pipeline.DISBURSED: (*decided, pipeline.APPROVED, pipeline.DISBURSED),
    }[status]


def _step(story: Story, to: str, cast: _Cast, amount: Decimal, now: datetime) -> dict:
    # Days after the application was made, and the hour in Jakarta.
    days, hour = {
        pipeline.SUBMITTED: (0, 10),
        pipeline.UNDER_REVIEW: (1, 9),
        pipeline.APPROVED: (1, 15),
        pipeline.REJECTED: (1, 15),
        pipeline.DISBURSED: (3, 10),
    }[to]
    by = cast.officer if to in (pipeline.SUBMITTED, pipeline.DISBURSED) else cast.approver
    step = {"by": by, "now": _at(story.days_ago - days, hour=hour, now=now)}
    if to in pipeline.DECISIONS:
        step |= {"notes": story.notes, "reasons": story.reasons}
    if to == pipeline.APPROVED:
        step["approved_amount"] = rounded_down(amount * story.approved_share)
    return step


def _at(days_ago: int, *, hour: int, now: datetime) -> datetime:
    """Return an instant of office hours, on a Friday instead of a weekend, never after `now`."""
    day = business_day(now) - timedelta(days=days_ago)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return min(start_of_day(day) + timedelta(hours=hour), now)


def _pay(story: Story, now: datetime) -> None:
    today = business_day(now)
    latest = today if story.pays == ON_TIME else today - WEEKS_BEHIND
    due = Installment.objects.filter(
        application__code=story.code,
        application__repaid_at=None,
        paid_on=None,
        paid_amount=0,
        due_date__lte=latest,
    )
    cast = _Cast(story.bank)
    for line in due.order_by("number"):
        _pay_line(story, line, cast.officer, today, now)


def _pay_line(story: Story, line: Installment, by: User, today: date, now: datetime) -> None:
    delay = timedelta(0) if story.pays == ON_TIME else WEEKS_BEHIND
    paid_on = min(line.due_date + delay, today)
    # People may have paid in another way meanwhile.
    with suppress(Refusal):
        record_repayment(
            code=story.code,
            reference=f"DEMO-{line.number}",
            amount=line.principal + line.interest,
            paid_on=paid_on,
            by=by,
            now=min(start_of_day(paid_on) + timedelta(hours=11), now),
        )
