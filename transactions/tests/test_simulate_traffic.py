from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.demo import add_people
from merchants.demo import add_shops
from transactions.models import Transaction
from transactions.services.totals import rebuild_daily_totals


@pytest.fixture
def shops(transactional_db):
    from django.utils import timezone

    add_people()
    return add_shops(joined_at=timezone.now())


def simulate(url: str, *options) -> str:
    out = StringIO()
    call_command("simulate_traffic", f"--base-url={url}", *options, stdout=out)
    return out.getvalue()


def test_sells_at_every_shop_at_the_rate_asked_for(shops, live_server):
    out = simulate(live_server.url, "--rate=30", "--seconds=0.5")

    assert "15 sales: 201: 15" in out
    assert "p50" in out
    assert Transaction.objects.filter(method="CASH", status="SUCCESS").count() == 15
    assert Transaction.objects.values("merchant").distinct().count() == 3
    assert rebuild_daily_totals() == []


def test_sells_at_one_shop_when_told_so(shops, live_server):
    simulate(live_server.url, "--rate=20", "--seconds=0.1", "--merchant=merchant.b@example.com")

    assert {sale.merchant for sale in Transaction.objects.all()} == {shops[1]}


def test_says_when_nobody_answers_or_nobody_is_seeded(transactional_db, live_server):
    with pytest.raises(CommandError, match="does not answer"):
        simulate("http://127.0.0.1:9")
    with pytest.raises(CommandError, match="seed_demo"):
        simulate(live_server.url)


def test_needs_a_rate(db):
    with pytest.raises(CommandError):
        simulate("http://127.0.0.1:9", "--rate=0")
