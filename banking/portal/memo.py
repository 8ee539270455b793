"""The credit memo: what a committee reads about a merchant and a loan, on two sheets of paper."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from alerts.models import EarlyWarning, Severity
from alerts.selectors import open_warnings
from alerts.wording import warning_text
from banking.domain.checks import Assessment
from banking.domain.installments import quote
from banking.models import LoanApplication
from banking.portal.merchant.components import components_of
from banking.portal.merchant.summary import CONFIDENCE, reasons_of
from banking.selectors import Overview, merchant_overview
from banking.selectors.credit import category_medians, standing_consent
from banking.selectors.loans import application_of
from banking.services.memos import record_memo
from banking.wording import check_limit, check_name, check_value, reason_label, recommendation_label
from core.api.limits import stay_within
from core.pdf import pdf_of
from merchants.selectors import MerchantNotFound

log = structlog.get_logger("saksama.memo")
WARNINGS = 6


@require_GET
@for_roles(*BANK_ROLES)
def memo(request: HttpRequest, code: str) -> HttpResponse:
    """The memo as a PDF; where this machine cannot make one, as a page to print."""
    stay_within(scope="heavy", caller=str(request.user.code))
    now = timezone.now()
    context = _memo(request, code, now=now)
    try:
        pdf = pdf_of(render_to_string("banking/memo/pdf.html", context))
    except OSError:
        log.warning("memo_without_pdf")
        messages.info(request, _("This server cannot make PDFs; please print this page instead."))
        return redirect(_address("banking:memo-page", request, code))
    record_memo(**_record(request, context, now=now), form="pdf")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="memo-{context["merchant"].code}.pdf"'
    return response


@require_GET
@for_roles(*BANK_ROLES)
def memo_page(request: HttpRequest, code: str) -> HttpResponse:
    """The same memo as a page with a button that prints it."""
    now = timezone.now()
    context = _memo(request, code, now=now)
    record_memo(**_record(request, context, now=now), form="page")
    context["pdf_url"] = _address("banking:memo", request, code)
    return render(request, "banking/memo/page.html", context)


def _memo(request: HttpRequest, code: str, *, now: datetime) -> dict:
    """
    Return what the memo says. Without consent it says what was frozen in the bank's own application.

    Raises MerchantNotFound, ApplicationNotFound.
    """
    application = _application(request, code)
    try:
        known = _known(request.user, code, now=now)
    except MerchantNotFound:
        if application is None:
            raise
        known = {"merchant": application.merchant, "score": None, "is_closed": True}
    return {
        "now": now,
        "printed_by": request.user,
        "bank": request.user.organisation,
        **known,
        **(_loan(application) if application else {}),
    }


def _application(request: HttpRequest, code: str) -> LoanApplication | None:
    wanted = request.GET.get("pengajuan", "")
    if not wanted:
        return None
    application = application_of(request.user, code=wanted)
    if application.merchant.code != code:
        raise MerchantNotFound()
    return application


def _known(user: User, code: str, *, now: datetime) -> dict:
    overview: Overview = merchant_overview(user, code=code, now=now)
    merchant, score = overview.merchant, overview.score
    found = {
        "merchant": merchant,
        "score": score,
        "overview": overview,
        "consent": standing_consent(merchant),
        "warnings": [(each, warning_text(each)) for each in _gravest(open_warnings(merchant))],
    }
    if score is None:
        return found
    return found | {
        "components": components_of(score, medians=category_medians(merchant), past=[]),
        "confidence": CONFIDENCE[score.data_quality][0],
        **reasons_of(score),
    }


def _gravest(warnings: Iterable[EarlyWarning]) -> list[EarlyWarning]:
    """Return what fits the paper, the gravest first."""
    return sorted(warnings, key=lambda each: Severity.values.index(each.severity))[:WARNINGS]


def _loan(application: LoanApplication) -> dict:
    amount = application.approved_amount or application.amount
    stored = Assessment.from_json(application.assessment)
    return {
        "application": application,
        "amount": amount,
        "cost": quote(
            principal=amount,
            yearly_rate_percent=application.yearly_rate_percent,
            tenor_months=application.tenor_months,
            method=application.method,
        ),
        "checks": [
            (check_name(check), check_value(check), check_limit(check), check.passed)
            for check in stored.checks
        ],
        "recommendation": recommendation_label(stored.recommendation),
        "decision_reasons": [reason_label(code) for code in application.decision_reasons],
    }


def _record(request: HttpRequest, context: dict, *, now: datetime) -> dict:
    application = context.get("application")
    return {
        "merchant": context["merchant"],
        "by": request.user,
        "now": now,
        "application_code": application.code if application else "",
    }


def _address(name: str, request: HttpRequest, code: str) -> str:
    wanted = request.GET.get("pengajuan", "")
    query = f"?{urlencode({'pengajuan': wanted})}" if wanted else ""
    return reverse(name, args=[code]) + query
