from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from conftest import NOON
from core.models import AuditEntry
from merchants.models import Consent, Merchant
from scoring.services.scores import recalculate
from transactions.services.sales import NewSale, create_sale

ALL = "/api/bank/merchants/all"


def _a_shop(name: str, **details) -> Merchant:
    shop = Merchant.objects.create(code=f"M-{name}", company_name=name, joined_at=NOON, **details)
    Consent.objects.create(merchant=shop, text_version="t", granted_at=NOON)
    return shop


def _sell(shop: Merchant, count: int = 1) -> None:
    for _ in range(count):
        create_sale(
            merchant=shop, sale=NewSale(method="CASH", amount=Decimal(50_000)), now=timezone.now()
        )
    recalculate(merchant=shop, now=timezone.now())


def _ids(answer) -> list[str]:
    return [row["merchantId"] for row in answer.json()["data"]["merchants"]]


def test_lists_best_scores_first_and_those_without_one_last(api, budi, warung, kios):
    _sell(kios, 3)

    answer = api(budi).get(ALL)

    assert answer.json()["data"]["count"] == 2
    assert _ids(answer) == [kios.code, warung.code]
    first, last = answer.json()["data"]["merchants"]
    assert first["monthlyRevenue"] == 150_000.0
    assert first["riskBand"] in ("Low", "Medium", "High")
    assert (last["creditScore"], last["riskBand"], last["monthlyRevenue"]) == (0, "N/A", 0.0)


def test_pages_never_overlap_across_the_end_of_the_ranking(api, budi):
    shops = [_a_shop(f"{number}") for number in range(7)]
    for shop in shops[4:]:
        _sell(shop)

    pages = [_ids(api(budi).get(ALL, {"limit": 2, "offset": offset})) for offset in (0, 2, 4, 6, 8)]

    assert [code for page in pages for code in page] == [
        shop.code for shop in (*shops[4:], *shops[:4])
    ]


def test_shows_the_latest_score_not_the_best_ever(api, budi, warung):
    _sell(warung)
    newest = recalculate(merchant=warung, now=timezone.now() + timedelta(days=40))

    row = api(budi).get(ALL).json()["data"]["merchants"][0]

    assert row["creditScore"] == newest.points


def test_a_withdrawn_consent_hides_the_merchant_at_once(api, budi, warung):
    warung.consents.update(withdrawn_at=timezone.now())

    assert _ids(api(budi).get(ALL)) == []
    assert api(budi).get(f"/api/bank/merchants/{warung.code}").status_code == 404
    assert api(budi).get(f"/api/bank/merchants/{warung.code}/credit").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"city": "bandung"}, ["Warung Sari"]),
        ({"category": "Retail"}, ["Warung Sari", "Kios Rini"]),
        ({"search": "kios"}, ["Kios Rini"]),
        ({"search": "%"}, []),
        ({"riskBand": "Low"}, []),
        ({"sort": "name"}, ["Kios Rini", "Warung Sari"]),
    ],
)
def test_filters_and_sorts(api, budi, warung, kios, query, found):
    rows = api(budi).get(ALL, query).json()["data"]["merchants"]

    assert [row["companyName"] for row in rows] == found


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "x"},
        {"offset": -1},
        {"riskBand": "Best"},
        {"sort": "iq"},
        {"search": "\0"},
    ],
)
def test_refuses_bad_queries(api, budi, query):
    assert api(budi).get(ALL, query).status_code == 400


def test_the_list_costs_the_same_for_any_number_of_rows(api, budi, django_assert_max_num_queries):
    for number in range(12):
        _a_shop(f"{number}")
    caller = api(budi)

    with django_assert_max_num_queries(7):
        caller.get(ALL)


def test_searches_by_the_latest_score(api, budi, warung, kios):
    _sell(warung)
    points = warung.latest_score.points

    wanted = {"minCreditScore": points, "maxCreditScore": points}
    found = api(budi).post("/api/bank/merchants/search", wanted, format="json")

    assert _ids(found) == [warung.code]
    assert (
        found.json()["data"]["merchants"][0]["estimatedMaxLimit"]
        == f"{warung.latest_score.max_limit:.2f}"
    )


def test_a_merchants_page_tells_who_it_is_and_is_recorded(api, budi, warung):
    warung.phone, warung.address = "+6281234567890", "Jl. Braga 1"
    warung.save()
    _sell(warung, 2)

    data = api(budi).get(f"/api/bank/merchants/{warung.code}").json()["data"]

    assert (data["phone"], data["address"]) == ("+6281234567890", "Jl. Braga 1")
    assert data["financialMetrics"]["revenue30d"] == 100_000.0
    assert data["financialMetrics"]["transactions30d"] == 2
    assert data["loanEligibility"]["canBorrow"] is True
    assert len(data["scoreHistory"]) == 1
    entry = AuditEntry.objects.get(action="merchant.personal_data_read")
    assert (entry.actor_code, entry.subject_code) == (str(budi.code), warung.code)


def test_a_merchants_page_without_a_score(api, budi, warung):
    data = api(budi).get(f"/api/bank/merchants/{warung.code}").json()["data"]

    assert (data["creditScore"], data["riskBand"]) == (None, "N/A")
    assert data["loanEligibility"] == {
        "estimatedMinLimit": 0,
        "estimatedMaxLimit": 0,
        "isEligible": False,
        "canBorrow": False,
    }


def test_the_credit_page_is_the_merchants_own(api, budi, sari, warung):
    _sell(warung)

    seen = api(budi).get(f"/api/bank/merchants/{warung.code}/credit").json()["data"]

    assert seen.pop("merchantId") == warung.code
    assert seen == api(sari).get("/api/merchant/credit-detail").json()["data"]


def test_the_credit_page_says_when_there_is_no_score(api, budi, warung):
    answer = api(budi).get(f"/api/bank/merchants/{warung.code}/credit")

    assert answer.status_code == 404
    assert answer.json()["code"] == "score_not_available"
