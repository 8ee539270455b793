"""The scan: raises once, follows, worsens, closes; and writes nothing when nothing changed."""

from decimal import Decimal

import pytest

from alerts.models import EarlyWarning, WarningStep
from alerts.services import ScanReport, scan
from alerts.tests.factories import a_score, days_of_sales
from conftest import NOON
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
