from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from banking.portal.simulator import simulation
from banking.selectors.loans import terms_of
from scoring.domain.what_if import Changes
from scoring.selectors import supposed_card
from scoring.services.scores import recalculate
from scoring.tests.factories import daily_sales

MULTIPLIERS = {"LOW": 1.5, "MEDIUM": 1.0, "HIGH": 0.5}
STANCES = {"konservatif": 0.8, "moderat": 1.0, "optimistis": 1.2}


@pytest.fixture
def score(warung):
    now = timezone.now()
    daily_sales(warung, days=70, now=now, amount=500_000, settled_after=timedelta(days=2))
    return recalculate(merchant=warung, now=now)


@pytest.mark.parametrize("stance", STANCES)
@pytest.mark.parametrize(("shift", "refund"), [("0", None), ("-30", "5"), ("30", "12.5")])
def test_the_amount_is_that_of_the_stated_formula(score, budi, stance, shift, refund):
    typed = {"sikap": stance, "omzet": shift} | ({"refund": refund} if refund else {})

    then = simulation(score, typed, terms_of(budi.organisation))["then"]

    revenue = float(score.average_monthly_revenue) * (1 + int(shift) / 100)
    amount = revenue * MULTIPLIERS[then.band] * STANCES[stance]
    assert then.loan.amount == amount // 100_000 * 100_000
    if refund:
        assert then.points == supposed_card(score, Changes(refund_percent=refund)).points


def test_nonsense_is_read_as_it_is_or_as_far_as_it_goes(score, budi):
    typed = {"omzet": "-99", "tenor": "1e9", "bunga": "Infinity", "sikap": "x", "refund": "NaN"}

    found = simulation(score, typed, terms_of(budi.organisation))

    assert found["supposed"].revenue_percent == -30
    assert (found["tenor"], found["rate"]) == (36, Decimal(12))
    assert found["then"].points == score.points


def test_a_merchant_is_found_by_name_and_compared(client, budi, score):
    client.force_login(budi)
    merchant = score.merchant

    assert "Yang mana?" in client.get("/portal/simulasi/?merchant=warung").content.decode()
    options = client.get("/portal/simulasi/merchant/?merchant=warung").content.decode()
    assert f'<option value="{merchant.code}">Warung Sari</option>' in options
    text = client.get(f"/portal/simulasi/?merchant={merchant.code}&omzet=-20").content.decode()
    for words in (
        "Simulasi, tidak disimpan",
        "Plafon, Moderat",
        "Buat pengajuan dengan plafon ini",
    ):
        assert words in text


def test_htmx_gets_the_comparison_alone(client, budi, score):
    client.force_login(budi)

    text = client.get(
        f"/portal/simulasi/?merchant={score.merchant.code}",
        headers={"HX-Request": "true", "HX-Target": "simulation"},
    ).content.decode()

    assert "<html" not in text
    assert 'id="simulation"' in text


def test_a_merchant_without_consent_is_not_found(client, budi, score):
    score.merchant.consents.update(withdrawn_at=timezone.now())
    client.force_login(budi)

    text = client.get(f"/portal/simulasi/?merchant={score.merchant.code}").content.decode()

    assert "Tidak ada merchant dengan persetujuan" in text
    assert "Warung Sari" not in text
