"""What people write beside what they do: why, and what they noted."""

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from koperasi_risk.selectors.rules.contents import text_of

MAX_WHY = 300


def checked_why(why: str, *, is_required: bool = False) -> str:
    """Return a reason, trimmed. Raises InvalidInput for one that is too long, or missing."""
    if not why.strip() and is_required:
        raise InvalidInput(fields={"why": _("Say why.")})
    return checked_note(why, field="why")


def checked_note(note: str, *, field: str = "note") -> str:
    """Return a note, trimmed; it may be empty. Raises InvalidInput."""
    try:
        return text_of(note, most=MAX_WHY) if note.strip() else ""
    except ValueError as problem:
        raise InvalidInput(fields={field: str(problem)}) from None
