"""Finds every text that our code and templates (or somebody else's) hand to gettext."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.template.engine import Engine
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import trim_whitespace

APPS = [
    "core", "accounts", "merchants", "koperasi_risk", "fraud", "transactions", "scoring", "alerts",
    "banking", "config",
]  # fmt: skip
# Name of the function -> places of context, text and plural among its arguments.
FUNCTIONS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_INLINE = re.compile(r"""\b_\((?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')\)""")
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd]")


@dataclass(frozen=True)
class Message:
    text: str
    plural: str | None = None
    context: str | None = None


def ours() -> dict[Message, str]:
    """Return every text of ours and a file where it stands."""
    found = {}
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                found |= dict.fromkeys(in_python(path), str(path))
    return found | in_templates(settings.BASE_DIR / "templates")


def in_python(path: Path) -> Iterator[Message]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", None))
            if name in FUNCTIONS and (message := _message(node, FUNCTIONS[name])):
                yield message


def _message(call: ast.Call, places: tuple) -> Message | None:
    context, text, plural = (_constant(call, place) for place in places)
    return Message(text, plural, context) if text else None


def _constant(call: ast.Call, place: int | None) -> str | None:
    if place is None or place >= len(call.args):
        return None
    value = getattr(call.args[place], "value", None)
    return value if isinstance(value, str) else None


def in_templates(folder: Path) -> dict[Message, str]:
    found = {}
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
        found |= dict.fromkeys(in_template(path), str(path))
    return found


def in_template(path: Path) -> Iterator[Message]:
    source = path.read_text()
    yield from (Message(one or two) for one, two in _INLINE.findall(source))
    nodes = Engine.get_default().from_string(source).nodelist
    for node in nodes.get_nodes_by_type((TranslateNode, BlockTranslateNode)):
        if message := _of_node(node):
            yield message


def _of_node(node) -> Message | None:
    context = str(node.message_context.var) if node.message_context else None
    if isinstance(node, TranslateNode):
        text = getattr(node.filter_expression.var, "literal", node.filter_expression.var)
        return Message(text, None, context) if isinstance(text, str) else None
    singular = _block(node, node.singular)
    return Message(singular, _block(node, node.plural) if node.plural else None, context)


def _block(node: BlockTranslateNode, tokens) -> str:
    text = node.render_token_list(tokens)[0]
    return trim_whitespace(text) if node.trimmed else text


def placeholders(text: str) -> set[str]:
    return {match.group() for match in PLACEHOLDER.finditer(text.replace("%%", ""))}
