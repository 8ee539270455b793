"""Loans by API: the contract's fields, other banks' eyes, and calls that repeat."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Organisation, Role
from banking.models import LoanApplication
from banking.tests.loans import MILLION, a_person, a_score, an_application, at_status, move
from core.tests.hands import side_by_side

LOANS = "/api/bank/loan-applications"


@pytest.fixture
def maya(bank):
    return a_person(bank, Role.BANK_APPROVER, "Maya")


@pytest.fixture
def rival(db):
    """Another bank's officer."""
    other = Organisation.objects.create(code="BNI", name="PT Bank BNI", kind="BANK")
    return a_person(other, Role.BANK_OFFICER, "Agus")


@pytest.fixture
def loan(budi, maya, warung):
    a_score(warung)
    return at_status("DISBURSED", officer=budi, approver=maya, merchant=warung)


def _post(api, person, address: str, body: dict, **headers):
    return api(person).post(address, body, format="json", headers=headers)


def test_makes_an_application_with_the_fields_of_the_contract(api, budi, warung):
    a_score(warung, points=85)
    body = {
        "merchantId": warung.code,
        "amount": 12_000_000,
        "tenor": 12,
        "bankId": "BNI",
        "status": "Submitted",
        "purpose": "Modal kerja",
        "recommendedAmount": "10000000",
        "interestRate": 11.5,
    }

    answer = _post(api, budi, LOANS, body)

    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data.pop("applicationId").startswith("LA-")
    assert data == {
        "merchantId": warung.code,
        "bankId": "BCA",
        "amount": "12000000.00",
        "tenor": 12,
        "status": "Submitted",
        "creditScoreAtApplication": 85,
        "riskBandAtApplication": "Low",
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"amount": 0}, 400),
        ({"amount": -5}, 400),
        ({"amount": "1.234"}, 400),
        ({"amount": True}, 400),
        ({"amount": 10**13}, 400),
        ({"amount": "NaN"}, 400),
        ({"amount": None}, 400),
        ({"tenor": 0}, 400),
        ({"tenor": 121}, 400),
        ({"tenor": True}, 400),
        ({"tenor": "satu"}, 400),
        ({"tenor": 1.5}, 400),
        ({"status": "Disbursed"}, 400),
        ({"status": "Approved"}, 400),
        ({"status": "Best"}, 400),
        ({"interestRate": 101}, 400),
        ({"interestRate": "1e1"}, 400),
        ({"purpose": "x" * 201}, 400),
        ({"merchantId": 5}, 400),
        ({"merchantId": "M-NOWHERE"}, 404),
    ],
)
def test_refuses_what_cannot_be_lent(api, budi, warung, change, status):
    body = {"merchantId": warung.code, "amount": 12_000_000, "tenor": 12} | change

    answer = _post(api, budi, LOANS, body)

    assert answer.status_code == status, answer.json()
    assert not LoanApplication.objects.exists()


def test_a_bank_id_too_long_for_the_reference_is_ignored_too(api, budi, warung):
    body = {"merchantId": warung.code, "amount": 1000, "tenor": 1, "bankId": "B" * 60}

    assert _post(api, budi, LOANS, body).json()["data"]["bankId"] == "BCA"


def test_a_shop_without_consent_is_unknown(api, budi, warung):
    warung.consents.update(withdrawn_at=timezone.now())
    body = {"merchantId": warung.code, "amount": 1000, "tenor": 1}

    answer = _post(api, budi, LOANS, body)

    assert (answer.status_code, answer.json()["code"]) == (404, "merchant_not_found")


def test_the_same_call_twice_makes_one_application(api, budi, warung):
    body = {"merchantId": warung.code, "amount": 1000, "tenor": 1}
    first, second = (_post(api, budi, LOANS, body, **{"Idempotency-Key": "k1"}) for _ in range(2))

    assert first.content == second.content
    assert LoanApplication.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(api, budi, warung):
    body = {"merchantId": warung.code, "amount": 1000, "tenor": 1}
    _post(api, budi, LOANS, body, **{"Idempotency-Key": "k1"})

    answer = _post(api, budi, LOANS, body | {"amount": 2000}, **{"Idempotency-Key": "k1"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert LoanApplication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_call_many_times_at_once_makes_one_application(api, budi, warung):
    body = {"merchantId": warung.code, "amount": 1000, "tenor": 1, "status": "Submitted"}
    callers = [api(budi) for _ in range(8)]

    def call(number):
        return callers[number].post(LOANS, body, format="json", headers={"Idempotency-Key": "k1"})

    answers = side_by_side(8, call)
    again = call(0)

    loan = LoanApplication.objects.get()
    made = [answer for answer in [*answers, again] if answer.status_code == 201]
    assert {answer.content for answer in made} == {again.content}
    assert again.json()["data"]["applicationId"] == loan.code
    others = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert others <= {"in_progress"}
    assert loan.transitions.count() == 2


def test_lists_a_banks_own_applications_of_one_merchant_newest_first(
    api, budi, rival, warung, django_assert_max_num_queries
):
    older, newer = an_application(budi, warung), an_application(budi, warung)
    an_application(rival, warung)
    caller = api(budi)

    with django_assert_max_num_queries(4):
        answer = caller.get(f"{LOANS}/{warung.code}")

    data = answer.json()["data"]
    assert data["merchantId"] == warung.code
    assert [row["applicationId"] for row in data["applications"]] == [newer.code, older.code]
    assert data["applications"][0]["creditScoreAtApplication"] is None
    assert data["applications"][0]["bankId"] == "BCA"
    assert api(budi).get(f"{LOANS}/M-NOWHERE").json()["data"]["applications"] == []


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("get", "/detail", None),
        ("get", "/schedule", None),
        ("post", "/transition", {"to": "Rejected", "notes": "x" * 20}),
        ("post", "/repayments", {"reference": "A", "amount": 1}),
    ],
)
def test_another_banks_application_is_nowhere(api, rival, sari, loan, method, tail, body):
    address = f"{LOANS}/{loan.code}{tail}"

    theirs = getattr(api(rival), method)(address, body, format="json")
    merchants = getattr(api(sari), method)(address, body, format="json")

    assert (theirs.status_code, theirs.json()["code"]) == (404, "application_not_found")
    assert merchants.status_code == 403
    assert api(rival).get(f"{LOANS}/{loan.merchant.code}").json()["data"]["applications"] == []
    assert api(rival).get(LOANS).json()["data"]["applications"] == []


def test_an_application_moves_from_draft_to_paid_back(api, budi, maya, warung):
    a_score(warung)
    code = an_application(budi, warung, amount=2 * MILLION, tenor_months=2).code

    def go(person, **body):
        return _post(api, person, f"{LOANS}/{code}/transition", body)

    assert go(budi, to="Submitted").json()["data"]["nextStatuses"] == ["Draft"]
    assert go(maya, to="Approved").status_code == 409
    assert go(maya, to="Under Review").status_code == 200
    assert go(budi, to="Approved").json()["code"] == "not_your_step"
    refused = go(maya, to="Approved", approvedAmount=3_000_000)
    assert refused.json()["errors"][0]["field"] == "approvedAmount"
    approved = go(maya, to="Approved", approvedAmount=1_000_000, interestRate=0).json()["data"]
    assert (approved["approvedAmount"], approved["decidedBy"]) == ("1000000.00", "Maya")
    assert go(budi, to="Disbursed", disbursedAmount=1_000_001).status_code == 400
    paid_out = go(budi, to="Disbursed").json()["data"]
    assert (paid_out["status"], paid_out["disbursedAmount"]) == ("Disbursed", "1000000.00")
    assert len(paid_out["history"]) == 5

    pay = {"reference": "TRF-1", "amount": 600_000}
    first = _post(api, budi, f"{LOANS}/{code}/repayments", pay).json()["data"]
    again = _post(api, budi, f"{LOANS}/{code}/repayments", pay).json()["data"]
    assert first == again
    assert first["standing"]["remaining"] == 400_000.0
    other = _post(api, budi, f"{LOANS}/{code}/repayments", pay | {"amount": 1})
    assert (other.status_code, other.json()["code"]) == (409, "reference_taken")
    _post(api, budi, f"{LOANS}/{code}/repayments", {"reference": "TRF-2", "amount": 400_000})
    schedule = api(budi).get(f"{LOANS}/{code}/schedule").json()["data"]
    assert [line["paidAmount"] for line in schedule["installments"]] == ["500000.00"] * 2
    assert api(budi).get(f"{LOANS}/{code}/detail").json()["data"]["repaidDate"]


def test_a_rejection_without_notes_names_the_field(api, budi, maya, warung):
    application = at_status("UNDER_REVIEW", officer=budi, approver=maya, merchant=warung)

    answer = _post(api, maya, f"{LOANS}/{application.code}/transition", {"to": "Rejected"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "notes"


def test_the_pipeline_has_its_stages_and_pages(
    api, budi, maya, warung, kios, django_assert_max_num_queries
):
    a_score(warung, points=85)
    a_score(kios, points=70)
    codes = [an_application(budi, warung, amount=n * MILLION).code for n in range(1, 4)]
    codes.append(an_application(maya, kios, amount=9 * MILLION, submit=True).code)
    caller = api(budi)

    with django_assert_max_num_queries(5):
        first = caller.get(LOANS, {"limit": 3}).json()["data"]
    second = caller.get(LOANS, {"limit": 3, "cursor": first["nextCursor"]}).json()["data"]

    rows = [*first["applications"], *second["applications"]]
    assert [row["applicationId"] for row in rows] == codes[::-1]
    assert second["nextCursor"] is None
    assert [row["creditScoreNow"] for row in rows] == [70, 85, 85, 85]
    assert rows[1]["scoreChange"] == 0
    stages = {stage["status"]: (stage["count"], stage["amount"]) for stage in first["stages"]}
    assert stages["Draft"] == (3, 6_000_000.0)
    assert stages["Submitted"] == (1, 9_000_000.0)
    assert stages["Disbursed"] == (0, 0.0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "Submitted"}, {"B"}),
        ({"minAmount": 2_000_000}, {"B"}),
        ({"maxAmount": 2_000_000}, {"A"}),
        ({"minScore": 80}, {"A"}),
        ({"maxScore": 80}, set()),
        ({"search": "sari"}, {"A"}),
        ({"search": "LA-TEST-B"}, {"B"}),
        ({"overdue": "true"}, set()),
        ({"officer": "00000000-0000-0000-0000-000000000000"}, set()),
    ],
)
def test_the_pipeline_filters(api, budi, warung, kios, query, found):
    a_score(warung, points=85)
    an_application(budi, warung, amount=MILLION, code="LA-TEST-A")
    an_application(budi, kios, amount=5 * MILLION, submit=True, code="LA-TEST-B")

    rows = api(budi).get(LOANS, query).json()["data"]["applications"]

    assert {row["applicationId"].removeprefix("LA-TEST-") for row in rows} == found


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"status": "x"}, {"cursor": "x"}, {"officer": "x"}]
)
def test_refuses_bad_questions_about_the_pipeline(api, budi, query):
    assert api(budi).get(LOANS, query).status_code == 400


def test_an_ended_consent_leaves_the_banks_own_loan_readable_without_a_fresh_score(api, budi, loan):
    a_score(loan.merchant, points=30, as_of=timezone.now())
    loan.merchant.consents.update(withdrawn_at=timezone.now())

    row = api(budi).get(LOANS).json()["data"]["applications"][0]

    assert (row["creditScoreAtApplication"], row["creditScoreNow"]) == (85, None)
    assert api(budi).get(f"{LOANS}/{loan.code}/detail").status_code == 200


def test_a_quote_tells_cost_and_checks(api, budi, warung):
    a_score(warung)
    query = {"amount": 12_000_000, "tenor": 12, "interestRate": 12, "merchantId": warung.code}

    data = api(budi).get("/api/bank/loan-quote", query).json()["data"]

    assert data["installment"] == 1_066_185.46
    assert data["total"] == 12_794_225.58
    assert data["assessment"]["recommendation"] == "APPROVE"
    flat = api(budi).get("/api/bank/loan-quote", {**query, "repaymentMethod": "Flat"})
    assert flat.json()["data"]["installment"] == 1_120_000.0
    assert api(budi).get("/api/bank/loan-quote", {"amount": "x", "tenor": 1}).status_code == 400


def test_a_batch_is_assessed_in_the_order_asked_for(api, budi, warung, kios):
    a_score(warung, points=85)
    a_score(kios, points=0, max_limit=Decimal("1.50"))
    codes = [kios.code, "M-NOWHERE", warung.code, kios.code]

    data = _post(api, budi, "/api/bank/batch-assessment", {"merchantIds": codes}).json()["data"]

    assert data["totalMerchants"] == 3
    assert data["summary"] == {"avgCreditScore": 42.5, "highRisk": 1, "mediumRisk": 0, "lowRisk": 1}
    assert data["details"] == [
        {"merchantId": kios.code, "creditScore": 0, "riskBand": "High", "loanLimit": "1.50"},
        {"merchantId": "M-NOWHERE", "creditScore": None, "riskBand": "N/A", "loanLimit": None},
        {
            "merchantId": warung.code,
            "creditScore": 85,
            "riskBand": "Low",
            "loanLimit": "36000000.00",
        },
    ]


def test_the_average_of_no_scores_is_none(api, budi, warung):
    answer = _post(api, budi, "/api/bank/batch-assessment", {"merchantIds": [warung.code]})

    assert answer.json()["data"]["summary"]["avgCreditScore"] is None


@pytest.mark.parametrize("ids", [[], None, "x", [1], ["x"] * 501])
def test_refuses_batches_that_are_none(api, budi, ids):
    answer = _post(api, budi, "/api/bank/batch-assessment", {"merchantIds": ids})

    assert answer.status_code == 400


def test_a_merchant_sees_its_own_loans_but_no_drafts_and_no_notes(api, sari, rini, budi, loan):
    an_application(budi, loan.merchant)

    rows = api(sari).get("/api/merchant/loan-applications").json()["data"]["applications"]

    assert [row["applicationId"] for row in rows] == [loan.code]
    assert rows[0]["standing"]["collectability"] == 1
    assert "bankDecisionNotes" not in rows[0]
    assert api(budi).get("/api/merchant/loan-applications").status_code == 403


def test_a_real_score_of_zero_is_no_missing_one(api, budi, warung):
    a_score(warung, points=0)

    data = api(budi).get(f"/api/bank/merchants/{warung.code}").json()["data"]
    made = move(an_application(budi, warung), "SUBMITTED", budi)

    assert (data["creditScore"], data["riskBand"]) == (0, "High")
    assert made.points_at_application == 0
