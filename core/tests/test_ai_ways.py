"""Which way things went, as a table: a fall is no rise, in neither language."""

import pytest

from core.ai.ways import wrong_ways

FACTS = {
    "score": 73,
    "sales": 1234,
    "observed_days": 90,
    "growth_beyond_chance_percent": -12.3,
    "change_of_last_30_days_percent": -8.4,
    "refund_percent": 0.6,
    "points_to_win": 4.5,
    "fallen_to_rupiah": 1_200_000,
    "past_rupiah": 2_100_000,
    "risen_to_percent": 9.4,
    "deviation_percentage_points": 6.4,
    "weeks": [
        {"week": 1, "against_the_average_week_percent": 17.5},
        {"week": 2, "against_the_average_week_percent": -3.1},
        {"week": 3, "against_the_average_week_percent": 5.2},
        {"week": 4, "against_the_average_week_percent": -5.2},
    ],
}

RIGHT = {
    "id": [
        "Omzet turun 12,3%.",
        "Omzet menurun sekitar 12 persen.",
        "Omzet turun dua belas persen.",
        "Omzet 8,4% lebih rendah dari bulan sebelumnya.",
        "Pertumbuhan omzet -12,3%.",
        "Pertumbuhan omzet di luar kebetulan adalah −12,3%.",
        "Pertumbuhan negatif 12,3%.",
        "Pertumbuhan omzet turun 12,3%.",
        "Omzet tidak naik, melainkan turun 12,3%.",
        "Skor naik 4,5 poin meski omzet turun 12,3%.",
        "Omzet turun 12,3%, sedangkan refund naik menjadi 9,4%.",
        "Minggu ke-1 lebih ramai: 17,5% di atas rata-rata, dan minggu ke-2 3,1% di bawahnya.",
        "Penjualan tumbuh +17,5%.",
        # No way told.
        "Omzet berubah 12,3%.",
        "Selisihnya 12,3%.",
        # The facts hold it both ways, or of neither.
        "Minggu ke-3 naik 5,2%.",
        "Minggu ke-4 turun 5,2%.",
        "Refund turun menjadi 0,6%.",
        "Menaikkan skor sampai 4,5 poin.",
        "Penjualan naik, 1.234 dalam 90 hari.",
        "Omzet rata-rata turun menjadi Rp 1,2 juta dari Rp 2,1 juta.",
        "Tingkat refund naik 6,4 poin menjadi 9,4%.",
        # How fast is neither more nor less.
        "Dana masuk 17,5% lebih lambat.",
        # Half a sentence that tells of dates falls on nobody.
        "Minggu itu jatuh pada 8 Juni, 17,5% di atas rata-rata.",
    ],
    "en": [
        "Revenue fell by 12.3%.",
        "Revenue is 8.4% lower than the month before.",
        "Growth was -12.3%.",
        "Negative growth of 12.3% was measured.",
        "Revenue did not rise: it dropped 12.3%.",
        "The score may rise by up to 4.5 points although revenue fell 12.3%.",
        "Week 1 is 17.5% above the average, week 2 is 3.1% below it.",
        "Week 1 brings 17.5% more.",
        "Revenue is more than 12.3% below the month before.",
        "The refund rate rose by 6.4 points to 9.4%.",
        "Revenue changed by 12.3%.",
    ],
}
WRONG = {
    "id": [
        ("Omzet naik 12,3%.", ["12,3%"]),
        ("Omzet naik 12%.", ["12%"]),
        ("Omzet meningkat dua belas persen.", ["dua belas"]),
        ("Kenaikan omzet mencapai 8,4%.", ["8,4%"]),
        ("Pertumbuhan omzet 12,3%.", ["12,3%"]),
        ("Omzet tumbuh sehat sebesar 12,3% bulan ini.", ["12,3%"]),
        ("Omzet tidak turun 12,3%.", ["12,3%"]),
        ("Omzet bukan hanya naik 12,3%.", ["12,3%"]),
        ("Omzet 12,3% lebih tinggi dari bulan sebelumnya.", ["12,3%"]),
        ("Omzet naik. Besarnya 12,3%.", ["12,3%"]),
        ("Omzet naik kuat sebesar 12,3%, turun sedikit refundnya.", ["12,3%"]),
        ("Omzet +12,3%.", ["+12,3%"]),
        ("Minggu ke-1 17,5% di bawah rata-rata.", ["17,5%"]),
        ("Minggu ke-2 lebih ramai 3,1%.", ["3,1%"]),
        ("Minggu ke-1 -17,5%.", ["-17,5%"]),
        ("Omzet naik menjadi Rp 1,2 juta.", ["Rp 1,2 juta"]),
        ("Refund turun 6,4 poin menjadi 9,4%.", ["6,4", "9,4%"]),
    ],
    "en": [
        ("Revenue rose by 12.3%.", ["12.3%"]),
        ("Revenue is up 12%.", ["12%"]),
        ("Revenue grew twelve percent.", ["twelve"]),
        ("There was growth of 12.3%.", ["12.3%"]),
        ("Revenue didn't fall 12.3%.", ["12.3%"]),
        ("Revenue was 8.4% higher than the month before.", ["8.4%"]),
        ("Revenue was 8.4% more than the month before.", ["8.4%"]),
        ("Week 1 is 17.5% below the average.", ["17.5%"]),
        ("Revenue fell. The score and sales improved by 12.3%.", ["12.3%"]),
        ("The refund rate dropped to 9.4%.", ["9.4%"]),
        # True of the month before; not shown all the same.
        ("The month before was 8.4% higher.", ["8.4%"]),
    ],
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language in RIGHT for text in RIGHT[language]]
)
def test_what_went_that_way_may_be_said(language, text):
    assert wrong_ways(text, facts=FACTS, language=language) == []


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [(language, text, found) for language in WRONG for text, found in WRONG[language]],
)
def test_the_wrong_way_round_is_named(language, text, wrong):
    assert wrong_ways(text, facts=FACTS, language=language) == wrong
