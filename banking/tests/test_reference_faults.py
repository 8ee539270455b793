"""What the reference's bank pages got wrong: old scores, filters after paging, a revenue of nothing."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from banking.selectors import PortfolioFilter, portfolio_page
from banking.tests.loans import a_score
from conftest import NOON
from core.dates import JAKARTA, business_day
from merchants.models import Consent, Merchant
from transactions.models import DailyTotal

SEARCH, ALL = "/api/bank/merchants/search", "/api/bank/merchants/all"


def _found(answer) -> list[str]:
    return [row["merchantId"] for row in answer.json()["data"]["merchants"]]


def test_an_older_better_score_is_found_no_more(api, budi, warung):
    a_score(warung, points=88, as_of=timezone.now() - timedelta(days=2))
    a_score(warung, points=41, as_of=timezone.now() - timedelta(days=1))

    def search(**wanted):
        return _found(api(budi).post(SEARCH, wanted, format="json"))

    assert search(minCreditScore=80) == []
    assert search(maxCreditScore=50) == [warung.code]


def test_fifty_recalculations_of_one_shop_leave_room_for_the_others(api, budi, warung, kios):
    a_score(kios, points=70)
    for _ in range(50):
        a_score(warung, points=41)

    data = api(budi).get(ALL, {"limit": 2}).json()["data"]

    assert data["count"] == 2
    assert [(row["merchantId"], row["creditScore"]) for row in data["merchants"]] == [
        (kios.code, 70),
        (warung.code, 41),
    ]


def test_a_category_is_filtered_before_the_page_is_cut(api, budi):
    for number in range(6):
        category = "Food" if number % 2 else "Retail"
        shop = Merchant.objects.create(
            code=f"M-{number}", company_name=f"S{number}", joined_at=NOON, category=category
        )
        Consent.objects.create(merchant=shop, text_version="t", granted_at=NOON)
        a_score(shop, points=90 - number)

    wanted = {"businessCategory": "Food", "limit": 3}
    answer = api(budi).post(SEARCH, wanted, format="json")

    assert _found(answer) == ["M-1", "M-3", "M-5"]
    assert answer.json()["data"]["count"] == 3


@pytest.mark.parametrize("text", ["2026-11-01T00:05:00", "2026-11-30T23:55:00"])
def test_revenue_is_that_of_thirty_days_on_the_first_and_the_last_of_a_month(budi, warung, text):
    now = datetime.fromisoformat(text).replace(tzinfo=JAKARTA)
    today = business_day(now)
    for days_ago in range(61):
        DailyTotal.objects.create(
            merchant=warung,
            day=today - timedelta(days=days_ago),
            paid_count=1,
            paid_amount=Decimal(1000),
        )

    page = portfolio_page(budi, wanted=PortfolioFilter(), sort="score", limit=10, offset=0, now=now)

    # Thirty complete days, and today's so far.
    assert page.rows[0].revenue == 31_000


def test_a_search_for_a_band_that_is_none_is_refused(api, budi):
    answer = api(budi).post(SEARCH, {"riskBand": "Best"}, format="json")

    assert answer.status_code == 400
