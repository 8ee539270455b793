"""The fourth tab: what the scans found at this merchant, and what this bank made of it."""

from datetime import datetime

from django.db.models import Prefetch
from django.http import HttpRequest

from alerts.models import BankReview, EarlyWarning
from alerts.selectors import warnings_of, with_standing
from alerts.wording import resolution_text, warning_text
from banking.selectors import Overview

MOST = 100


def context(request: HttpRequest, overview: Overview, *, now: datetime) -> dict:
    """Return the context of `peringatan.html`."""
    own = BankReview.objects.filter(bank=request.user.organisation_id).select_related("by")
    reviews = Prefetch("reviews", own.order_by("-pk"), to_attr="own_reviews")
    found = with_standing(warnings_of(overview.merchant, only_open=False), request.user)
    warnings = list(found.prefetch_related(reviews)[:MOST])
    for warning in warnings:
        warning.text = warning_text(warning)
        warning.closing = resolution_text(warning)
    is_open = EarlyWarning.Status.OPEN
    return {
        "open_ones": [each for each in warnings if each.status == is_open],
        "past_ones": [each for each in warnings if each.status != is_open],
    }
