"""
What every page of the back office shares: read-only desks, masks, and the questions of the morning.

An app's `admin.py` answers a morning question with `@morning`; the index shows all answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator


@dataclass(frozen=True)
class Answer:
    """One answer on the index. `tone` is "ok", "warn" or "" where there is nothing to judge."""

    question: str
    figure: str
    note: str = ""
    url: str = ""
    tone: str = ""


QUESTIONS: list[Callable[[datetime], Answer]] = []
# Of people who work for one tenant: `question(request.seat, now)`, None where it is none of theirs.
QUESTIONS_OF_SEATS: list[Callable[[object, datetime], Answer | None]] = []


def morning(question: Callable[[datetime], Answer]) -> Callable[[datetime], Answer]:
    """Ask `question(now)` on the index, in the order of INSTALLED_APPS."""
    QUESTIONS.append(question)
    return question


def morning_of_seat(question: Callable[[object, datetime], Answer | None]):
    """Ask `question(seat, now)` on the index of people who work for one tenant, instead of the others."""
    QUESTIONS_OF_SEATS.append(question)
    return question


def dashboard(request, context: dict) -> dict:
    """Give the index its answers: the product's to its own people, a tenant's to who is seated there."""
    now = timezone.now()
    if _runs_the_product(request):
        answers = [question(now) for question in QUESTIONS]
    elif request.seat:
        asked = (question(request.seat, now) for question in QUESTIONS_OF_SEATS)
        answers = [answer for answer in asked if answer]
    else:
        raise PermissionDenied
    return context | {"answers": answers, "now": now}


def _runs_the_product(request) -> bool:
    return request.user.has_module_perms("core")


def may_open(request, desk: str) -> bool:
    """Tell whether somebody may open a desk, which is named by its model: `core.auditentry`."""
    return admin.site.get_model_admin(apps.get_model(desk)).has_view_permission(request)


def theme_of(request) -> str | None:
    """Return the person's theme; None leaves the choice to the browser."""
    theme = getattr(request.user, "theme", "auto")
    return theme if theme in ("light", "dark") else None


def environment(request) -> list | None:
    """Say on every page when the rows are samples."""
    return [_("Demo"), "warning"] if settings.DEMO else None


def change_password(request, extra_context=None):
    """One way to a new password for everybody: the mailed link."""
    return redirect("account_reset_password")


admin.site.password_change = change_password


class Desk(ModelAdmin):
    """A desk with a short list."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    compressed_fields = True

    def get_changelist_instance(self, request):
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:
            # A year that no calendar has: Django itself looks only for months and days that are none.
            raise IncorrectLookupParameters(error) from error


class ReadOnly:
    """Rows that people look at and never touch: judgements, money, logs."""

    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyDesk(ReadOnly, Desk):
    """A desk where nothing can be changed."""


class EndlessDesk(ReadOnlyDesk):
    """A read-only desk over a table too large to count: pages forward and back, newest first."""

    paginator = InfinitePaginator
    ordering = ["-pk"]


class ReadOnlyInline(ReadOnly, TabularInline):
    extra = 0
    hide_title = True


def mask(text: str, *, head: int, tail: int) -> str:
    """
    Hide the middle of a number; all of one too short to have a middle.

    >>> mask("3201021504880001", head=4, tail=4)
    '3201********0001'
    >>> mask("12345", head=4, tail=4)
    '*****'
    """
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[-tail:] if hidden > 0 else "*" * len(text)


def mask_phone(number: str) -> str:
    """
    Show enough of a phone number to recognise it.

    >>> mask_phone("+6281234566789")
    '+62 812-****-6789'
    >>> mask_phone("")
    ''
    """
    digits = number.removeprefix("+62")
    if digits == number or len(digits) < 8:
        return mask(number, head=0, tail=0)
    return f"+62 {digits[:3]}-****-{digits[-4:]}"
