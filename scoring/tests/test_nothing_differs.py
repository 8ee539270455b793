"""After a busy minute the books agree: totals with sales, scores with their series, the log with its chain."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from core import audit
from core.audit_chain import export_head, seal
from core.models import AuditSeal
from core.tests.hands import side_by_side
from merchants.models import Merchant
from scoring.models import CreditScore, LatestScore
from scoring.services.runs import continue_run, start_run
from scoring.services.scores import recalculate
from scoring.tests.factories import daily_sales
from transactions.models import Refund, SalesImport, Transaction
from transactions.services.imports import Reading, import_sales
from transactions.services.refunds import refund_sale
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import rebuild_daily_totals

TIMES = 8
HEADER = "merchant_id,transaction_id,occurred_at,amount,payment_method,status"


@pytest.fixture
def busy(transactional_db, warung, kios):
    for shop in (warung, kios):
        daily_sales(shop, days=40, now=timezone.now())
    return warung, kios


def a_file(shops: tuple[Merchant, ...]) -> io.BytesIO:
    day_ago = timezone.now() - timedelta(days=1)
    rows = [
        f"{shop.code},A-{n},{(day_ago - timedelta(hours=n)).isoformat()},{1000 + n},QRIS,Success"
        for shop in shops
        for n in range(60)
    ]
    return io.BytesIO("\n".join([HEADER, *rows, ""]).encode())


def work_of(shops, refundable) -> list:
    """Everything that moves money or judges, each to be done at once with the others."""
    now = timezone.now()
    file = a_file(shops).getvalue()

    def sell(times: int):
        create_sale(
            merchant=shops[times % 2], sale=NewSale(method="CASH", amount=Decimal(5000)), now=now
        )

    def refund(times: int):
        for amount in (300, 700):
            refund_sale(
                transaction=refundable[times], amount=Decimal(amount), reason="", by=None, now=now
            )

    def read_file(_):
        import_sales(file=io.BytesIO(file), name="a.csv", reading=Reading(), now=now)

    def judge_one(times: int):
        recalculate(merchant=shops[times % 2], now=timezone.now())

    def judge_all(_):
        moment = timezone.now()
        continue_run(run=start_run(as_of=moment, now=moment), now=moment)

    def note_and_seal(times: int):
        audit.record("rule.published", now=timezone.now(), number=times)
        seal(now=timezone.now())

    return [sell, sell, refund, read_file, judge_one, judge_all, note_and_seal]


def test_nothing_differs_after_sales_refunds_imports_and_scores_at_once(busy, tmp_path, capsys):
    refundable = list(Transaction.objects.order_by("pk")[:TIMES])
    work = work_of(busy, refundable)

    def again_and_again(number: int):
        for times in range(TIMES):
            work[number](times)

    side_by_side(len(work), again_and_again)

    assert Transaction.objects.count() == 2 * 40 + 2 * TIMES + 2 * 60
    assert Refund.objects.count() == 2 * TIMES
    assert SalesImport.objects.filter(status="DONE").count() == TIMES
    assert rebuild_daily_totals() == []
    call_command("rebuild_daily_totals")

    # One more judgement tells of everything that happened.
    for shop in busy:
        recalculate(merchant=shop, now=timezone.now())
        assert LatestScore.objects.get(merchant=shop).score.sales_count == 40 + TIMES + 60
    assert CreditScore.objects.count() == TIMES + 2 * TIMES + 2
    call_command("replay_scores")
    assert f"{CreditScore.objects.count()} scores recomputed, 0 diff" in capsys.readouterr().out

    seal(now=timezone.now())
    export_head(path=tmp_path / "heads.jsonl", now=timezone.now())
    call_command("verify_audit", heads=tmp_path / "heads.jsonl")
    assert f"holds: {AuditSeal.objects.count()} entries" in capsys.readouterr().out
