"""
What an answer of the AI must pass before anybody sees it.

It is one JSON object in the shape that was asked for; its texts hold no number that the facts do not
hold, tell no fall as a rise, promise nothing, lead nowhere and are in the right language. Whoever
obeyed an instruction that lay in the facts fails here.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from core.ai.numbers import unknown_numbers
from core.ai.ways import wrong_ways

MAX_ANSWER = 20_000

_FENCE = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.S | re.I)


class Unfit(Exception):
    """An answer that nobody may see; `reason` says why in a few words."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason[:40]


def checked(answer: str, *, question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of an answer to a stored question. Raises Unfit."""
    parts = shaped(_object(answer), question["schema"])
    texts = list(_texts(parts, question["schema"]))
    for text in texts:
        check_text(text, facts=question["facts"], language=question["language"])
    check_language(" ".join(texts), question["language"])
    return parts


# ── Shape ──────────────────────────────────────────────────────────────────────────────
def _object(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER:
        raise Unfit("too long")
    fenced = _FENCE.match(answer)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        raise Unfit("not JSON") from None
    if not isinstance(value, dict):
        raise Unfit("not an object")
    return value


def shaped(value: Any, schema: Mapping[str, Any], name: str = "") -> Any:
    """
    Return the part of a value that a schema names. Raises Unfit.

    Of JSON Schema: objects with `properties`, all of them needed, others dropped; arrays with `items` and
    `maxItems`; strings with `minLength`, `maxLength` and `enum`.
    """
    match schema["type"], value:
        case "object", dict():
            if missing := set(schema["properties"]) - set(value):
                raise Unfit(f"without {min(missing)}")
            return {
                key: shaped(value[key], part, key) for key, part in schema["properties"].items()
            }
        case "array", list():
            if len(value) > schema["maxItems"]:
                raise Unfit(f"too many {name}")
            return [shaped(each, schema["items"], name) for each in value]
        case "string", str():
            return _string(value.strip(), schema, name)
    raise Unfit(f"shape of {name}")


def _string(text: str, schema: Mapping[str, Any], name: str) -> str:
    if "enum" in schema and text not in schema["enum"]:
        raise Unfit(f"{name} is none of the facts")
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", MAX_ANSWER):
        raise Unfit(f"length of {name}")
    return text


def _texts(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the AI worded itself; a choice among given names is none of that."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, schema["properties"][key])
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, schema["items"])
    elif "enum" not in schema:
        yield value


# ── Texts ──────────────────────────────────────────────────────────────────────────────
# What only a bank may say, and what obeying an instruction sounds like.
_FORBIDDEN = re.compile(
    r"\b(?:\w*setuju\w*|\w*yetuju\w*|\w*(?:tolak|nolak)(?! ukur)\w*|tanpa syarat"
    r"|dijamin|menjamin|jaminan|terjamin|garansi|dipastikan|pasti|janji|berjanji|menjanjikan"
    r"|layak (?:kredit|dibiayai|mendapat\w*|menerima|diberi\w*|memperoleh)|kelayakan|memenuhi syarat|berhak"
    r"|plafon\w*|limit kredit|suku bunga|bunga (?:pinjaman|kredit|rendah|\d)|(?:men|di|pen)?cair(?:an|kan)"
    r"|pinjaman\w*|meminjam\w*|bebas risiko|tanpa risiko"
    r"|approv\w+|reject\w*|guarant\w+|eligib\w+|entitle\w*|qualif\w+|creditworth\w*|disburs\w+"
    r"|(?:credit|loan|lending) limits?|interest rates?|loans?|lend\w*|risk.free|certainly|definitely|promis\w+"
    r"|ignor\w+|abaikan|mengabaikan|disregard\w*|overrid\w+|instruksi\w*|instructions?|system prompt"
    r"|jailbreak\w*|as an ai|sebagai ai|language model|model bahasa|kata sandi|passwords?|otp"
    r"|(?:transfer\w*|kirim\w*|mengirim\w*|send|mail)(?: \w+){0,3} (?:ke|to)|nik|npwp"
    r"|hubungi|whatsapp|telepon|call us|contact us|klik|click)\b",
    re.I,
)
_LEADS = re.compile(
    r"https?:|www\.|\S@\S|<\s*[a-z/!]|\]\(|\b[\w-]+\.(?:com|co|id|net|org|io|me|ly|xyz|info|biz|site|shop"
    r"|online|link|app|ru|cn|top)\b|(?<![\d.,])(?:\+62|62|0)[\s.-]?8\d(?:[\s.-]?\d){5,}|\d(?:[ -]?\d){8,}",
    re.I,
)


def check_text(text: str, *, facts: Mapping[str, Any], language: str) -> None:
    """Raise Unfit for a text that says what it must not."""
    # Full-width digits and look-alike letters count as what they look like.
    plain = unicodedata.normalize("NFKC", text)
    if odd := next((each for each in plain if not _is_plain(each)), ""):
        raise Unfit(f"character U+{ord(odd):04X}")
    if found := _LEADS.search(plain):
        raise Unfit(f"leads to {found.group()}")
    if found := _FORBIDDEN.search(plain):
        raise Unfit(f"says {found.group()}")
    if unknown := unknown_numbers(plain, facts=facts, language=language):
        raise Unfit(f"number {unknown[0]}")
    if wrong := wrong_ways(plain, facts=facts, language=language):
        raise Unfit(f"wrong way {wrong[0]}")


def _is_plain(character: str) -> bool:
    """Letters of the Latin script, digits of ours, and marks; nothing that hides or reorders."""
    if character in "\n ":
        return True
    category = unicodedata.category(character)
    if category.startswith("L"):
        return unicodedata.name(character, "").startswith("LATIN")
    if category == "Nd":
        return character.isascii()
    return character.isprintable() and category[0] in "MPSZ"


# ── Language ───────────────────────────────────────────────────────────────────────────
_COMMON = {
    "id": {"yang", "dan", "dari", "untuk", "pada", "ini", "itu", "dengan", "hari", "anda", "tidak",
           "adalah", "lebih", "bulan", "dalam", "ke", "di", "oleh", "karena", "agar", "usaha", "toko",
           "penjualan", "produk", "masih", "sudah", "paling"},
    "en": {"the", "and", "of", "to", "is", "are", "was", "your", "this", "that", "with", "in", "for",
           "not", "has", "have", "from", "by", "on", "its", "shop", "sales", "product", "month", "days",
           "week", "more", "most", "which"},
}  # fmt: skip


def check_language(text: str, language: str) -> None:
    """Raise Unfit for a text that is mostly in the other language."""
    words = re.findall(r"[a-z]+", text.lower())
    counts = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    if counts[language] < max(count for name, count in counts.items() if name != language):
        raise Unfit("other language")
