from datetime import timedelta

import pytest
from django.utils import timezone

from banking.selectors import ORDERS, PortfolioFilter, PortfolioPage, portfolio_page
from conftest import NOON
from merchants.models import Consent, Merchant


def a_page(user, *, sort="score", limit=50, offset=0, **wanted) -> PortfolioPage:
    return portfolio_page(
        user,
        wanted=PortfolioFilter(**wanted),
        sort=sort,
        limit=limit,
        offset=offset,
        now=timezone.now(),
    )


@pytest.fixture
def shops(db) -> list[Merchant]:
    shops = [Merchant(code=f"M-{n}", company_name=f"Toko {n}", joined_at=NOON) for n in range(5)]
    Merchant.objects.bulk_create(shops)
    for shop in shops:
        Consent.objects.create(merchant=shop, text_version="t", granted_at=NOON)
    return shops


def test_lists_exactly_the_merchants_that_a_bank_may_see(budi, shops):
    now = timezone.now()
    shops[0].consents.update(withdrawn_at=now)
    shops[1].consents.update(valid_until=now - timedelta(seconds=1))
    shops[2].consents.update(granted_at=now + timedelta(hours=1))
    Consent.objects.create(merchant=shops[3], text_version="t", granted_at=NOON)

    page = a_page(budi)

    seen = Merchant.objects.visible_to(budi).values_list("code", flat=True)
    assert sorted(row.code for row in page.rows) == sorted(seen) == ["M-3", "M-4"]
    assert page.total == 2


def test_nobody_but_bank_people_sees_any(sari, operator, wayan, shops):
    assert [a_page(person).rows for person in (sari, operator, wayan)] == [[], [], []]


@pytest.mark.parametrize("sort", ["score", *ORDERS])
def test_pages_put_together_are_the_whole_list(budi, shops, sort):
    pages = [a_page(budi, sort=sort, limit=2, offset=offset) for offset in (0, 2, 4, 6)]

    codes = [row.code for page in pages for row in page.rows]
    assert sorted(codes) == [shop.code for shop in shops]
    assert codes == [row.code for row in a_page(budi, sort=sort).rows]
    assert {page.total for page in pages} == {5}


def test_a_withdrawn_consent_leaves_the_list_at_once_though_the_count_may_lag(budi, shops):
    assert a_page(budi, limit=2).total == 5
    shops[0].consents.update(withdrawn_at=timezone.now())

    assert [row.code for row in a_page(budi, limit=2).rows] == ["M-1", "M-2"]
    assert a_page(budi).total == 4


@pytest.mark.parametrize("search", ["%", "_", "'", "%(since)s", "\\", "toko 3", "m-3"])
def test_searched_words_are_taken_literally(budi, shops, search):
    found = [row.code for row in a_page(budi, search=search).rows]

    assert found == (["M-3"] if "3" in search else [])
