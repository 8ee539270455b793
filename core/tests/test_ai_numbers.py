"""The numbers check as a table: what the facts hold may be said, and nothing else."""

from datetime import date

import pytest

from core.ai.numbers import read, spelled_value, unknown_numbers

FACTS = {
    "score": 73,
    "score_out_of": 100,
    "sales": 1234,
    "observed_days": 90,
    "average_monthly_revenue_rupiah": 1_523_400,
    "limit_rupiah": 3_000_000,
    "turnover_rupiah": 2_750_000_000,
    "growth_percent": -12.3,
    "refund_percent": 0.6,
    "share_percent": 45.5,
    "none_percent": 0,
    "days_until_money_arrives": 1.5,
    "change_of_last_30_days_percent": None,
    "recommended_week": 2,
    "is_new": True,
    "next_from": "2026-06-08",
    "next_to": date(2026, 6, 14),
    "products": [
        {"name": "Mie Instan 85 gr", "pieces": 41},
        {"name": "Kopi 3in1", "pieces": 7},
        {"name": "750000000"},
        {"name": "Omzet Rp 900.000.000"},
        {"name": "2026-06-20"},
        {"name": "2026-13-45"},
    ],
}

KNOWN = {
    "id": [
        "Tidak ada angka di sini.",
        "Skor usaha ini 73 dari 100.",
        "Skor 73/100.",
        "Ada 1.234 penjualan dalam 90 hari.",
        "Ada 1234 penjualan.",
        "Omzet rata-rata Rp 1.523.400 sebulan.",
        "Omzet rata-rata Rp1.523.400,- sebulan.",
        "Omzet rata-rata Rp\N{NO-BREAK SPACE}1.523.400 sebulan.".replace("\xa0", " "),
        "Omzet rata-rata sekitar 1,5 juta rupiah.",
        "Omzet rata-rata Rp 1,52 juta.",
        "Omzet rata-rata 1.523 ribu.",
        "Nilainya Rp 3 juta.",
        "Perputaran Rp 2,75 miliar atau 2,8 miliar.",
        "Pertumbuhan -12,3%.",
        "Turun 12,3 persen.",
        "Turun sekitar 12%.",
        "Turun 12.3%.",
        "Refund 0,6%.",
        "Tidak ada selisih, 0%.",
        "Dana masuk dalam 1,5 hari.",
        "Selama 30 hari terakhir.",
        "Minggu ke-2 paling ramai.",
        "Minggu kedua paling ramai.",
        "Pada 8 Juni 2026 sampai 14 Juni 2026.",
        "Pada 8–14 Juni 2026.",
        "Pada 8 sampai 14 Juni.",
        "Mulai 08/06/2026.",
        "Mulai 2026-06-08.",
        "Mulai 8 Jun 2026.",
        "Pada Juni 2026.",
        "1. Stok dijaga.\n2. Jam buka tetap.\n3) Catat semua.",
        "Ada (1) stok dan (2) jam buka.",
        "Mie Instan 85 gr terjual 41 buah.",
        "mie instan 85 GR paling laku, lalu Kopi 3in1.",
        "Salah satu produk, satu-satunya yang laku.",
        "Selama sembilan puluh hari.",
        "Tujuh puluh tiga dari seratus.",
        "Minggu dua.",
    ],
    "en": [
        "The shop scores 73 of 100.",
        "There were 1,234 sales in 90 days.",
        "Revenue is Rp 1,523,400 a month.",
        "Revenue is about IDR 1.5 million.",
        "Revenue is about 1.52 million rupiah.",
        "Turnover of Rp 2.75 billion.",
        "Revenue fell by 12.3%.",
        "Revenue fell by about 12 percent.",
        "Revenue fell by 12,3 per cent.",
        "It takes 1.5 days.",
        "From June 8 to June 14, 2026.",
        "From 8th to 14th June 2026.",
        "From June 8-14.",
        "In June 2026.",
        "In the last 30 days.",
        "Over ninety days.",
        "One of its products sells best.",
        "Kopi 3in1 sold 7 pieces.",
        "It may rise in week 2.",
    ],
}

UNKNOWN = {
    "id": [
        ("Omzet akan naik 87,3%.", ["87,3%"]),
        ("Skor 74 dari 100.", ["74"]),
        ("Skor 730.", ["730"]),
        ("Omzet Rp 987.654.321.", ["Rp 987.654.321"]),
        # Rounded further than the figure bears.
        ("Omzet Rp 2 juta.", ["Rp 2 juta"]),
        ("Dana masuk dalam 2 hari kerja, 1 hari.", ["1"]),
        ("Refund 1%.", ["1%"]),
        ("Omzet Rp 1.500.000.", ["Rp 1.500.000"]),
        # More precise than the facts.
        ("Turun 12,34%.", ["12,34%"]),
        # A count is no percentage, a percentage no amount, an amount no percentage.
        ("Naik 90%.", ["90%"]),
        ("Naik 73 persen.", ["73 persen"]),
        ("Nilainya Rp 73.", ["Rp 73"]),
        ("Nilainya Rp 45,5.", ["Rp 45,5"]),
        ("Naik 100%.", ["100%"]),
        ("Bunganya 12‰.", ["12‰"]),
        # Written so that two readings are possible.
        ("Ada 1,234 penjualan.", ["1,234"]),
        # Days.
        ("Pada 9 Juni 2026.", ["9 Juni 2026"]),
        ("Pada 8 Juni 2027.", ["8 Juni 2027"]),
        ("Pada 8–15 Juni ini.", ["8–15 Juni"]),
        ("Pada Juli 2026.", ["Juli 2026"]),
        ("Pada 2026-06-09.", ["2026-06-09"]),
        ("Pada 20 Juni 2026.", ["20 Juni 2026"]),
        ("Tahun 2026.", ["2026"]),
        # Spelled out, multiplied, hinted at.
        ("Naik tiga puluh lima persen.", ["tiga puluh lima"]),
        ("Naik dua puluh persen.", ["dua puluh"]),
        ("Senilai lima ratus juta.", ["lima ratus juta"]),
        ("Senilai 7 puluh juta.", ["puluh juta"]),
        ("Naik dua kali lipat.", ["dua kali", "lipat"]),
        ("Senilai ratusan juta.", ["ratusan", "juta"]),
        ("Sekitar 30 jutaan.", ["jutaan"]),
        ("Naik setengah.", ["setengah"]),
        # A name is no figure, whatever it says.
        ("Omzet 750.000.000.", ["750.000.000"]),
        ("Omzet Rp 900.000.000 per bulan.", ["Rp 900.000.000"]),
        ("Terjual 85 buah.", ["85"]),
        # An item's number stands for nothing else.
        ("Ada 9) dan 8 penjualan.", ["9", "8"]),
    ],
    "en": [
        ("Revenue will rise by 87.3%.", ["87.3%"]),
        ("There were 1.234 sales.", ["1.234"]),
        ("Revenue of Rp 1.523.400.000.", ["Rp 1.523.400.000"]),
        ("Revenue doubled.", ["doubled"]),
        ("Revenue rose by half.", ["half"]),
        ("Revenue is twice as high.", ["twice"]),
        ("Five hundred million rupiah.", ["Five hundred million"]),
        ("Twenty-five percent more.", ["Twenty-five"]),
        ("Millions of rupiah.", ["Millions"]),
        ("On June 9.", ["June 9"]),
        ("Rp 5M a month.", ["Rp 5"]),
        ("About 3k sales.", ["3k"]),
    ],
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language in KNOWN for text in KNOWN[language]]
)
def test_what_the_facts_hold_may_be_said(language, text):
    assert unknown_numbers(text, facts=FACTS, language=language) == []


@pytest.mark.parametrize(
    ("language", "text", "unknown"),
    [(language, text, found) for language in UNKNOWN for text, found in UNKNOWN[language]],
)
def test_what_they_do_not_hold_is_named(language, text, unknown):
    assert unknown_numbers(text, facts=FACTS, language=language) == unknown


@pytest.mark.parametrize(
    ("digits", "language", "value"),
    [
        ("1.234", "id", "1234"),
        ("1,234", "en", "1234"),
        ("0,125", "id", "0.125"),
        ("1234.5", "en", "1234.5"),
        ("1,234,567", "id", "1234567"),
        ("1.234.567", "en", "1234567"),
        ("1,234.5", "id", "1234.5"),
        ("1.234", "en", "None"),
        ("1.23.4", "id", "None"),
        ("12:30", "id", "None"),
    ],
)
def test_points_and_commas_mean_what_the_language_says(digits, language, value):
    assert str(read(digits, language=language)) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("dua ratus lima puluh", 250),
        ("seratus dua puluh tiga", 123),
        ("dua belas juta", 12_000_000),
        ("seribu", 1000),
        ("ratus juta", 100_000_000),
        ("twelve hundred", 1200),
        ("one hundred and six", 106),
        ("three million two hundred thousand", 3_200_000),
    ],
)
def test_spelled_numbers_are_read(words, value):
    assert spelled_value(words.split()) == value
