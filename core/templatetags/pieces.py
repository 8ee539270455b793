"""Small pieces of pages that take one word to place."""

import structlog
from django import template
from django.templatetags.static import static
from django.utils.html import format_html

from core.charts import written

register = template.Library()


@register.simple_tag
def icon(name: str) -> str:
    """Draw one of the icons of `static/img/icons.svg`, hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def shortcut(context, key: str) -> str:
    """Let a key press or focus this element, unless the person switched single keys off."""
    person = getattr(getattr(context, "request", None), "user", None)
    if not key or getattr(person, "single_keys", "on") == "off":
        return ""
    # What is announced are keys pressed together; two after each other are not.
    announced = "" if " " in str(key) else format_html(' aria-keyshortcuts="{}"', key)
    return format_html('data-key="{}"{}', key, announced)


@register.filter
def koordinat(number) -> str:
    """Write a number as markup reads it, whatever the language: `12.5`; what is missing is nothing."""
    return "0" if number in (None, "") else written(float(number))


@register.filter
def tanpa_tanda(number):
    """Return a number without its sign, where a word says which way it went."""
    return abs(number)


@register.filter
def minutes(seconds: int) -> int:
    """Return how many minutes these seconds begin: 61 are 2."""
    return -(-int(seconds) // 60)


@register.simple_tag
def request_code() -> str:
    """Return the beginning of the request's id, to be quoted to us; empty outside a request."""
    return structlog.contextvars.get_contextvars().get("request_id", "")[:8]
