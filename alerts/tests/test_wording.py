from decimal import Decimal

import pytest
from django.utils.translation import override

from alerts.models import EarlyWarning
from alerts.wording import deviation_text


@pytest.mark.parametrize(
    ("kind", "written"),
    [("REVENUE_DROP", "49,8%"), ("REFUND_SPIKE", "49,8 poin"), ("SCORE_DROP", "49,8 poin")],
)
def test_a_deviation_is_written_with_its_unit(kind, written):
    with override("id"):
        assert deviation_text(EarlyWarning(kind=kind, deviation=Decimal("49.8"))) == written
