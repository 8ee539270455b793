"""What merchants and banks read and say of warnings, by API."""

from datetime import timedelta

import pytest

from accounts.models import Organisation, Role, User
from alerts.models import BankReview, EarlyWarning
from alerts.tests.factories import a_warning
from conftest import NOON
from core.models import AuditEntry
from merchants.models import Consent

pytestmark = pytest.mark.django_db
BOARD = "/api/bank/alerts"


@pytest.fixture
def rival(db) -> User:
    """Lends for another bank."""
    bank = Organisation.objects.create(code="BNI", name="PT BNI", kind="BANK")
    return User.objects.create(
        email="siti@bni.example", full_name="Siti", role=Role.BANK_OFFICER, organisation=bank
    )


def ids(response, key: str = "alerts") -> list[str]:
    assert response.status_code == 200, response.json()
    return [alert["id"] for alert in response.json()["data"][key]]


def test_a_merchant_reads_its_active_warnings_newest_first(api, sari, warung, kios):
    old = a_warning(warung, kind="SCORE_DROP", at=NOON - timedelta(days=2))
    new = a_warning(warung, kind="REVENUE_DROP", severity="CRITICAL", at=NOON)
    a_warning(warung, kind="REFUND_SPIKE", status="RESOLVED", resolved_at=NOON)
    a_warning(kios)

    answer = api(sari).get("/api/merchant/alerts", headers={"Accept-Language": "en"})

    data = answer.json()["data"]
    assert ids(answer) == [str(new.code), str(old.code)]
    assert {key: data[key] for key in data if key != "alerts"} == {
        "totalAlerts": 2,
        "criticalCount": 1,
        "mediumCount": 1,
        "lowCount": 0,
    }
    assert data["alerts"][0] == {
        "id": str(new.code),
        "type": "Revenue Drop",
        "severity": "Critical",
        "metric": "Daily Revenue",
        "currentValue": "50000.00",
        "detectedAt": "2026-03-02T05:00:00.000Z",
        "analysis": "Revenue averaged Rp\xa050,000 a day over the last 10 days, 50% below the "
        "Rp\xa0100,000 of the 20 days before.",
        "analysisSource": "template",
        "acknowledgedAt": None,
    }


def test_an_owner_acknowledges_and_the_banks_see_no_difference(api, sari, budi, warung):
    warning = a_warning(warung)
    url = f"/api/merchant/alerts/{warning.code}/acknowledge"

    first, again = api(sari).post(url), api(sari).post(url)

    assert first.json()["data"]["acknowledgedAt"] == again.json()["data"]["acknowledgedAt"]
    assert AuditEntry.objects.filter(action="warning.acknowledged").count() == 1
    assert api(budi).get(BOARD).json()["data"]["alerts"][0]["standing"] == "New"


def test_a_bank_reads_one_merchants_active_warnings_at_either_address(api, budi, warung):
    active = a_warning(warung, kind="REFUND_SPIKE")
    a_warning(warung, status="RESOLVED", resolved_at=NOON, resolution="CLEARED")

    answers = [
        api(budi).get(f"/api/bank/merchants/{warung.code}/alerts"),
        api(budi).get(f"/api/bank/alerts/{warung.code}"),
    ]

    assert [ids(answer) for answer in answers] == [[str(active.code)]] * 2
    assert answers[0].json()["data"]["summary"] == {
        "total": 1,
        "critical": 0,
        "medium": 1,
        "low": 0,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["open"]),
        ("?status=active", ["open"]),
        ("?status=all", ["open", "own", "closed"]),
        ("?status=resolved", ["own", "closed"]),
        ("?resolved=false", ["open"]),
        ("?resolved=true", ["own", "closed"]),
    ],
)
def test_what_is_asked_for_is_listed(api, budi, warung, query, expected):
    warnings = {
        "closed": a_warning(warung, status="RESOLVED", resolved_at=NOON, at=NOON),
        "own": a_warning(warung, kind="SCORE_DROP", at=NOON + timedelta(hours=1)),
        "open": a_warning(warung, kind="REFUND_SPIKE", at=NOON + timedelta(hours=2)),
    }
    review(api, budi, warnings["own"], "resolve")

    answer = api(budi).get(f"/api/bank/alerts/{warung.code}{query}")

    assert ids(answer) == [str(warnings[name].code) for name in expected]


def review(api, person, warning, deed: str, note: str = "Sudah ditelepon."):
    return api(person).post(f"{BOARD}/{warning.code}/{deed}", {"note": note}, format="json")


def test_each_bank_stands_to_a_warning_for_itself(api, sari, budi, rival, warung):
    warning = a_warning(warung)

    answer = review(api, budi, warning, "resolve")

    assert answer.json()["data"]["standing"] == "Resolved"
    assert answer.json()["data"]["resolved"] is True
    assert ids(api(budi).get(BOARD)) == []
    assert ids(api(budi).get(BOARD + "?standing=Resolved")) == [str(warning.code)]
    assert api(rival).get(BOARD).json()["data"]["alerts"][0]["standing"] == "New"
    assert "telepon" not in api(sari).get("/api/merchant/alerts").content.decode()


def test_resolving_takes_a_note(api, budi, warung):
    answer = review(api, budi, a_warning(warung), "resolve", note=" ")

    assert (answer.status_code, answer.json()["code"]) == (400, "note_required")
    assert not BankReview.objects.exists()


def test_a_warning_that_a_scan_closed_is_reviewed_no_more(api, budi, warung):
    closed = a_warning(warung, status="RESOLVED", resolved_at=NOON)

    answer = review(api, budi, closed, "monitor")

    assert (answer.status_code, answer.json()["code"]) == (409, "warning_resolved")


def test_a_merchant_without_consent_is_hidden_with_its_warnings(api, budi, warung):
    warning = a_warning(warung)
    Consent.objects.update(withdrawn_at=NOON)

    assert api(budi).get(f"/api/bank/alerts/{warung.code}").status_code == 404
    assert review(api, budi, warning, "monitor").status_code == 404
    assert ids(api(budi).get(BOARD)) == []


def test_a_merchants_token_opens_no_bank_route(api, sari, warung):
    warning = a_warning(warung)

    answers = [
        api(sari).get(BOARD),
        api(sari).get(f"{BOARD}/{warung.code}"),
        review(api, sari, warning, "resolve"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3


def test_the_board_answers_with_counts_merchant_and_cursor(api, budi, warung, kios):
    low = a_warning(warung, severity="LOW", at=NOON + timedelta(days=1))
    worst = a_warning(kios, severity="CRITICAL")

    first = api(budi).get(BOARD + "?limit=1")
    data = first.json()["data"]
    second = api(budi).get(f"{BOARD}?limit=1&cursor={data['nextCursor']}")

    assert (ids(first), ids(second)) == ([str(worst.code)], [str(low.code)])
    assert data["alerts"][0]["merchantId"] == kios.code
    assert data["counts"] == {
        "total": 2,
        "critical": 1,
        "medium": 0,
        "low": 1,
        "new": 2,
        "acknowledged": 0,
        "monitoring": 0,
        "resolved": 0,
    }
    assert second.json()["data"]["nextCursor"] is None


@pytest.mark.parametrize("query", ["?severity=High", "?limit=0", "?cursor=x", "?type=Theft"])
def test_nonsense_is_refused(api, budi, query):
    assert api(budi).get(BOARD + query).status_code == 400


def test_the_board_costs_the_same_however_many_warnings(
    api, budi, warung, kios, django_assert_num_queries
):
    caller = api(budi)
    caller.get(BOARD)
    for kind in EarlyWarning.Kind.values:
        a_warning(warung, kind=kind)
        a_warning(kios, kind=kind)

    # Person and session, the page, the counts.
    with django_assert_num_queries(3):
        assert len(ids(caller.get(BOARD))) == 10


def test_the_trend_counts_months(api, budi, warung):
    a_warning(warung)

    months = api(budi).get(BOARD + "/trend?months=2").json()["data"]["months"]

    assert len(months) == 2
    assert set(months[0]) == {"month", "raised", "critical", "medium", "low", "resolved"}


def test_a_banks_page_of_a_merchant_flags_its_open_warnings(api, budi, warung):
    a_warning(warung, severity="CRITICAL")

    data = api(budi).get(f"/api/bank/merchants/{warung.code}").json()["data"]

    assert data["riskFlags"] == [
        {"type": "Revenue Drop", "severity": "Critical", "detected": "2026-03-02T05:00:00.000Z"}
    ]
