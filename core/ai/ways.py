"""
Which way things went: a fall is not told as a rise, nor a rise as a fall.

A figure that the facts hold of falls alone must not stand beside a word of rising. The word that counts
is the nearest of its clause; without one there, of its sentence; then of the whole text. A sign before
the digits says it better than any word. "Not" turns a word round. What the facts hold of both ways, or
of neither, may be told either way.

    wrong_ways("Omzet naik 12%.", language="id", facts={"growth_percent": -12.3})  ->  ["12%"]

It errs on the side of showing nothing: "last month was 12% higher" is true of a fall, and does not pass.
"""

import re
from collections.abc import Mapping
from typing import Any

from core.ai.known import FALL, LEVEL, RISE, known_of
from core.ai.numbers import Said, said_numbers

_RISES = (
    # Indonesian
    r"naik\w*|menaik\w*|kenaikan\w*|meningkat\w*|peningkatan\w*|bertambah\w*|penambahan\w*|tumbuh|bertumbuh"
    r"|melonjak|lonjakan\w*|melesat|menguat|membaik|perbaikan|melebihi|melampaui|di ?atas\w*|positif"
    r"|lebih (?:tinggi|besar|banyak|ramai|baik|kuat|laku)"
    # English
    r"|rise|rises|risen|rising|rose|increas\w+|grow|grows|grew|grown|growing|climb\w*|gain\w*|surg\w+"
    r"|jump\w*|soar\w*|improv\w+|up(?! to)|higher|above|exceed\w*|stronger|better|busier|positive"
    r"|more(?! than (?:about |around )?[\d~])"
)
_FALLS = (
    r"turun\w*|menurun\w*|penurunan\w*|berkurang\w*|pengurangan\w*|merosot|kemerosotan|anjlok|menyusut"
    r"|penyusutan|melemah|pelemahan|memburuk|jatuh(?! pada)|terpangkas|di ?bawah\w*|kehilangan|negatif|minus"
    r"|lebih (?:rendah|kecil|sedikit|sepi|buruk|lemah)"
    r"|fall|falls|fell|fallen|falling|drop\w*|declin\w+|decreas\w+|shrank|shrunk|shrink\w*|slump\w*"
    r"|plung\w+|reduc\w+|los[est]|losing|down|lower\w*|below|under|less(?! than (?:about |around )?[\d~])"
    r"|fewer|weaker|worse\w*|negative"
)
# Nouns of both ways, until another word says which: "negative growth", "pertumbuhan turun".
_MILD_RISES = r"pertumbuhan\w*|growth"
_NOT = (
    r"(?P<not>\b(?:tidak|tak|bukan|belum|tanpa|not|no|never|without|\w+n't)\s+"
    r"(?!hanya|cuma|sekadar|only|just|merely)(?:\w+\s+)?)?"
)
_STRONG = re.compile(rf"{_NOT}\b(?:(?P<rise>{_RISES})|(?P<fall>{_FALLS}))\b", re.I)
_MILD = re.compile(rf"{_NOT}\b(?P<rise>{_MILD_RISES})\b", re.I)

_SENTENCE_ENDS = re.compile(r"[.!?]\s+|[;\n]")
_CLAUSE_ENDS = re.compile(
    r"[.!?,:]\s+|[;\n()]|\s[–—-]\s|\b(?:dan|serta|tetapi|tapi|namun|sedangkan|sementara|meski\w*|walau\w*"
    r"|and|but|while|whereas|although|though|yet|however)\b",
    re.I,
)


def wrong_ways(text: str, *, facts: Mapping[str, Any], language: str) -> list[str]:
    """Return the figures of a text, as it writes them, that it tells the wrong way round."""
    text, said = said_numbers(text, known=known_of(facts), language=language)
    return [each.written for each in said if _is_wrong(text, each)]


def _is_wrong(text: str, said: Said) -> bool:
    way = _way_of_facts(said)
    return way != LEVEL and _way_told(text, said) == -way


def _way_of_facts(said: Said) -> int:
    ways = {figure.way for figure in said.figures}
    return ways.pop() if len(ways) == 1 else LEVEL


def _way_told(text: str, said: Said) -> int:
    if said.sign:
        return FALL if said.sign in "-−" else RISE
    for start, end in _widening(text, said):
        for words in (_STRONG, _MILD):
            if found := list(words.finditer(text, start, end)):
                return _way_of_word(min(found, key=lambda word: _apart(word, said)))
    return LEVEL


def _widening(text: str, said: Said) -> list[tuple[int, int]]:
    """Return the figure's clause, its sentence, and the whole text."""
    around = [_around(text, said, ends) for ends in (_CLAUSE_ENDS, _SENTENCE_ENDS)]
    return [*around, (0, len(text))]


def _around(text: str, said: Said, ends: re.Pattern) -> tuple[int, int]:
    start = max((end.end() for end in ends.finditer(text, 0, said.start)), default=0)
    end = next((end.start() for end in ends.finditer(text, said.end)), len(text))
    return start, end


def _apart(word: re.Match, said: Said) -> int:
    return max(said.start - word.end(), word.start() - said.end)


def _way_of_word(word: re.Match) -> int:
    way = RISE if word["rise"] else FALL
    return -way if word["not"] else way
