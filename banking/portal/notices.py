"""What the bank's people were told of; looking at it is what makes it seen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from banking.models import Notice
from banking.selectors.notices import notices as notices_of
from banking.selectors.notices import seen_through
from banking.services.notice_mails import path_to
from banking.services.notices import mark_seen

ROWS = 50


@require_GET
@for_roles(*BANK_ROLES)
def notices(request: HttpRequest) -> HttpResponse:
    """The bank's notices, newest first, with those marked that this person has not seen yet."""
    cursor = request.GET.get("setelah", "")
    found = notices_of(request.user)
    if cursor.isdecimal() and len(cursor) <= 18:
        found = found.filter(pk__lt=int(cursor))
    else:
        cursor = ""
    page = list(found[: ROWS + 1])
    seen = seen_through(request.user)
    if page and page[0].pk > seen:
        mark_seen(user=request.user, through=page[0].pk)
    context = {
        "rows": [_shown(notice, is_new=notice.pk > seen) for notice in page[:ROWS]],
        "cursor": cursor,
        "next_cursor": str(page[ROWS - 1].pk) if len(page) > ROWS else "",
    }
    return render(request, "banking/notices.html", context)


def shown_notices(user: User, *, limit: int) -> list[dict]:
    """Return the newest notices as pages show them, without marking them as seen."""
    return [_shown(notice, is_new=False) for notice in notices_of(user)[:limit]]


def _shown(notice: Notice, *, is_new: bool) -> dict:
    about = notice.warning or notice.application
    title, note = notice.get_kind_display(), ""
    if notice.warning:
        # Which warning it is says more than that there is one.
        note = f"{title} · {notice.warning.get_severity_display()}"
        title = notice.warning.get_kind_display()
    return {
        "notice": notice,
        "title": f"{title}: {about.merchant.company_name}",
        "note": note,
        "url": path_to(notice),
        "is_new": is_new,
    }
