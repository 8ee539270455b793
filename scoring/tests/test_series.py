"""The series that scores are measured from: live from totals, historical from the sales."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOON
from scoring.domain.series import Day
from scoring.selectors import historical_series_of, series_of
from scoring.tests.factories import a_sale
from transactions.models import DailyTotal, Refund, Transaction
from transactions.services.totals import apply_change, state_of

DAY = timedelta(days=1)


def live(shop, now=NOON):
    return series_of([shop.pk], as_of=now)[shop.pk]


def historical(shop, as_of=NOON):
    return historical_series_of([shop.pk], as_of=as_of)[shop.pk]


def test_a_day_tells_of_its_sales(warung):
    a_sale(warung, at=NOON - DAY, amount=Decimal("150000.50"), refunded=Decimal("50000.25"))
    a_sale(warung, at=NOON - DAY, amount=100_000, settled_after=None)

    series = live(warung)

    paid = int((NOON - DAY).timestamp())
    assert series.days == (Day(1, 2, 20_000_025, 1, 1, 86_400, 1, paid),)
    assert series.first_sale_day == date(2026, 3, 1)


def test_a_sale_before_seven_in_utc_midnight_terms_is_on_its_jakarta_day(warung):
    # 00.30 in Jakarta on 2 March is 17.30 UTC on 1 March.
    a_sale(warung, at=NOON.replace(day=1, hour=17, minute=30))

    assert [day.offset for day in live(warung).days] == [0]


def test_the_window_is_ninety_complete_days_and_today(warung):
    for ago in (0, 1, 90, 91):
        a_sale(warung, at=NOON - ago * DAY)

    assert [day.offset for day in live(warung).days] == [0, 1, 90]


def test_the_first_sale_ever_counts_though_it_lies_before_the_window(warung):
    a_sale(warung, at=NOON - 400 * DAY)

    series = live(warung)

    assert series.days == ()
    assert series.observed_days == 90


def test_a_shop_that_never_sold_has_an_empty_series(warung):
    series = live(warung)

    assert (series.days, series.first_sale_day) == ((), None)


def test_days_of_failed_sales_alone_are_left_out(warung):
    a_sale(warung, at=NOON - 3 * DAY, status="FAILED")
    a_sale(warung, at=NOON - DAY)

    series = live(warung)

    assert [day.offset for day in series.days] == [1]
    assert series.first_sale_day == date(2026, 3, 1)


def test_totals_beyond_a_bigint_of_sen_are_read_exactly(warung):
    DailyTotal.objects.create(
        merchant=warung, day=date(2026, 3, 1), paid_count=1, paid_amount=Decimal("9" * 22)
    )

    assert live(warung).days[0].revenue_minor == int("9" * 22) * 100


def test_one_statement_reads_any_number_of_merchants(warung, kios, django_assert_num_queries):
    a_sale(warung)

    with django_assert_num_queries(1):
        series = series_of([warung.pk, kios.pk], as_of=NOON)

    assert [len(series[shop.pk].days) for shop in (warung, kios)] == [1, 0]


def test_the_past_knows_no_later_sale(warung):
    a_sale(warung, at=NOON - 10 * DAY)
    a_sale(warung, at=NOON - DAY)

    assert historical(warung, NOON - 5 * DAY).totals.paid_count == 1


def test_the_past_knows_no_later_payment(warung):
    a_sale(warung, at=NOON - 10 * DAY, paid_at=NOON - DAY)

    assert historical(warung, NOON - 5 * DAY).totals.paid_count == 0


def test_the_past_knows_no_later_refund(warung):
    a_sale(warung, at=NOON - 10 * DAY, amount=100, refunded=40, refunded_at=NOON - DAY)

    past = historical(warung, NOON - 5 * DAY).totals

    assert (past.refunded_count, past.revenue_minor) == (0, 10_000)
    assert historical(warung).totals.revenue_minor == 6_000


def test_the_past_still_waits_for_a_later_settlement(warung):
    a_sale(warung, at=NOON - 10 * DAY, settled_after=9 * DAY)

    past = historical(warung, NOON - 5 * DAY).totals

    assert (past.settled_count, past.waiting_count) == (0, 1)


hours = st.integers(min_value=0, max_value=120 * 24)
a_past_sale = st.fixed_dictionaries(
    {
        "ago": hours,
        "amount": st.integers(min_value=1, max_value=10**9),
        "status": st.sampled_from(["SUCCESS", "SUCCESS", "SUCCESS", "FAILED", "PENDING"]),
        "paid_after": hours,
        "settled_after": st.none() | hours,
        "tracked": st.booleans(),
        "refunds": st.lists(st.tuples(hours, st.integers(min_value=1, max_value=100)), max_size=2),
    }
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sales=st.lists(a_past_sale, max_size=12), as_of_ago=hours)
def test_live_and_historical_agree_on_now_and_the_past_is_what_was_known(warung, sales, as_of_ago):
    _forget(warung)
    for sale in sales:
        _record(warung, sale, until=NOON)

    assert historical(warung) == live(warung)

    then = NOON - timedelta(hours=as_of_ago)
    past = historical(warung, then)
    _forget(warung)
    for sale in sales:
        _record(warung, sale, until=then)
    assert past == live(warung, then)


def _forget(shop) -> None:
    Refund.objects.all().delete()
    Transaction.objects.all().delete()
    DailyTotal.objects.all().delete()


def _record(shop, sale: dict, *, until) -> None:
    """Record a sale as somebody knew it at `until`; what came later is not there."""
    at = NOON - timedelta(hours=sale["ago"])
    paid_at = at + timedelta(hours=sale["paid_after"])
    if at > until:
        return
    is_paid = sale["status"] == "SUCCESS" and paid_at <= until
    status = sale["status"] if sale["status"] != "SUCCESS" or is_paid else "PENDING"
    settled_at = None
    if is_paid and sale["tracked"] and sale["settled_after"] is not None:
        settled_at = paid_at + timedelta(hours=sale["settled_after"])
        settled_at = settled_at if settled_at <= until else None
    recorded = a_sale(
        shop,
        at=at,
        amount=sale["amount"],
        status=status,
        paid_at=paid_at if is_paid else None,
        settlement_tracked=sale["tracked"] and is_paid,
        settled_at=settled_at,
    )
    if is_paid:
        _give_back(recorded, sale, until=until)


def _give_back(recorded, sale: dict, *, until) -> None:
    for after, percent in sorted(sale["refunds"]):
        processed_at = recorded.paid_at + timedelta(hours=after)
        amount = min(
            recorded.amount - recorded.refunded_amount,
            (recorded.amount * percent / 100).quantize(Decimal("0.01")),
        )
        if processed_at > until or amount <= 0:
            continue
        before = state_of(recorded)
        Refund.objects.create(
            transaction=recorded,
            amount=amount,
            status="PROCESSED",
            requested_at=processed_at,
            processed_at=processed_at,
        )
        recorded.refunded_amount += amount
        if recorded.refunded_amount == recorded.amount:
            recorded.status = "REFUNDED"
        recorded.save()
        apply_change(merchant_id=recorded.merchant_id, before=before, after=state_of(recorded))
