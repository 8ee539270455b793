"""Signs of trouble in the shop's own figures, in plain words."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import Role
from alerts.models import EarlyWarning, Severity
from alerts.selectors import warnings_of
from alerts.services import acknowledge_warning
from alerts.wording import resolution_text, warning_text
from core.api.limits import stay_within
from merchants.selectors import merchant_of
from scoring.selectors import latest_score

PAST = 20
Kind = EarlyWarning.Kind

MEANINGS = {
    Kind.REVENUE_DROP: gettext_lazy("Less money comes in than your shop is used to."),
    Kind.TRANSACTION_DROP: gettext_lazy("Fewer customers pay than your shop is used to."),
    Kind.REFUND_SPIKE: gettext_lazy("More sales than usual are given back to the customer."),
    Kind.SETTLEMENT_DELAY: gettext_lazy("The money of your sales reaches your account late."),
    Kind.SCORE_DROP: gettext_lazy("Your credit score has fallen in a short time."),
}
HELPS = {
    Kind.REVENUE_DROP: gettext_lazy(
        "Check whether every sale was recorded. If customers stay away, look at prices, stock and"
        " opening hours, and at what sold well before."
    ),
    Kind.TRANSACTION_DROP: gettext_lazy(
        "Record small cash sales, too. Ask regular customers what is missing, and try whether a"
        " promotion brings them back."
    ),
    Kind.REFUND_SPIKE: gettext_lazy(
        "Look at the refunded sales: is it the same product or reason each time? Describe what you"
        " sell exactly and check the goods before handing them over."
    ),
    Kind.SETTLEMENT_DELAY: gettext_lazy(
        "Ask your payment provider why settlements are late, and check that your bank account is"
        " registered correctly."
    ),
    Kind.SCORE_DROP: gettext_lazy(
        "The page of your score shows what weighs most and what would win points back."
    ),
}


@dataclass(frozen=True)
class Shown:
    """A warning and its words."""

    warning: EarlyWarning
    text: str
    meaning: str = ""
    help: str = ""
    ended: str = ""


@require_GET
@for_roles(Role.MERCHANT)
def warnings(request: HttpRequest) -> HttpResponse:
    """What is open, what it means and what helps; and what has passed."""
    merchant = merchant_of(request.user)
    everything = warnings_of(merchant, only_open=False)
    context = {
        "merchant": merchant,
        "is_watched": latest_score(merchant) is not None,
        "open": [_open(warning) for warning in _gravest_first(everything.filter(status="OPEN"))],
        "past": [_past(warning) for warning in everything.exclude(status="OPEN")[:PAST]],
    }
    return render(request, "merchants/warnings.html", context)


def _gravest_first(warnings: Iterable[EarlyWarning]) -> list[EarlyWarning]:
    # The values of severities stand in the order of their gravity.
    return sorted(warnings, key=lambda warning: Severity.values.index(warning.severity))


def _open(warning: EarlyWarning) -> Shown:
    return Shown(
        warning=warning,
        text=warning_text(warning),
        meaning=MEANINGS[warning.kind],
        help=HELPS[warning.kind],
    )


def _past(warning: EarlyWarning) -> Shown:
    return Shown(warning=warning, text=warning_text(warning), ended=resolution_text(warning))


@require_POST
@for_roles(Role.MERCHANT)
def acknowledge(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Say that one has seen a warning."""
    stay_within(scope="write", caller=str(request.user.code))
    acknowledge_warning(merchant=merchant_of(request.user), code=code, now=timezone.now())
    messages.success(request, _("Noted: you know of this warning."))
    return redirect("merchants:warnings")
