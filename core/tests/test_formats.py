from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from core.formats import (
    angka,
    baris,
    dalam,
    jam,
    kapan,
    persen,
    rupiah,
    rupiah_singkat,
    sumbu,
    tanggal,
)

NIGHT = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)  # 01.05 of the next day in Jakarta


@pytest.fixture(params=["id", "en"])
def language(request):
    with translation.override(request.param):
        yield request.param


@pytest.fixture
def indonesian():
    with translation.override("id"):
        yield


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1500000"), "Rp\N{NO-BREAK SPACE}1.500.000"),
        (Decimal("0.50"), "Rp\N{NO-BREAK SPACE}1"),  # halves up
        ("-50000.49", "-Rp\N{NO-BREAK SPACE}50.000"),
        (0, "Rp\N{NO-BREAK SPACE}0"),
        (9_999_999_999_999.99, "Rp\N{NO-BREAK SPACE}10.000.000.000.000"),
        (None, "–"),
        ("", "–"),
        ("text", "–"),
        (float("nan"), "–"),
    ],
)
def test_rupiah(indonesian, value, written):
    assert rupiah(value) == written


def test_rupiah_for_english_readers(english):
    assert rupiah(1500000) == "Rp\N{NO-BREAK SPACE}1,500,000"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12.5, "12,5%"),
        (50, "50%"),
        ("12.54", "12,5%"),
        (0, "0%"),
        (-0.04, "0%"),
        (1234.5, "1.234,5%"),
        (None, "–"),
    ],
)
def test_percentages(indonesian, value, written):
    assert persen(value) == written


def test_percentages_for_english_readers(english):
    assert persen(12.5) == "12.5%"


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [(1234, 0, "1.234"), (0.5, 1, "0,5"), (2.0, 2, "2"), (100, 0, "100")],
)
def test_numbers(indonesian, value, places, written):
    assert angka(value, places) == written


def test_an_instant_is_written_as_the_readers_day(indonesian):
    assert tanggal(NIGHT) == "21 Nov 2026"
    with timezone.override(UTC):
        assert tanggal(NIGHT) == "20 Nov 2026"


def test_a_month_has_the_readers_name(indonesian):
    assert tanggal(date(2026, 8, 17)) == "17 Agu 2026"


def test_a_day_for_english_readers(english):
    assert tanggal(date(2026, 8, 17)) == "17 Aug 2026"


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Asia/Jakarta", "01.05 WIB"),
        ("Asia/Makassar", "02.05 WITA"),
        ("Asia/Jayapura", "03.05 WIT"),
    ],
)
def test_a_time_names_its_zone(indonesian, zone, written):
    with timezone.override(ZoneInfo(zone)):
        assert jam(NIGHT) == written


def test_a_time_for_english_readers(english):
    assert jam(NIGHT) == "01:05 WIB"


def test_what_is_recent_is_said_in_words(indonesian):
    now = timezone.now()

    assert (
        kapan(now - timedelta(hours=3, minutes=1)) == "3\N{NO-BREAK SPACE}jam\N{NO-BREAK SPACE}lalu"
    )
    assert (
        kapan(now + timedelta(days=2, hours=5)) == "2\N{NO-BREAK SPACE}hari\N{NO-BREAK SPACE}lagi"
    )
    assert kapan(now) == "baru saja"


def test_what_is_old_has_a_date(indonesian):
    assert kapan(NIGHT - timedelta(days=400)) == "17 Okt 2025"


@pytest.mark.parametrize("write", [rupiah, persen, angka, tanggal, jam, kapan])
def test_what_is_missing_is_a_dash(language, write):
    assert write(None) == "–"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (999, "Rp\N{NO-BREAK SPACE}999"),
        (1_500_000, "Rp\N{NO-BREAK SPACE}1,5\N{NO-BREAK SPACE}jt"),
        (Decimal("2300000000"), "Rp\N{NO-BREAK SPACE}2,3\N{NO-BREAK SPACE}M"),
        (-20_000, "-Rp\N{NO-BREAK SPACE}20\N{NO-BREAK SPACE}rb"),
        (None, "–"),
    ],
)
def test_short_amounts(indonesian, value, written):
    assert rupiah_singkat(value) == written


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [(1500, "rupiah", "Rp\N{NO-BREAK SPACE}1.500"), (12.5, "persen", "12,5%"), (7, "", "7")],
)
def test_figures_in_their_unit(indonesian, value, unit, written):
    assert dalam(value, unit) == written


def test_labels_of_charts(indonesian):
    day = NIGHT.date()
    assert (sumbu(day), sumbu(day, True), sumbu("Kritis")) == ("20 Nov", "Nov 2026", "Kritis")
    assert (baris(day), baris(day, True)) == ("20 Nov 2026", "Nov 2026")
