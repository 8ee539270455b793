from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from config.tests.browser.visitor import IN_A_BROWSER, PAGE_BYTES
from koperasi_risk.models import DecisionOverride, Member
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.rule_book import refresh_ruleset_hash
from koperasi_risk.services.scores import score_member
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_rule,
    an_account,
    an_installment,
)

pytestmark = IN_A_BROWSER


@pytest.fixture
def ayu(wayan) -> Member:
    """A member with something on every part of her page."""
    now = timezone.now()
    with a_koperasi("KSP Mekar", wayan) as tenant:
        a_rule(tenant, "debt_service_ratio", threshold=35)
        a_rule(tenant, "max_dpd_current", threshold=30, auto_action="REJECT")
        refresh_ruleset_hash(tenant)
        member = a_member(tenant, full_name="Ayu Lestari", nik="3201021504880001")
        an_account(member, "MANDATORY", balance=750_000)
        loan = a_loan(member)
        for number, days in ((1, 45), (2, 15), (3, -15)):
            an_installment(loan, number, tenant.today(now) - timedelta(days=days))
        result = score_member(tenant=tenant, member_id=member.pk, now=now)
        check_loan(
            tenant=tenant,
            member_id=member.pk,
            amount=Decimal(1_000_000),
            tenor_months=5,
            by=wayan,
            now=now,
        )
        DecisionOverride.objects.create(
            tenant=tenant,
            member=member,
            assessment=result.assessment,
            came_from=result.decision,
            went_to="APPROVE",
            reason_code="NEW_COLLATERAL",
            note="Agunan baru diserahkan.",
            valid_until=tenant.today(now) + timedelta(days=30),
            maker=wayan,
            made_at=now,
        )
    return member


def test_the_pages_of_a_new_koperasi(visit, wayan, admin_user, db):
    with a_koperasi("KSP Baru", wayan):
        pass
    with visit(wayan) as visitor:
        visitor.glance(["/koperasi/", "/koperasi/anggota/", "/koperasi/pengecualian/"])
    with visit(admin_user) as other:
        other.glance(["/koperasi/kunjungan/"])

    assert not visitor.complaints + other.complaints, visitor.complaints + other.complaints


def test_the_page_of_a_member_is_light(visit, wayan, ayu):
    with visit(wayan) as visitor:
        assert visitor.weigh(f"/koperasi/anggota/{ayu.code}/") <= PAGE_BYTES
