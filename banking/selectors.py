"""What a bank may know of the merchants that consented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core.dates import business_day
from core.errors import NotFound
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound
from scoring.models import CreditScore, LatestScore
from scoring.selectors import latest_score, score_history
from transactions.models import DailyTotal

HISTORY_POINTS = 12


@dataclass(frozen=True)
class PortfolioFilter:
    """What a bank looks for. Empty texts and None leave a filter off."""

    search: str = ""
    risk_band: str = ""
    category: str = ""
    city: str = ""
    min_points: int | None = None
    max_points: int | None = None

    @property
    def needs_score(self) -> bool:
        """Whether only merchants with a score can match."""
        return bool(self.risk_band) or (self.min_points or 0) > 0 or (self.max_points or 100) < 100


@dataclass(frozen=True)
class PortfolioPage:
    """One page of merchants with their latest score (`latest_score`, or None), and how many there are."""

    merchants: Sequence[Merchant]
    total: int


def portfolio(user, *, wanted: PortfolioFilter) -> QuerySet[Merchant]:
    """Return the merchants that this person may see and that match, unordered."""
    merchants = Merchant.objects.visible_to(user).filter(_matches(wanted))
    if wanted.needs_score:
        merchants = merchants.filter(latest_score__points__gte=wanted.min_points or 0)
        if wanted.max_points is not None:
            merchants = merchants.filter(latest_score__points__lte=wanted.max_points)
        if wanted.risk_band:
            merchants = merchants.filter(latest_score__risk_band=wanted.risk_band)
    return merchants


def _matches(wanted: PortfolioFilter) -> Q:
    matches = Q()
    if wanted.category:
        matches &= Q(category__iexact=wanted.category)
    if wanted.city:
        matches &= Q(city__iexact=wanted.city)
    if wanted.search:
        matches &= Q(company_name__icontains=wanted.search) | Q(code__iexact=wanted.search)
    return matches


ORDERS = {
    "name": ("company_name", "pk"),
    "city": ("city", "company_name", "pk"),
    "newest": ("-joined_at", "-pk"),
}


def portfolio_page(
    user, *, wanted: PortfolioFilter, sort: str, limit: int, offset: int
) -> PortfolioPage:
    """
    Return `limit` merchants from `offset`, best score first (merchants without one last), or by `sort`.

    `sort` is `score` or a key of ORDERS; every order ends in the key, so pages never overlap.
    """
    found = portfolio(user, wanted=wanted)
    if sort == "score":
        merchants = _by_score(found, limit=limit, offset=offset)
    else:
        ordered = found.select_related("latest_score").order_by(*ORDERS[sort])
        merchants = list(ordered[offset : offset + limit])
    return PortfolioPage(merchants=merchants, total=found.count())


def _by_score(found: QuerySet[Merchant], *, limit: int, offset: int) -> list[Merchant]:
    # Two steps: the ranking reads an index in order, where one outer join would sort every merchant.
    scored = LatestScore.objects.filter(merchant__in=found).order_by("-points", "merchant")
    ids = list(scored.values_list("merchant", flat=True)[offset : offset + limit])
    if len(ids) < limit:
        skipped = 0 if ids else offset - scored.count()
        unscored = found.filter(latest_score=None).order_by("pk").values_list("pk", flat=True)
        ids += list(unscored[skipped : skipped + limit - len(ids)])
    merchants = Merchant.objects.select_related("latest_score").in_bulk(ids)
    return [merchants[pk] for pk in ids]


def score_of(merchant: Merchant) -> LatestScore | None:
    """Return the merchant's latest score as the portfolio loaded it, or None."""
    return getattr(merchant, "latest_score", None)


def recent_revenue(merchant_ids: Sequence[int], *, now: datetime) -> Mapping[int, Decimal]:
    """Return the revenue of the last 30 complete days and today, net of refunds, by merchant id."""
    totals = DailyTotal.objects.filter(merchant__in=merchant_ids, day__gte=_thirty_days_ago(now))
    revenue = totals.values("merchant").annotate(revenue=_REVENUE)
    return dict(revenue.values_list("merchant", "revenue"))


_REVENUE = Sum(F("paid_amount") - F("refunded_amount"))


def _thirty_days_ago(now: datetime) -> date:
    return business_day(now) - timedelta(days=30)


def merchant_score(user, *, code: str) -> CreditScore:
    """
    Return the newest score of one merchant that this person may see.

    Raises MerchantNotFound for a merchant that is unknown or did not consent, ScoreNotAvailable without a score.
    """
    score = latest_score(_visible_merchant(user, code=code))
    if score is None:
        raise ScoreNotAvailable(_("This merchant has no credit score yet."))
    return score


class ScoreNotAvailable(NotFound):
    code = "score_not_available"


def _visible_merchant(user, *, code: str) -> Merchant:
    merchant = Merchant.objects.visible_to(user).select_related("owner").filter(code=code).first()
    if merchant is None:
        raise MerchantNotFound()
    return merchant


@dataclass(frozen=True)
class Overview:
    """What a bank sees of one merchant. `score` is None until there is one."""

    merchant: Merchant
    score: CreditScore | None
    history: Sequence
    revenue_30_days: Decimal
    sales_30_days: int


def merchant_overview(user, *, code: str, now: datetime) -> Overview:
    """
    Return one merchant that this person may see, with its score, history and last 30 days.

    Raises MerchantNotFound for a merchant that does not exist or did not consent, alike.
    """
    merchant = _visible_merchant(user, code=code)
    recent = DailyTotal.objects.filter(merchant=merchant, day__gte=_thirty_days_ago(now)).aggregate(
        revenue=_REVENUE, sales=Sum("paid_count")
    )
    return Overview(
        merchant=merchant,
        score=latest_score(merchant),
        history=score_history(merchant)[:HISTORY_POINTS],
        revenue_30_days=recent["revenue"] or Decimal(0),
        sales_30_days=recent["sales"] or 0,
    )
