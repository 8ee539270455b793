"""A refund whose answer was lost is never taken for refused: asked for anew it would be paid twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from transactions.models import Refund
from transactions.paylabs.client import GatewayRefused
from transactions.services.refunds import (
    RefundExceedsPaid,
    refund_sale,
    refunds_to_ask,
    resolve_refund,
)
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.callbacks import report


@pytest.fixture
def sale(paylabs, warung):
    """Rp 1,000, paid by QRIS."""
    sale = create_sale(
        merchant=warung, sale=NewSale(method="QRIS", amount=Decimal(1000)), now=timezone.now()
    )
    paylabs.pay(sale.code, silent=True)
    report(sale, paylabs)
    sale.refresh_from_db()
    return sale


def give_back(sale, amount=1000) -> Refund:
    return refund_sale(
        transaction=sale, amount=Decimal(amount), reason="Salah ketik", by=None, now=timezone.now()
    )


def sweep(*, hours: int = 1) -> None:
    now = timezone.now() + timedelta(hours=hours)
    for pk in refunds_to_ask(now=now):
        resolve_refund(refund_id=pk, now=now)


def test_a_refund_whose_answer_was_lost_is_paid_once(paylabs, sale):
    paylabs.behave("refund", "lose_answer", times=1)
    refund = give_back(sale)
    assert refund.status == "REQUESTED"

    sweep()

    refund.refresh_from_db()
    assert refund.status == "PROCESSED"
    assert len(paylabs.order(sale.code)["refunds"]) == 1
    assert rebuild_daily_totals() == []


def test_a_busy_gateway_after_a_lost_answer_does_not_make_a_refund_refused(paylabs, sale):
    paylabs.behave("refund", "lose_answer", times=1)
    refund = give_back(sale)
    paylabs.behave("refund", "refuse")

    sweep()

    refund.refresh_from_db()
    assert refund.status == "PROCESSED"


def test_while_nobody_can_tell_what_became_of_a_refund_its_money_is_spoken_for(paylabs, sale):
    paylabs.behave("refund", "lose_answer", times=1)
    refund = give_back(sale)
    paylabs.behave("refund", "refuse")
    paylabs.behave("refund_query", "refuse")

    sweep()

    refund.refresh_from_db()
    assert refund.status == "REQUESTED"
    with pytest.raises(RefundExceedsPaid):
        give_back(sale)


def test_a_refund_that_the_gateway_never_made_is_refused_in_its_words(paylabs, sale):
    paylabs.behave("refund", "refuse")

    with pytest.raises(GatewayRefused):
        give_back(sale)

    assert Refund.objects.get().status == "REJECTED"
    paylabs.behave("refund", "")
    assert give_back(sale).status == "PROCESSED"
