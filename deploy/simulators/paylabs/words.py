"""The words and formats of the tester's pages: a template library and the maps it reads."""

from datetime import datetime

from django import template

from core.dates import JAKARTA
from core.money import from_minor

register = template.Library()

MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
STATUSES = {"01": "Menunggu", "02": "Dibayar", "09": "Gagal"}
STATES = {"WAITING": "Menunggu giliran", "ACKNOWLEDGED": "Diakui", "GIVEN_UP": "Berhenti"}
REFUNDS = {"01": "diproses", "02": "selesai", "09": "ditolak"}
REFUSALS = {
    "OrderPaid": "Pesanan ini sudah dibayar.",
    "OrderClosed": "Pesanan ini tidak lagi menunggu pembayaran.",
}
PROBLEMS = {
    "not a JSON object": "bukan objek JSON",
    "errCode is not 0": "errCode bukan 0",
    "the answer's signature is wrong": "tanda tangan jawaban salah",
}
FAULTS = {
    "copies": "salinan",
    "delay": "tunda (detik)",
    "failed": "callback gagal",
    "amount": "jumlah palsu",
    "merchant": "merchant palsu",
    "bad_signature": "tanda tangan palsu",
    "no_signature": "tanpa tanda tangan",
    "old_timestamp": "waktu kemarin",
    "reserialised": "tanda tangan atas byte lain",
    "loose": "JSON renggang",
    "faulty_sends": "pengiriman terganggu",
    "retry": "ulangi",
}
KINDS = {
    "create": "Buat QRIS",
    "query": "Tanya status",
    "cancel": "Batalkan",
    "refund": "Pengembalian dana",
    "refund_query": "Tanya pengembalian",
    "settlement": "Laporan pencairan",
}
MODES = {
    "": "Normal",
    "slow": "Lambat",
    "hang": "Diam, lalu putus",
    "drip": "Menetes, byte demi byte",
    "lose_answer": "Kerjakan, tetapi jawaban hilang",
    "refuse": "Tolak (errCode)",
    "error500": "HTTP 500",
    "garbage": "HTML, bukan JSON",
    "not_json_object": "JSON, bukan objek",
    "huge": "Jawaban 64 MB",
    "unsigned": "Tanpa tanda tangan",
    "badly_signed": "Tanda tangan palsu",
    "in_work": "Pengembalian diproses dulu",
    "reject": "Pengembalian ditolak",
}
REFUND_MODES = {"in_work", "reject"}


@register.filter
def rupiah(minor: int) -> str:
    """
    >>> rupiah(1005000), rupiah(7035)
    ('Rp10.050', 'Rp70,35')
    """
    text = f"{from_minor(minor):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"Rp{text.removesuffix(',00')}"


@register.filter
def instant(seconds: float) -> str:
    """
    >>> instant(0)
    '1 Jan 1970 07.00.00'
    """
    at = datetime.fromtimestamp(seconds, JAKARTA)
    return f"{at.day} {MONTHS[at.month - 1]} {at:%Y %H.%M.%S}"


@register.filter
def clock(seconds: float) -> str:
    """
    >>> clock(0.25)
    '07.00.00,250'
    """
    at = datetime.fromtimestamp(seconds, JAKARTA)
    return f"{at:%H.%M.%S},{at.microsecond // 1000:03}"


@register.filter
def ago(seconds: float, now: datetime) -> str:
    """
    >>> ago(0, datetime.fromtimestamp(150, JAKARTA))
    '2 menit lalu'
    """
    passed = int(now.timestamp() - seconds)
    for size, word in ((86400, "hari"), (3600, "jam"), (60, "menit")):
        if passed >= size:
            return f"{passed // size} {word} lalu"
    return "baru saja"


@register.filter
def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


@register.filter
def status_at(thing, now: datetime) -> str:
    return thing.status_at(now)


@register.filter
def status_word(status: str) -> str:
    return STATUSES.get(status, status)


@register.filter
def problem_word(problem: str) -> str:
    return PROBLEMS.get(problem, problem)


@register.filter
def refund_word(status: str) -> str:
    return REFUNDS[status]


@register.filter
def mode_word(mode: str) -> str:
    return MODES[mode]


@register.filter
def state_word(state: str) -> str:
    return STATES[state]


@register.filter
def faults_words(faults) -> str:
    """Name what was ordered, for the log; empty for an honest callback."""
    said = {True: "", False: ": tidak", "before": ": sebelum", "after": ": sesudah"}
    words = faults.to_json().items()
    return ", ".join(f"{FAULTS[name]}{said.get(value, f': {value}')}" for name, value in words)
