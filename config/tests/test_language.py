from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError

from config.tests.messages import Message, in_template, ours, placeholders

CATALOGUE = settings.BASE_DIR / "locale" / "id" / "LC_MESSAGES" / "django.po"


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="id")


def translation_of(message: Message) -> str:
    text = (message.text, message.plural) if message.plural else message.text
    entry = catalogue().get(text, context=message.context)
    if entry is None or entry.fuzzy:
        return ""
    return entry.string[0] if isinstance(entry.string, tuple) else entry.string


def test_every_text_of_ours_has_an_indonesian_translation():
    missing = [
        f"{place}: {message.text!r}"
        for message, place in ours().items()
        if not translation_of(message)
    ]

    assert not missing, "\n".join(missing)


def test_translations_keep_the_placeholders():
    wrong = [
        f"{message.text!r} -> {translation_of(message)!r}"
        for message in ours()
        if not placeholders(translation_of(message))
        <= placeholders(message.text + (message.plural or ""))
        or not placeholders(message.text) <= placeholders(translation_of(message))
    ]

    assert not wrong, "\n".join(wrong)


def test_no_translation_is_fuzzy_or_broken():
    for entry in catalogue():
        assert not entry.fuzzy or not entry.id, entry.id
        assert list(entry.check(catalogue())) == []


def test_the_theme_of_the_back_office_speaks_indonesian():
    import unfold

    helpers = Path(unfold.__file__).parent / "templates" / "unfold" / "helpers"
    lacking = {
        message.text
        for path in helpers.rglob("*.html")
        for message in _messages_in(path)
        if not translation_of(message) and not _django_knows(message.text)
    }

    assert lacking == set()


@pytest.mark.parametrize(
    ("source", "reference"),
    [
        ("Email or password is incorrect", "Email atau password salah"),
        ("Token not found", "Token tidak ditemukan"),
        ("Token is invalid or has expired", "Token tidak valid atau sudah kadaluarsa"),
        ("Registration successful", "Registrasi berhasil"),
        ("Validation failed.", "Validasi gagal"),
        ("Email is already registered", "Email sudah terdaftar"),
        ("Merchant not found", "Merchant tidak ditemukan"),
        ("Transaction not found", "Transaksi tidak ditemukan"),
        ("The credit score was recalculated.", "Credit score berhasil dikalkulasi ulang"),
    ],
)
def test_messages_of_the_api_keep_the_words_of_the_reference(source, reference):
    assert translation_of(Message(source)) == reference


def _messages_in(path: Path) -> list[Message]:
    try:
        return list(in_template(path))
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return []  # For an app that is not installed.


def _django_knows(text: str) -> bool:
    import django

    folder = Path(django.__file__).parent
    catalogues = folder.glob("**/locale/id/LC_MESSAGES/django.po")
    return any(f'msgid "{text}"' in path.read_text() for path in catalogues)
