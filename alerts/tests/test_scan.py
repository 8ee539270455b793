"""The scan: raises once, follows, worsens, closes; and writes nothing when nothing changed."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from alerts.checks import thresholds_can_be_exceeded
from alerts.models import EarlyWarning, WarningStep
from alerts.services import ScanReport, scan, scanning
from alerts.tasks import scan_batch_task, scan_merchant_task
from alerts.tests.crowd import at_once
from alerts.tests.factories import a_day, a_score, days_of_sales
from config.celery import app as celery_app
from conftest import NOON
from core.dates import business_day
from core.models import OutboxEvent

pytestmark = pytest.mark.django_db
FELL = (10,) * 30 + (10,) * 20 + (5,) * 10


def found() -> dict[str, EarlyWarning]:
    return {warning.kind: warning for warning in EarlyWarning.objects.order_by("pk")}


def steps(kind: str) -> list[str]:
    return list(
        WarningStep.objects.filter(warning__kind=kind)
        .order_by("pk")
        .values_list("event", flat=True)
    )


def test_a_steady_shop_raises_nothing(warung):
    days_of_sales(warung, *(10,) * 60)
    a_score(warung, 80)

    assert scan(now=NOON) == ScanReport(merchants=1)
    assert found() == {}


def test_a_fallen_shop_raises_both_drops_with_their_figures(warung):
    days_of_sales(warung, *FELL)

    assert scan(now=NOON) == ScanReport(merchants=1, raised=2)

    drop = found()["REVENUE_DROP"]
    assert (drop.severity, drop.current_value, drop.threshold, drop.deviation) == (
        ("MEDIUM", Decimal(50_000), Decimal(70_000), Decimal(50))
    )
    assert found()["TRANSACTION_DROP"].current_value == 5
    assert steps("REVENUE_DROP") == ["RAISED"]
    news = OutboxEvent.objects.filter(topic="alert.raised").order_by("pk")
    assert [event.payload for event in news] == [
        {
            "warning_id": warning.pk,
            "merchant_id": warung.pk,
            "severity": "MEDIUM",
            "event": "RAISED",
        }
        for warning in EarlyWarning.objects.order_by("pk")
    ]


def test_the_same_scan_again_writes_nothing(warung):
    days_of_sales(warung, *FELL)
    scan(now=NOON)
    before = everything()

    assert scan(now=NOON + timedelta(hours=3)) == ScanReport(merchants=1)
    assert everything() == before


def everything() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in (EarlyWarning, WarningStep, OutboxEvent)
    ]


def test_a_drop_that_moves_a_little_is_updated_and_keeps_its_history(warung):
    days_of_sales(warung, *FELL)
    scan(now=NOON)
    a_day(warung, business_day(NOON), 6)
    tomorrow = NOON + timedelta(days=1)

    report = scan(now=tomorrow)

    drop = found()["TRANSACTION_DROP"]
    assert report.raised == 0
    assert steps("TRANSACTION_DROP") == ["RAISED", "UPDATED"]
    assert (drop.detected_at, drop.worsened_at, drop.updated_at) == (NOON, NOON, tomorrow)
    assert drop.current_value == Decimal("5.1")


def test_one_that_rises_a_tier_worsens_and_is_told_again(warung):
    days_of_sales(warung, *FELL)
    scan(now=NOON)
    days_of_sales(warung, *(2,) * 10)
    later = NOON + timedelta(hours=1)

    assert scan(now=later).worsened == 2

    drop = found()["REVENUE_DROP"]
    assert (drop.severity, drop.worsened_at) == ("CRITICAL", later)
    assert steps("REVENUE_DROP") == ["RAISED", "WORSENED"]
    events = OutboxEvent.objects.filter(topic="alert.raised", payload__warning_id=drop.pk)
    assert [event.payload["event"] for event in events.order_by("pk")] == ["RAISED", "WORSENED"]


def test_one_that_falls_a_tier_eases_and_is_not_told_again(warung):
    days_of_sales(warung, *FELL)
    scan(now=NOON)
    days_of_sales(warung, *(6,) * 10)

    assert scan(now=NOON + timedelta(hours=1)).eased == 2

    drop = found()["REVENUE_DROP"]
    assert (drop.severity, drop.worsened_at) == ("LOW", NOON)
    assert steps("REVENUE_DROP") == ["RAISED", "EASED"]
    assert OutboxEvent.objects.filter(topic="alert.raised").count() == 2


def test_a_condition_that_clears_is_closed_with_a_note(warung):
    days_of_sales(warung, *FELL)
    scan(now=NOON)
    days_of_sales(warung, *(9,) * 10)
    later = NOON + timedelta(hours=1)

    assert scan(now=later).resolved == 2

    drop = found()["REVENUE_DROP"]
    assert (drop.status, drop.resolved_at, drop.resolution) == ("RESOLVED", later, "CLEARED")
    assert steps("REVENUE_DROP") == ["RAISED", "RESOLVED"]
    assert OutboxEvent.objects.filter(topic="alert.resolved").count() == 2


def test_trouble_that_comes_back_is_a_warning_of_its_own(warung):
    a_score(warung, 80, as_of=NOON - timedelta(days=3))
    for hours, points in enumerate((60, 80, 60)):
        at = NOON + timedelta(hours=hours)
        a_score(warung, points, as_of=at)
        scan(now=at)

    assert list(EarlyWarning.objects.order_by("pk").values_list("status", flat=True)) == [
        "RESOLVED",
        "OPEN",
    ]


def test_a_shop_that_stopped_selling_keeps_its_drop_and_a_month_beyond(warung):
    days_of_sales(warung, *(10,) * 60)
    statuses = {}
    for days in range(70):
        now = NOON + timedelta(days=days)
        scan(now=now)
        statuses[days] = found()["REVENUE_DROP"].status if found() else None

    # Six days of silence are beyond chance; after thirty the windows hold no sale at all.
    assert [statuses[days] for days in (5, 6, 29, 30, 58)] == [None, *["OPEN"] * 4]
    assert statuses[59] == "RESOLVED"
    assert found()["REVENUE_DROP"].resolution == "NOT_MEASURABLE"
    assert found()["REVENUE_DROP"].severity == "CRITICAL"
    assert EarlyWarning.objects.filter(kind="REVENUE_DROP").count() == 1


def test_what_may_be_chance_neither_raises_nor_closes(warung, settings):
    days_of_sales(warung, *(10,) * 50, *(0, 10) * 5)
    assert scan(now=NOON) == ScanReport(merchants=1)

    settings.ALERT_MIN_SIGMA = Decimal(0)
    scan(now=NOON)
    settings.ALERT_MIN_SIGMA = Decimal(3)

    assert scan(now=NOON) == ScanReport(merchants=1)
    assert {warning.status for warning in found().values()} == {"OPEN"}


def test_the_ten_days_are_days_not_rows(warung):
    """A shop that stopped twelve days ago has ten rows of good sales before."""
    days_of_sales(warung, *(10,) * 40, now=NOON - timedelta(days=12))

    scan(now=NOON)

    assert found()["TRANSACTION_DROP"].severity == "CRITICAL"


def test_refunds_that_fell_raise_nothing(warung):
    days_of_sales(warung, *(10,) * 15, now=NOON - timedelta(days=15), refunds_made_count=4)
    days_of_sales(warung, *(10,) * 15)

    scan(now=NOON)

    assert found() == {}


def test_a_hundred_and_forty_thousand_sales_settled_after_ten_days_are_found(warung):
    days_of_sales(warung, *(4_667,) * 30, settlement_seconds=4_667 * 10 * 86_400)

    scan(now=NOON)

    delay = found()["SETTLEMENT_DELAY"]
    assert (delay.severity, delay.current_value) == ("CRITICAL", 10)


def test_a_deviation_of_more_than_a_thousand_per_cent_is_stored(warung):
    days_of_sales(warung, *(10,) * 30, settlement_seconds=400 * 86_400)

    scan(now=NOON)

    assert found()["SETTLEMENT_DELAY"].deviation == Decimal("1233.3333")


def test_the_settings_are_obeyed(warung, settings):
    days_of_sales(warung, *FELL)
    settings.ALERT_REVENUE_DROP_THRESHOLD = Decimal(60)
    settings.ALERT_TRANSACTION_DROP_THRESHOLD = Decimal(60)

    scan(now=NOON)

    assert found() == {}


def test_one_merchant_can_be_scanned_alone(warung, kios):
    for shop in (warung, kios):
        days_of_sales(shop, *FELL)

    assert scan(now=NOON, merchant_ids=[kios.pk]).raised == 2
    assert set(EarlyWarning.objects.values_list("merchant", flat=True)) == {kios.pk}


def test_the_statements_do_not_grow_with_the_merchants(warung, kios, django_assert_num_queries):
    days_of_sales(warung, *FELL)
    days_of_sales(kios, *FELL)

    # Two pages of merchants, the batch with its savepoint, locks, windows, open ones; three writes.
    with django_assert_num_queries(10):
        scan(now=NOON)


def test_batches_add_up(warung, kios, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH", 1)
    for shop in (warung, kios):
        days_of_sales(shop, *FELL)

    assert scan(now=NOON) == ScanReport(merchants=2, raised=4)


@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_raise_each_warning_once(warung, kios):
    for shop in (warung, kios):
        days_of_sales(shop, *FELL)

    reports = at_once(4, lambda _: scan(now=NOON))

    assert sum(report.raised for report in reports) == 4
    assert EarlyWarning.objects.count() == WarningStep.objects.count() == 4


def test_the_score_of_a_run_is_left_to_the_scan_of_all(
    warung, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    days_of_sales(warung, *FELL)

    with django_assert_num_queries(0):
        scan_merchant_task(merchant_id=warung.pk, score_id=2, points_after=80, run_id=1)

    scan_merchant_task(merchant_id=warung.pk, score_id=2, points_after=80, run_id=None)
    assert EarlyWarning.objects.count() == 2


def test_the_clock_scans_every_merchant_each_hour(warung, monkeypatch):
    sent = []
    monkeypatch.setattr(scan_batch_task, "delay", lambda **kwargs: sent.append(kwargs))
    name = celery_app.conf.beat_schedule["scan-for-warnings"]["task"]

    celery_app.tasks[name]()

    assert sent == [{"merchant_ids": [warung.pk]}]


def test_the_command_scans_and_sums_up(warung, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    days_of_sales(warung, *FELL)
    out = StringIO()

    call_command("scan_warnings", merchant=warung.code, stdout=out)

    assert "Scanned 1 merchants: 2 raised" in out.getvalue()


def test_the_command_knows_its_merchants(db):
    with pytest.raises(CommandError):
        call_command("scan_warnings", merchant="X")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_REVENUE_DROP_THRESHOLD", "0"),
        ("ALERT_TRANSACTION_DROP_THRESHOLD", "100"),
        ("ALERT_REFUND_SPIKE_THRESHOLD", "-5"),
        ("ALERT_SETTLEMENT_DELAY_HOURS", "NaN"),
        ("ALERT_SCORE_DROP_THRESHOLD", "Infinity"),
        ("ALERT_MIN_SIGMA", "-1"),
    ],
)
def test_a_threshold_that_is_none_stops_the_start(settings, name, value):
    setattr(settings, name, Decimal(value))

    assert [error.msg.split()[0] for error in thresholds_can_be_exceeded(None)] == [name]


def test_the_thresholds_of_the_source_are_fine():
    assert thresholds_can_be_exceeded(None) == []
