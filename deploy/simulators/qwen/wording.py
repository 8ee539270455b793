"""
Words of the played AI: plain sentences out of the facts that a question holds, in its language.

Of the facts it knows the names of four kinds of questions, told apart by the shape of their answers.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

Facts = Mapping[str, Any]

MONTHS = {
    "id": ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
}  # fmt: skip
# The components of a score: as a subject, and what improves them.
NAMES = {
    "id": {
        "volume": "jumlah penjualan",
        "consistency": "kestabilan omzet",
        "growth": "pertumbuhan omzet",
        "refund": "rasio pengembalian dana",
        "settlement": "kecepatan dana masuk",
    },
    "en": {
        "volume": "the number of sales",
        "consistency": "steadiness of revenue",
        "growth": "growth of revenue",
        "refund": "the refund rate",
        "settlement": "the time until money arrives",
    },
}
ADVICE = {
    "id": {
        "volume": "mencatat lebih banyak penjualan lewat kanal yang sama, misalnya dengan paket hemat",
        "consistency": "menjaga jam buka dan stok agar omzet antarbulan lebih merata",
        "growth": "memperkenalkan produk pendamping kepada pelanggan yang sudah ada",
        "refund": "memeriksa pesanan sebelum diserahkan agar pengembalian dana berkurang",
        "settlement": "memilih kanal pembayaran yang dananya masuk lebih cepat",
    },
    "en": {
        "volume": "recording more sales through the same channels, for instance with bundles",
        "consistency": "keeping opening hours and stock steady so that months differ less",
        "growth": "showing customers a second product beside the one they buy",
        "refund": "checking orders before they are handed over so that fewer are refunded",
        "settlement": "choosing channels whose money arrives sooner",
    },
}


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that a question's schema asks for."""
    language = "id" if question["language"] == "Indonesian" else "en"
    facts, wanted = question["facts"], set(question["answer_schema"]["properties"])
    for name, writer in WRITERS.items():
        if name in wanted:
            return writer(facts, language)
    return dict.fromkeys(wanted, "…")


def names_in(facts: Any) -> list[str]:
    """Return every text among facts that somebody called a name."""
    if isinstance(facts, Mapping):
        own = [facts["name"]] if isinstance(facts.get("name"), str) else []
        return own + [name for each in facts.values() for name in names_in(each)]
    if isinstance(facts, list):
        return [name for each in facts for name in names_in(each)]
    return []


# ── Score ──────────────────────────────────────────────────────────────────────────────
def _credit(facts: Facts, language: str) -> dict[str, str]:
    def listed(key: str) -> str:
        return (" dan " if language == "id" else " and ").join(
            NAMES[language][name] for name in facts[key][:2]
        )

    score, full = number(facts["score"], language), number(facts["score_out_of"], language)
    sales, days = number(facts["sales"], language), number(facts["observed_days"], language)
    money = rupiah(facts["average_monthly_revenue_rupiah"], language)
    if language == "id":
        text = [
            f"Skor usaha ini {score} dari {full} dengan tingkat risiko {facts['risk_band']}.",
            f"Penilaian melihat {sales} penjualan selama {days} hari dengan omzet rata-rata {money} sebulan.",
        ]
        text += [f"Yang paling menopang: {listed('strengths')}."] if facts["strengths"] else []
        text += [f"Yang masih menahan skor: {listed('weaknesses')}."] if facts["weaknesses"] else []
        unknown = "Belum dapat diukur: {}."
    else:
        text = [
            f"The shop scores {score} of {full}, risk band {facts['risk_band']}.",
            f"This looks at {sales} sales in {days} days and revenue of {money} a month on average.",
        ]
        text += [f"What carries it most: {listed('strengths')}."] if facts["strengths"] else []
        text += [f"What holds it back: {listed('weaknesses')}."] if facts["weaknesses"] else []
        unknown = "Not measured yet: {}."
    text += [unknown.format(listed("not_measured"))] if facts["not_measured"] else []
    return {"explanation": " ".join(text), "recommendation": _suggestion(facts, language)}


def _suggestion(facts: Facts, language: str) -> str:
    if not facts["improvements"]:
        return {
            "id": "Semua komponen sudah penuh; teruskan mencatat setiap penjualan pada harinya.",
            "en": "Every component is full already; the shop should go on recording each sale.",
        }[language]
    first = facts["improvements"][0]
    points = number(first["points_to_win"], language)
    advice = ADVICE[language][first["component"]]
    if language == "id":
        return f"Langkah yang paling berarti adalah {advice}: nilainya sampai {points} poin."
    return f"What would help most is {advice}: that is worth up to {points} points."


# ── Timing ─────────────────────────────────────────────────────────────────────────────
def _timing(facts: Facts, language: str) -> dict[str, str]:
    week, days = facts["recommended_week"], number(facts["complete_days_observed"], language)
    lead = facts["weeks_of_the_month"][week - 1]["against_the_average_week_percent"]
    start, end = day(facts["next_from"], language), day(facts["next_to"], language)
    if language == "id":
        above = f", {percent(lead, language)} di atas rata-rata minggu lainnya" if lead else ""
        text = (
            f"Dari {days} hari yang diamati, penjualan usaha ini paling kuat pada minggu ke-{week}{above}. "
            f"Minggu itu berikutnya jatuh pada {start} sampai {end}."
        )
    else:
        above = f", {percent(lead, language)} above the average week" if lead else ""
        text = (
            f"Over the {days} days observed, the shop's sales are strongest in week {week}{above}. "
            f"That week comes next from {start} to {end}."
        )
    return {"reasoning": text}


# ── Products ───────────────────────────────────────────────────────────────────────────
def _products(facts: Facts, language: str) -> dict[str, Any]:
    products = facts["products"]
    sales, money = number(facts["sales"], language), rupiah(facts["revenue_rupiah"], language)
    change, best = facts["change_of_last_30_days_percent"], products[0]["name"]
    if language == "id":
        summary = f"Dalam {facts['period_days']} hari terakhir usaha ini mencatat {sales} penjualan dengan omzet {money}."
        if change:
            way = "lebih tinggi" if change > 0 else "lebih rendah"
            summary += (
                f" Omzet bulan terakhir {percent(change, language)} {way} dari bulan sebelumnya."
            )
        reason = "Terjual {} buah, {} dari produk yang paling laku."
        stock = f"Jaga stok {best}, yang paling sering dibeli pelanggan."
        idea = f"Tawarkan produk pendamping di samping {best} dan perhatikan mana yang diminati."
    else:
        summary = f"In the last {facts['period_days']} days the shop made {sales} sales with revenue of {money}."
        if change:
            way = "higher" if change > 0 else "lower"
            summary += f" Revenue of the last month is {percent(change, language)} {way} than the month before."
        reason = "{} pieces sold, {} of the shop's best sellers."
        stock = f"Keep {best} in stock, which customers buy most."
        idea = f"Show a second product beside {best} and watch which of them customers take."
    return {
        "performance_summary": summary,
        "top_trending_products": [
            {
                "name": each["name"],
                "reason": reason.format(
                    number(each["pieces"], language),
                    percent(each["share_of_these_pieces_percent"] or 0, language),
                ),
            }
            for each in products[:3]
        ],
        "inventory_advice": stock,
        "growth_opportunity": idea,
    }


# ── Warnings ───────────────────────────────────────────────────────────────────────────
def _analysis(facts: Facts, language: str) -> dict[str, str]:
    current = _figure(facts, ("current", "fallen_to", "risen_to"), language)
    usual = _figure(facts, ("past",), language) or _figure(facts, ("threshold",), language)
    days = number(facts["recent_days"], language)
    if language == "id":
        text = (
            f"{facts['metric']} selama {days} hari terakhir berada di {current}, dibandingkan {usual} yang "
            f"biasa bagi usaha ini. Data tidak menunjukkan sebabnya. Ada baiknya lebih dulu melihat "
            f"hari-hari yang paling berbeda dan menanyakan perubahan apa yang terjadi di toko."
        )
    else:
        text = (
            f"{facts['metric']} over the last {days} days is {current}, against {usual} that is usual "
            f"for this shop. The data do not show the cause. It is worth looking at the days that differ "
            f"most first and asking what has changed in the shop."
        )
    return {"analysis": text}


# Facts of other things that begin alike: `past_days`, `past_sales`, `past_refunds`.
_COUNTS = ("past_days", "past_sales", "past_refunds")


def _figure(facts: Facts, starts: tuple[str, ...], language: str) -> str:
    """Return the figure whose fact's name begins so, in its unit; nothing without one."""
    for name, value in facts.items():
        if name.startswith(tuple(f"{start}_" for start in starts)) and name not in _COUNTS:
            return _in_unit(name, value, language)
    return ""


def _in_unit(name: str, value: Any, language: str) -> str:
    if name.endswith("_rupiah"):
        return rupiah(value, language)
    if name.endswith("_days"):
        return f"{number(value, language)} {'hari' if language == 'id' else 'days'}"
    return percent(value, language) if name.endswith("_percent") else number(value, language)


WRITERS = {
    "explanation": _credit,
    "reasoning": _timing,
    "performance_summary": _products,
    "analysis": _analysis,
}


# ── Figures ────────────────────────────────────────────────────────────────────────────
def number(value: float, language: str) -> str:
    """
    >>> number(1234.5, "id"), number(1234, "en")
    ('1.234,5', '1,234')
    """
    text = f"{abs(value):,.0f}" if value == int(value) else f"{abs(value):,.1f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text


def percent(value: float, language: str) -> str:
    return f"{number(value, language)}%"


def rupiah(value: float, language: str) -> str:
    """
    >>> rupiah(1_523_400, "id"), rupiah(900, "en")
    ('Rp 1,5 juta', 'Rp 900')
    """
    scales = {"id": ("miliar", "juta"), "en": ("billion", "million")}[language]
    for size, name in zip((10**9, 10**6), scales, strict=True):
        if abs(value) >= size:
            return f"Rp {number(round(value / size, 1), language)} {name}"
    return f"Rp {number(value, language)}"


def day(text: str, language: str) -> str:
    on = date.fromisoformat(text)
    return f"{on.day} {MONTHS[language][on.month - 1]} {on.year}"
