import pytest
from django.utils import timezone

from koperasi_risk.models import LoanCheck, RiskResult
from koperasi_risk.tests.factories import a_koperasi, a_member, a_rule

SIX = ["member_id", "tenant_id", "score", "decision", "reasons", "computed_at"]
BOTH = pytest.mark.parametrize("prefix", ["/koperasi/risk/", "/api/koperasi/risk/"])


@pytest.fixture
def ani(mekar):
    """Earns four million a month."""
    today = mekar.today(timezone.now())
    return a_member(mekar, monthly_income=4_000_000, income_verified_on=today)


def loan(member, **changes) -> dict:
    return {"member_id": member.pk, "amount": 12_000_000, "tenor_months": 12} | changes


@BOTH
def test_a_loan_that_may_be_applied_for_is_answered_as_a_result(engine, mekar, ani, prefix):
    answer = engine.post("loan-check", loan(ani), prefix=prefix)

    body = answer.json()
    assert (answer.status_code, list(body)) == (200, SIX)
    assert (body["member_id"], body["tenant_id"]) == (ani.pk, mekar.pk)


@BOTH
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_rejected_loan_is_a_conflict_with_its_reasons(engine, mekar, ani, prefix, language):
    a_rule(mekar, "debt_service_ratio", threshold=20, auto_action="REJECT")

    answer = engine.post(
        "loan-check", loan(ani), prefix=prefix, headers={"Accept-Language": language}
    )

    body = answer.json()
    assert (answer.status_code, body["meta"]["status_code"]) == (409, 409)
    assert body["message"] == "loan rejected by risk engine"
    assert body["errors"] == {"reasons": LoanCheck.objects.get().reasons}
    assert (body["success"], body["data"]) == (False, None)


@pytest.mark.parametrize(("installment", "status"), [(700_000, 200), (900_000, 409)])
def test_the_new_instalment_decides(engine, mekar, ani, installment, status):
    a_rule(mekar, "debt_service_ratio", threshold=20, auto_action="REJECT")

    answer = engine.post("loan-check", loan(ani, monthly_instalment=installment))

    assert answer.status_code == status


def test_every_answer_is_kept_and_the_members_result_is_not_touched(engine, mekar, ani, wayan):
    a_rule(mekar, "debt_service_ratio", threshold=20, auto_action="REJECT")

    engine.post("loan-check", loan(ani))

    check = LoanCheck.objects.get()
    assert (check.member, check.asked_by, check.is_rejected) == (ani, wayan, True)
    assert not RiskResult.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("member_id", value) for value in [None, "1", True, 0, -1, 1.5]),
        *(("amount", value) for value in [None, "1000", True, 0, -1, 10**18]),
        *(("tenor_months", value) for value in [None, "12", True, 0, -1, 1.5, 361]),
        *(("monthly_instalment", value) for value in ["1000", True, 0, -1]),
    ],
)
def test_a_loan_that_is_no_good_names_its_field(engine, ani, name, value):
    answer = engine.post("loan-check", loan(ani, **{name: value}))

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    assert not LoanCheck.objects.exists()


def test_an_instalment_may_be_null(engine, ani):
    assert engine.post("loan-check", loan(ani, monthly_instalment=None)).status_code == 200


def test_an_amount_is_taken_to_the_sen(engine, ani):
    answer = engine.post("loan-check", loan(ani, amount=1_000_000.555))

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["amount"])


def test_a_member_of_another_koperasi_is_not_found(engine, mekar):
    with a_koperasi("KSP Lain") as other:
        theirs = a_member(other)

    assert engine.post("loan-check", loan(theirs)).status_code == 404
