"""The third tab: what this bank lent, or was asked to lend."""

from datetime import datetime

from django.http import HttpRequest

from banking.selectors import Overview
from banking.selectors.loans import applications_of, standings_of
from core.dates import business_day

MOST = 100


def context(request: HttpRequest, overview: Overview, *, now: datetime) -> dict:
    """Return the context of `pinjaman.html`."""
    applications = applications_of(request.user, overview.merchant)
    standings = standings_of(applications, today=business_day(now))
    return {
        "applications": [
            {"application": application, "standing": standings.get(application.pk)}
            for application in applications[:MOST]
        ]
    }
