"""What a bank lends by, how an application stands against it, and what could be offered."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Min

from accounts.models import Organisation, User
from alerts.models import EarlyWarning, Severity
from banking.domain import checks, installments
from banking.domain import offers as offering
from banking.models import Installment, LoanTerms
from core.dates import business_day
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound
from scoring.models import CreditScore, LatestScore
from scoring.selectors import latest_score


def terms_of(bank: Organisation) -> LoanTerms:
    """Return what a bank lends by; the usual terms, unsaved, where it has set none."""
    return LoanTerms.objects.filter(bank=bank).first() or LoanTerms(bank=bank)


def visible_merchant(user: User, *, code: str) -> Merchant:
    """Return a merchant that this person may see. Raises MerchantNotFound."""
    merchant = Merchant.objects.visible_to(user).filter(code=code).first()
    if merchant is None:
        raise MerchantNotFound()
    return merchant


def newest_scores(user: User, *, codes: Collection[str]) -> dict[str, LatestScore]:
    """Return the newest scores of those of these merchants that this person may see, by code."""
    seen = Merchant.objects.visible_to(user).filter(code__in=codes)
    scores = LatestScore.objects.filter(merchant__in=seen).select_related("merchant")
    return {score.merchant.code: score for score in scores}


def score_at(merchant: Merchant, now: datetime) -> CreditScore | None:
    """Return the score of a merchant that was the newest at `now`; None when there was none."""
    scores = merchant.credit_scores.filter(as_of__lte=now)
    return scores.order_by("-as_of", "-pk").first()


def assessment_for(
    merchant: Merchant,
    *,
    amount: Decimal,
    tenor_months: int,
    yearly_rate_percent: Decimal,
    method: str,
    terms: LoanTerms,
    now: datetime,
    score: CreditScore | None = None,
) -> checks.Assessment:
    """
    Check a loan to a merchant against a bank's terms, by what is known at `now`.

    `score` spares a query where the caller has the newest one already. Arrears are those of the
    merchant's running loans at the same bank: nobody sees another bank's.
    """
    score = score or score_at(merchant, now)
    cost = installments.quote(
        principal=amount,
        yearly_rate_percent=yearly_rate_percent,
        tenor_months=tenor_months,
        method=method,
    )
    facts = checks.Facts(
        amount=amount,
        tenor_months=tenor_months,
        installment=cost.installment,
        points=score.points if score else None,
        max_limit=score.max_limit if score else None,
        installment_share_percent=_share(cost.installment, score),
        data_quality=score.data_quality if score else None,
        open_critical_warnings=_open_critical_warnings(merchant),
        consent_stands=Merchant.objects.consenting().filter(pk=merchant.pk).exists(),
        days_past_due=_days_past_due(merchant, terms, today=business_day(now)),
    )
    return checks.assess(facts, _limits(terms))


def offers_for(merchant: Merchant, terms: LoanTerms) -> tuple[offering.Offer, ...]:
    """Return up to three loans within the limits of a merchant's newest score; none without one."""
    score = latest_score(merchant)
    if score is None:
        return ()
    return offering.offers(
        min_limit=score.min_limit,
        max_limit=score.max_limit,
        average_monthly_revenue=score.average_monthly_revenue,
        yearly_rate_percent=terms.yearly_rate_percent,
        method=terms.method,
        max_tenor_months=terms.max_tenor_months,
        max_installment_percent=terms.max_installment_percent,
    )


def _share(installment: Decimal, score: CreditScore | None) -> Decimal | None:
    return score and offering.share_percent(installment, score.average_monthly_revenue)


def _limits(terms: LoanTerms) -> checks.Limits:
    return checks.Limits(
        least_points=terms.least_points,
        max_installment_percent=terms.max_installment_percent,
        max_tenor_months=terms.max_tenor_months,
    )


def _open_critical_warnings(merchant: Merchant) -> int:
    return EarlyWarning.objects.filter(
        merchant=merchant, status=EarlyWarning.Status.OPEN, severity=Severity.CRITICAL
    ).count()


def _days_past_due(merchant: Merchant, terms: LoanTerms, *, today: date) -> int:
    oldest = Installment.objects.filter(
        application__merchant=merchant,
        application__bank=terms.bank_id,
        paid_on=None,
        due_date__lt=today,
    ).aggregate(due=Min("due_date"))["due"]
    return (today - oldest).days if oldest else 0
