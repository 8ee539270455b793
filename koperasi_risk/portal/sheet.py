"""The score sheet of a member (Lembar skor anggota): on paper, for the committee and the member."""

import uuid
from datetime import datetime

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import audit
from core.api.limits import stay_within
from core.backoffice import mask
from core.pdf import pdf_of
from core.request_context import client_address
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.models import Member
from koperasi_risk.portal.member_page.books import loan_standings
from koperasi_risk.portal.member_page.summary import applied_rules, components_of, reasons_of
from koperasi_risk.portal.words import loan_words
from koperasi_risk.selectors.members import member_of
from koperasi_risk.selectors.overrides import active_override
from koperasi_risk.selectors.results import is_stale, result_of

log = structlog.get_logger("saksama.koperasi")
# More would not fit on two sheets of paper.
LOANS, RULES, REASONS = 6, 22, 12


@require_GET
@for_seats(*STAFF)
def sheet(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """The sheet as a page to print."""
    context = _sheet(request, code, now=timezone.now())
    _record(request, context, form="page")
    return render(request, "koperasi_risk/sheet/page.html", context)


@require_GET
@for_seats(*STAFF)
def sheet_pdf(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """The sheet as a PDF; where this machine cannot make one, the page to print."""
    stay_within(scope="heavy", caller=str(request.user.code))
    context = _sheet(request, code, now=timezone.now())
    try:
        pdf = pdf_of(render_to_string("koperasi_risk/sheet/pdf.html", context))
    except OSError:
        log.warning("sheet_without_pdf")
        messages.info(request, _("This server cannot make PDFs; please print this page instead."))
        return redirect("koperasi_risk:member-sheet-page", code)
    _record(request, context, form="pdf")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="lembar-skor-{code}.pdf"'
    return response


def _sheet(request: HttpRequest, code: uuid.UUID, *, now: datetime) -> dict:
    """Return what the sheet says. Raises NotFound, ResultNotFound."""
    tenant = request.seat.tenant
    member, today = member_of(tenant, code), tenant.today(now)
    result = result_of(tenant, member_id=member.pk)
    reasons, rules = reasons_of(result.assessment), applied_rules(result.assessment)
    loans = [each for each in loan_standings(tenant, member, today=today) if each.count]
    left_out = [
        max(len(reasons) - REASONS, 0),
        max(len(rules) - RULES, 0),
        max(len(loans) - LOANS, 0),
    ]
    return {
        "tenant": tenant,
        "words": loan_words(tenant),
        "member": member,
        "nik": mask(member.nik, head=4, tail=4),
        "result": result,
        "is_stale": is_stale(result, tenant, today=today),
        "override": active_override(tenant, member.pk, today=today),
        "reasons": reasons[:REASONS],
        "rules": rules[:RULES],
        "components": components_of(tenant, member),
        "loans": loans[:LOANS],
        "left_out": sum(left_out),
        "printed_by": request.user,
        "now": now,
    }


def _record(request: HttpRequest, context: dict, *, form: str) -> None:
    member: Member = context["member"]
    audit.record(
        "member.sheet_printed",
        now=context["now"],
        by=request.user,
        subject=member,
        address=client_address(request),
        form=form,
    )
