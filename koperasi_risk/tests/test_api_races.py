"""Forty people at once, over the API, each in a transaction that really commits."""

from collections import Counter

import pytest

from accounts.tests.people import at_once
from core.tenancy import tenant_scope
from koperasi_risk.models import RiskRule, RiskRuleRevision, Tenant
from koperasi_risk.tests.factories import a_koperasi

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 40
RULE = {
    "factor": "tenor",
    "weight": 1,
    "threshold": 1,
    "risk_category": "sedang",
    "auto_action": "approve",
}


@pytest.fixture
def founded(wayan) -> Tenant:
    with a_koperasi("KSP Ramai", wayan) as tenant:
        return tenant


def all_at_once(call) -> Counter:
    """Return how many of the crowd were answered each status."""
    return Counter(answer.status_code for answer in at_once(call, range(CROWD)))


def test_of_forty_who_add_the_same_factor_one_does(caller, wayan, founded):
    callers = [caller(wayan, founded) for _ in range(CROWD)]

    def add(number: int):
        # Capitals and spaces make no other factor of it.
        factor = " Tenor" if number % 2 else "tenor"
        return callers[number].post("config", RULE | {"factor": factor, "weight": number})

    assert all_at_once(add) == {201: 1, 409: CROWD - 1}
    with tenant_scope(founded.pk):
        assert RiskRule.objects.count() == RiskRuleRevision.objects.count() == 1


def test_of_forty_who_delete_a_rule_one_does(caller, wayan, founded):
    callers = [caller(wayan, founded) for _ in range(CROWD)]
    number = callers[0].post("config", RULE).json()["data"]["id"]

    answers = all_at_once(lambda at: callers[at].delete(f"config/{number}"))

    assert answers == {200: 1, 404: CROWD - 1}
