"""The demo: it tells the story it promises, on any day, however often it is seeded."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.demo import ACCOUNTS
from accounts.models import User
from alerts.domain import Finding, Halves, Pair, Sample, Settlement, Windows, judge
from alerts.models import EarlyWarning, WarningStep
from alerts.services import thresholds_in_force
from core.dates import JAKARTA, start_of_day
from merchants.models import Consent, Merchant
from scoring.domain.scorecard import score
from scoring.domain.series import Day, Series
from scoring.models import CreditScore, LatestScore
from scoring.services.scores import recalculate
from transactions.demo import CHARACTERS, DAYS_OF_HISTORY, sales_of_day
from transactions.models import Transaction
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import rebuild_daily_totals

A, B, C = sorted(CHARACTERS)
SEEDED_AT = datetime(2026, 11, 21, 12, 0, tzinfo=JAKARTA)
DAY0 = SEEDED_AT.date()


@pytest.fixture(autouse=True)
def demo(settings, monkeypatch):
    settings.DEMO = True
    # They have tests of their own.
    monkeypatch.setattr("koperasi_risk.demo.KOPERASI", ())


@pytest.fixture
def clock(monkeypatch):
    """Set the time at which the demo is seeded."""

    def strike(now: datetime):
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    strike(SEEDED_AT)
    return strike


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def contents() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in (
            User,
            Merchant,
            Consent,
            Transaction,
            CreditScore,
            EarlyWarning,
            WarningStep,
        )
    ]


def band(code: str) -> str:
    return LatestScore.objects.get(merchant__code=code).risk_band


def test_people_of_the_source_document_can_sign_in(db):
    seed()

    for email, password in [
        ("merchant.a@example.com", "DummyPass123"),
        ("bank1@bca.com", "BankPass123"),
        ("bank2@mandiri.com", "BankPass123"),
        ("bank3@bni.com", "BankPass123"),
    ]:
        assert User.objects.get(email=email).check_password(password)
    assert User.objects.get(email="bank1@bca.com").organisation.name == "PT Bank Central Asia"
    assert User.objects.get(email="approver1@bca.com").role == "BANK_APPROVER"


def test_the_three_shops_come_out_low_medium_and_high_with_the_warnings_they_deserve(db):
    seed()

    assert {code: band(code) for code in CHARACTERS} == {A: "LOW", B: "MEDIUM", C: "HIGH"}
    assert Merchant.objects.visible_to(User.objects.get(email="bank3@bni.com")).count() == 3
    assert CreditScore.objects.filter(merchant__code=A).count() > 20
    assert rebuild_daily_totals() == []
    assert open_kinds(A) == set()
    assert open_kinds(B) >= DROPS
    assert open_kinds(C) >= DROPS | {"REFUND_SPIKE", "SETTLEMENT_DELAY"}
    assert not EarlyWarning.objects.filter(merchant__code=A).exists()


def test_seeding_again_changes_nothing(db, clock):
    seed()
    before = contents()
    seed()

    assert contents() == before


def test_a_live_sale_of_a_seeded_day_joins_the_row_of_that_day(db, clock):
    seed()
    shop = Merchant.objects.get(code=A)
    before = shop.daily_totals.get(day=DAY0)

    create_sale(
        merchant=shop, sale=NewSale(method="CASH", amount=Decimal(5000)), now=timezone.now()
    )

    after = shop.daily_totals.get(day=DAY0)
    assert after.paid_count == before.paid_count + 1
    assert after.paid_amount == before.paid_amount + 5000


def test_a_recalculation_gives_the_score_and_the_limits_that_were_seeded(db, clock):
    seed()
    for code in (A, B, C):
        seeded = LatestScore.objects.get(merchant__code=code).score

        again = recalculate(merchant=seeded.merchant, now=timezone.now())

        assert (again.points, again.average_monthly_revenue, again.max_limit) == (
            (seeded.points, seeded.average_monthly_revenue, seeded.max_limit)
        ), code


def test_seeding_leaves_what_others_stored(warung, clock):
    sale = create_sale(
        merchant=warung, sale=NewSale(method="CASH", amount=Decimal(5000)), now=SEEDED_AT
    )

    seed()

    assert list(warung.transactions.all()) == [sale]
    assert warung.daily_totals.get().paid_amount == 5000


def test_missing_days_are_added_and_what_waited_goes_on(db, clock):
    seed()
    before = {sale.pk: sale for sale in Transaction.objects.all()}
    waiting = Transaction.objects.filter(settled_at=None, paid_at__isnull=False).count()

    clock(SEEDED_AT + timedelta(days=10))
    seed()

    assert waiting > 20
    assert not Transaction.objects.filter(
        pk__in=before, settled_at=None, paid_at__isnull=False
    ).exists()
    assert not Transaction.objects.filter(pk__in=before, status="PENDING").exists()
    days = set(
        Transaction.objects.filter(merchant__code=A).values_list("occurred_at__date", flat=True)
    )
    assert len(days) >= DAYS_OF_HISTORY + 10
    assert rebuild_daily_totals() == []


def test_a_day_is_the_same_whether_made_at_once_or_bit_by_bit(db, clock):
    for hours in (0, 4, 8, 30):
        clock(SEEDED_AT + timedelta(hours=hours))
        seed()

    stored = Transaction.objects.filter(occurred_at__date__in=[_day(-1), _day(0)])
    assert set(stored.values_list("merchant__code", "external_id", "amount", "status")) == {
        (code, sale.external_id, int(sale.amount), sale.status)
        for code in CHARACTERS
        for number in (-1, 0)
        for sale in sales_of_day(code, day=_day(number), number=number)
    }


def _day(number: int, day0: date = DAY0) -> date:
    return day0 + timedelta(days=number)


def test_a_withdrawn_consent_is_not_given_again(db, clock):
    seed()
    Consent.objects.filter(merchant__code=A).update(withdrawn_at=SEEDED_AT)
    seed()

    assert not Merchant.objects.consenting().filter(code=A).exists()


@pytest.mark.django_db(transaction=True)
def test_two_seedings_at_once_are_one():
    together = threading.Barrier(2)

    def run(_):
        together.wait()
        try:
            return seed()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        list(people.map(run, range(2)))

    assert User.objects.count() == len(ACCOUNTS)
    assert Consent.objects.count() == 3
    assert rebuild_daily_totals() == []


def test_a_copy_that_is_no_demo_is_left_alone(db, settings):
    settings.DEMO = False

    with pytest.raises(CommandError):
        seed()
    assert not User.objects.exists()


def test_accounts_alone_are_printed_without_touching_anything(db):
    out = StringIO()
    call_command("seed_demo", "--accounts", stdout=out)

    assert all(account.email in out.getvalue() for account in ACCOUNTS)
    assert not User.objects.exists()


@pytest.mark.parametrize("weeks", range(0, 52, 4))
@pytest.mark.parametrize(("code", "expected"), [(A, "LOW"), (B, "MEDIUM"), (C, "HIGH")])
def test_the_bands_hold_whatever_day_the_demo_is_first_seeded(code, expected, weeks):
    day0 = date(2026, 11, 21) + timedelta(days=9 * weeks)

    assert score(_series(code, day0)).risk_band == expected


def test_the_story_lies_in_the_last_ten_days_of_b_and_c():
    def mean_sales(code, first, last):
        days = range(first, last)
        return sum(len(_paid(code, number)) for number in days) / len(days)

    assert mean_sales(B, -10, 0) < 0.7 * mean_sales(B, -30, -10)
    assert mean_sales(A, -10, 0) > 0.85 * mean_sales(A, -30, -10)
    gave_back = [sale for n in range(-10, 0) for sale in _paid(C, n) if sale.refunded_at]
    assert len(gave_back) >= 5


def open_kinds(code: str) -> set[str]:
    return set(
        EarlyWarning.objects.filter(merchant__code=code, status="OPEN").values_list(
            "kind", flat=True
        )
    )


DROPS = {"REVENUE_DROP", "TRANSACTION_DROP"}


def test_a_story_that_is_over_closes_its_warnings(db, clock):
    seed()
    clock(SEEDED_AT + timedelta(days=30))
    seed()

    assert open_kinds(B) == set()
    assert "REFUND_SPIKE" not in open_kinds(C)
    assert "SETTLEMENT_DELAY" in open_kinds(C)
    drop = EarlyWarning.objects.get(merchant__code=B, kind="REVENUE_DROP")
    assert (drop.status, drop.resolution) == ("RESOLVED", "CLEARED")


@pytest.mark.parametrize("weeks", range(0, 52, 4))
def test_the_warnings_hold_whatever_day_the_demo_is_first_seeded(weeks):
    day0 = date(2026, 11, 21) + timedelta(days=9 * weeks)

    raised = {code: raised_by(_windows(code, day0)) for code in (A, B, C)}

    assert raised[A] == set()
    assert raised[B] >= DROPS
    assert raised[C] >= DROPS | {"REFUND_SPIKE", "SETTLEMENT_DELAY"}


def raised_by(windows: Windows) -> set[str]:
    return {
        kind
        for kind, verdict in judge(windows, thresholds_in_force()).items()
        if isinstance(verdict, Finding) and not verdict.may_be_chance
    }


def _windows(code: str, day0: date) -> Windows:
    """What a scan of day 0 looks at."""
    days = [_paid(code, -ago, day0) for ago in range(1, 31)]
    sales = [len(day) for day in days]
    revenue = [sum(int(s.amount) - int(s.refunded_amount) for s in day) for day in days]
    refunds = [sum(1 for sale in day if sale.refunded_at) for day in days]
    gone = [min(s.settled_at, start_of_day(day0)) - s.paid_at for day in days for s in day]
    return Windows(
        observed_days=DAYS_OF_HISTORY,
        revenue=Pair(Sample.of(revenue[:10]), Sample.of(revenue[10:])),
        sales=Pair(Sample.of(sales[:10]), Sample.of(sales[10:])),
        refunds=Halves(sum(refunds[:15]), sum(sales[:15]), sum(refunds[15:]), sum(sales[15:])),
        settlement=Settlement(sum(sales), 0, int(sum(gone, timedelta()).total_seconds())),
        highest_points=None,
        latest_points=None,
    )


def _paid(code: str, number: int, day0: date = DAY0) -> list:
    sales = sales_of_day(code, day=_day(number, day0), number=number)
    return [sale for sale in sales if sale.paid_at]


def _series(code: str, day0: date) -> Series:
    """What a score of the last minute of day 0 is measured from."""
    as_of = datetime(day0.year, day0.month, day0.day, 23, 59, tzinfo=JAKARTA)
    return Series(
        as_of=int(as_of.timestamp()),
        as_of_day=day0,
        first_sale_day=day0 - timedelta(days=DAYS_OF_HISTORY),
        days=tuple(_as_day(offset, _paid(code, -offset, day0), as_of) for offset in range(91)),
    )


def _as_day(offset: int, sales: list, as_of: datetime) -> Day:
    settled = [sale for sale in sales if sale.settled_at <= as_of]
    waiting = [sale for sale in sales if sale.settled_at > as_of and not sale.refunded_at]
    return Day(
        offset=offset,
        paid_count=len(sales),
        revenue_minor=sum(100 * (int(s.amount) - int(s.refunded_amount)) for s in sales),
        refunded_count=sum(1 for sale in sales if sale.refunded_at),
        settled_count=len(settled),
        settlement_seconds=int(sum((s.settled_at - s.paid_at).total_seconds() for s in settled)),
        waiting_count=len(waiting),
        waiting_paid_epoch=sum(int(sale.paid_at.timestamp()) for sale in waiting),
    )
