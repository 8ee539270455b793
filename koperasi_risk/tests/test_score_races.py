import pytest

from accounts.models import Organisation
from accounts.tests.people import at_once
from core.tenancy import tenant_scope
from koperasi_risk.models import MemberFacts, RiskAssessment, RiskResult, Tenant
from koperasi_risk.services.scores import rescore, score_member
from koperasi_risk.tests.factories import NOON, a_member, a_rule

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


def test_many_scorings_of_a_member_at_once_leave_one_truth():
    organisation = Organisation.objects.create(code="RACE", name="Race", kind="KOPERASI")
    with tenant_scope(organisation.pk):
        tenant = Tenant.objects.create(organisation=organisation)
        a_rule(tenant, "membership_months", threshold=600)
        member = a_member(tenant)

    def work(number):
        if number % 2:
            rescore(tenant_id=tenant.pk, now=NOON, trigger="NIGHT")
        else:
            with tenant_scope(tenant.pk):
                score_member(tenant=tenant, member_id=member.pk, now=NOON)

    at_once(work, range(AT_ONCE))

    with tenant_scope(tenant.pk):
        assessment = RiskAssessment.objects.get()
        assert RiskResult.objects.get().assessment_id == assessment.pk
        assert MemberFacts.objects.count() == 1
