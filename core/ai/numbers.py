"""
The numbers of a text, looked up one by one in the facts it was written from.

A number is known when some fact, without its sign, rounds to it at the digits that were written:
"1,5 juta" is known from 1,523,400, "2 juta" is not, because it is a third off. A percentage is known
only from a fact that is one, an amount only from an amount; the facts' names tell their units
(`…_percent`, `…_rupiah`). Days of the calendar are looked up as a whole.

    unknown_numbers("Omzet naik 12% menjadi Rp 3 juta.", language="id",
                    facts={"growth_percent": 12.3, "revenue_rupiah": 3_000_000})  ->  []

What cannot be read for certain ("1.500" in English, "1,500" in Indonesian) is not known.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.ai.known import PERCENT, PLAIN, RUPIAH, Figure, Known, known_of

# Rounding takes at most this part of a figure away.
MOST_ROUNDING = Decimal("0.05")

_MONTHS = {
    **{name: i for i, name in enumerate(
        ["januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november", "desember"], 1)},
    **{name: i for i, name in enumerate(
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"], 1)},
    **{name: i for i, name in enumerate(["jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des"], 1)},
    **{name: i for i, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)},
    "agt": 8, "sept": 9,
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_TO = r"\s*(?:-|–|—|sampai dengan|sampai|hingga|s\.?/?d\.?|dan|to|until|through|and)\s*"
_ORDINAL = r"(?:st|nd|rd|th)?"
_DATES = [
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"),
    re.compile(r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>\d{4})\b"),
    re.compile(
        rf"\b(?:(?P<first>\d{{1,2}}){_ORDINAL}{_TO})?(?P<day>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?"
        rf"(?P<name>{_MONTH})\b\.?(?:,?\s+(?P<year>\d{{4}})\b)?",
        re.I,
    ),
    re.compile(
        rf"\b(?P<name>{_MONTH})\b\.?\s+(?:(?P<first>\d{{1,2}}){_ORDINAL}{_TO})?"
        rf"(?P<day>\d{{1,2}}){_ORDINAL}\b(?!\d|[.,]\d)(?:,?\s+(?P<year>\d{{4}})\b)?",
        re.I,
    ),
    re.compile(rf"\b(?P<name>{_MONTH})\b\.?,?\s+(?P<year>\d{{4}})\b", re.I),
]

_SCALES = {
    "ribu": 3, "rb": 3, "thousand": 3, "k": 3,
    "juta": 6, "jt": 6, "million": 6, "mn": 6, "mio": 6,
    "miliar": 9, "milyar": 9, "billion": 9, "bn": 9,
    "triliun": 12, "trilyun": 12, "trillion": 12,
}  # fmt: skip
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<money>\b(?:Rp|IDR|rupiah)\.?\s*)?(?:(?<!\w)(?P<sign>[-−+])|[-−])?"
    rf"(?P<digits>\d(?:[\d.,]*\d)?)"
    rf"(?P<scale>\s*(?:{_SCALE})\b)?"
    rf"(?P<unit>\s*(?:%|‰|persen\b|per\s*cent\b|percent\b|rupiah\b|IDR\b))?",
    re.I,
)
# Numbers of a list's items: "1. ", "2) ", "(3) ".
_ITEMS = re.compile(r"(?m)^\s*[1-9][.)]\s+|\([1-9]\)\s+")

_WORDS = {
    "nol": 0, "zero": 0,
    "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9,
    "sepuluh": 10, "sebelas": 11, "seratus": 100, "seribu": 1000, "sejuta": 1_000_000,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_TIMES = {
    "puluh": 10, "ratus": 100, "hundred": 100, "ribu": 10**3, "thousand": 10**3, "juta": 10**6,
    "million": 10**6, "miliar": 10**9, "milyar": 10**9, "billion": 10**9, "triliun": 10**12,
    "trillion": 10**12,
}  # fmt: skip
_SPELLED = "|".join(sorted([*_WORDS, *_TIMES, "belas", "satu", "one"], key=len, reverse=True))
_PHRASE = re.compile(rf"\b(?:{_SPELLED})(?:[\s-]+(?:and\s+)?(?:{_SPELLED}))*\b", re.I)
_PERCENT_AFTER = re.compile(r"\s*(?:%|persen\b|per\s*cent\b|percent\b)", re.I)
# Claims of quantity without a number.
_FACTORS = re.compile(
    r"\b(?:kali lipat|berlipat|lipat|dua kali|setengah|separuh|sepertiga|seperempat"
    r"|twice|thrice|doubl\w+|tripl\w+|quadrupl\w+|halv\w+|half|a third|a quarter|dozens?|lusin"
    r"|puluhan|ratusan|ribuan|jutaan|miliaran|hundreds|thousands|millions|billions)\b",
    re.I,
)


@dataclass(frozen=True)
class Said:
    """A number of a text, where and how it is written, and the facts' figures that it may tell of."""

    written: str
    start: int
    end: int
    figures: tuple[Figure, ...]
    sign: str = ""


def unknown_numbers(text: str, *, facts: Mapping[str, Any], language: str) -> list[str]:
    """
    Return the numbers of a text, as it writes them, that its facts do not hold.

    `language` is "id" or "en" and says what points and commas mean.
    """
    known = known_of(facts)
    own_words = _without_names(text, known.names)
    factors = [match.group() for match in _FACTORS.finditer(own_words)]
    _, wrong_days = _without_days(own_words, known.days)
    _, said = said_numbers(text, known=known, language=language)
    return [*factors, *wrong_days, *(each.written for each in said if not each.figures)]


def said_numbers(text: str, *, known: Known, language: str) -> tuple[str, list[Said]]:
    """Return a text without its names and days, and the numbers in it, in digits and in words."""
    text, _ = _without_days(_without_names(text, known.names), known.days)
    text = _ITEMS.sub(" ", text)
    return text, [*_digits(text, known, language), *_spelled(text, known)]


def _without_names(text: str, names: set[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " … ", text, flags=re.I)
    return text


# ── Days of the calendar ───────────────────────────────────────────────────────────────
def _without_days(text: str, days: list[date]) -> tuple[str, list[str]]:
    wrong: list[str] = []

    def take(match: re.Match) -> str:
        if not _is_known_day(match.groupdict(), days):
            wrong.append(match.group())
        return " "

    for pattern in _DATES:
        text = pattern.sub(take, text)
    return text, wrong


def _is_known_day(parts: Mapping[str, str | None], days: list[date]) -> bool:
    name = parts.get("name")
    month = _MONTHS[name.lower()] if name else int(parts["month"])
    year = parts.get("year")
    possible = [day for day in days if day.month == month and (not year or day.year == int(year))]
    wanted = [int(parts[each]) for each in ("first", "day") if parts.get(each)]
    if not wanted:
        return bool(possible)
    return all(any(day.day == number for day in possible) for number in wanted)


# ── Digits ─────────────────────────────────────────────────────────────────────────────
def _digits(text: str, known: Known, language: str) -> Iterator[Said]:
    for match in _NUMBER.finditer(text):
        value = read(match["digits"], language=language)
        scale = _SCALES[match["scale"].strip().lower()] if match["scale"] else 0
        figures = () if value is None else _figures(value, scale, _unit(match), known)
        yield Said(match.group().strip(), *match.span(), figures, sign=match["sign"] or "")


def _unit(match: re.Match) -> str:
    unit = (match["unit"] or "").strip().lower()
    if match["money"] or unit in ("rupiah", "idr"):
        return RUPIAH
    # No fact is counted in thousandths.
    return unit if unit == "‰" else PERCENT if unit else PLAIN


def read(digits: str, *, language: str) -> Decimal | None:
    """
    Read digits with their points and commas; None when two readings are possible.

    >>> read("1.234.567,5", language="id"), read("12.5", language="id"), read("1,500", language="id")
    (Decimal('1234567.5'), Decimal('12.5'), None)
    """
    thousands, point = (".", ",") if language == "id" else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{point}\d+)?", digits):
        return Decimal(digits.replace(thousands, "").replace(point, "."))
    if re.fullmatch(
        rf"\d{{1,3}}(?:\{point}\d{{3}}){{2,}}|\d{{1,3}}(?:\{point}\d{{3}})+\{thousands}\d+", digits
    ):
        # The other language's way, and nothing else.
        return Decimal(digits.replace(point, "").replace(thousands, "."))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
        is_doubtful = re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits)
        return None if is_doubtful else Decimal(digits.replace(",", "."))
    return None


def _figures(value: Decimal, scale: int, unit: str, known: Known) -> tuple[Figure, ...]:
    step = Decimal(1).scaleb(scale + int(value.as_tuple().exponent))
    written = value.scaleb(scale)
    return tuple(
        figure
        for figure in known.figures
        if unit in (PLAIN, figure.unit) and _rounds_to(figure.value, written, step)
    )


def _rounds_to(figure: Decimal, written: Decimal, step: Decimal) -> bool:
    away = abs(figure - written)
    return away <= step / 2 and away <= figure * MOST_ROUNDING


# ── Words ──────────────────────────────────────────────────────────────────────────────
def _spelled(text: str, known: Known) -> Iterator[Said]:
    # "1,5 juta" was read already; what follows digits is its scale.
    text = _NUMBER.sub(lambda match: "#" * len(match.group()), text)
    for match in _PHRASE.finditer(text):
        value = spelled_value(re.split(r"[\s-]+", match.group().lower()))
        # One of several, once, a: no claim of a quantity.
        if value == 1:
            continue
        unit = PERCENT if _PERCENT_AFTER.match(text, match.end()) else PLAIN
        figures = _figures(Decimal(value), 0, unit, known)
        yield Said(match.group(), *match.span(), figures)


def spelled_value(words: list[str]) -> int:
    """
    Return what a spelled number means.

    >>> spelled_value(["dua", "puluh", "lima"]), spelled_value(["tiga", "belas"])
    (25, 13)
    >>> spelled_value(["two", "hundred", "thousand", "and", "six"])
    200006
    """
    total, group = 0, 0
    for word in words:
        if word in ("satu", "one"):
            group += 1
        elif word in _WORDS:
            group += _WORDS[word]
        elif word == "belas":
            group += 10
        elif word in _TIMES and _TIMES[word] >= 1000:
            total, group = total + (group or 1) * _TIMES[word], 0
        elif word == "hundred":
            group = (group or 1) * 100
        elif word in _TIMES:
            # "dua ratus lima puluh": what is multiplied is the last digit.
            group += (group % 10 or 1) * _TIMES[word] - group % 10
    return total + group
