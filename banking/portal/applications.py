"""One application for a loan: to write it, to see what it costs, and to see how it stands."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.domain import pipeline
from banking.models import LoanApplication
from banking.portal.application_page import application_page
from banking.portal.decisions import conflict_page
from banking.portal.loan_forms import MAX_TENOR, DraftForm, LoanForm, NewLoanForm
from banking.portal.quote import loan_quote
from banking.portal.steps import done
from banking.selectors import PortfolioFilter, portfolio_page
from banking.selectors.loans import application_of, terms_of
from banking.services.loans import edit_application, make_application, move_application
from core.api.limits import stay_within
from core.errors import Conflict, Refusal
from core.portal.fields import read_rupiah
from core.portal.forms import new_code
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound

USUAL_TENOR = 12
PICKS = 20


@require_http_methods(["GET", "POST"])
@for_roles(*BANK_ROLES)
def new_application(request: HttpRequest) -> HttpResponse:
    """Choose a merchant, then write an application: a draft, or submitted at once."""
    now = timezone.now()
    code = (request.POST if request.method == "POST" else request.GET).get("merchant", "")
    if not code:
        return _pick(request, now=now)
    merchant = visible_merchant(request.user, code=code)
    if request.method == "GET":
        form = NewLoanForm(initial=_begun(request, merchant))
        return _show(request, merchant, form, now=now)
    stay_within(scope="write", caller=str(request.user.code))
    form = NewLoanForm(request.POST)
    if form.is_valid() and (loan := _made(request, form, now=now)):
        return redirect("banking:application", loan.code)
    return _show(request, merchant, form, now=now, status=400)


@require_GET
@for_roles(*BANK_ROLES)
def quote(request: HttpRequest) -> HttpResponse:
    """What the typed terms cost and how they fare in the checks; asked as somebody types."""
    merchant = visible_merchant(request.user, code=request.GET.get("merchant", ""))
    form = LoanForm(request.GET)
    terms = terms_of(request.user.organisation)
    context = loan_quote(form, merchant=merchant, terms=terms, now=timezone.now())
    return render(request, "banking/applications/_quote.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*BANK_ROLES)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Write on a draft."""
    now = timezone.now()
    loan = application_of(request.user, code=code)
    if loan.status != LoanApplication.Status.DRAFT:
        messages.info(request, _("Only a draft can be changed."))
        return redirect("banking:application", loan.code)
    if request.method == "GET":
        return _show(request, loan.merchant, DraftForm(initial=_as_typed(loan)), now=now, loan=loan)
    stay_within(scope="write", caller=str(request.user.code))
    form = DraftForm(request.POST)
    if not form.is_valid():
        return _show(request, loan.merchant, form, now=now, loan=loan, status=400)
    return _edited(request, loan, form, now=now)


@require_GET
@for_roles(*BANK_ROLES)
def application(request: HttpRequest, code: str) -> HttpResponse:
    """How one application stands, why, and what may be done with it."""
    loan = application_of(request.user, code=code)
    context = application_page(request, loan, now=timezone.now())
    return render(request, "banking/applications/detail.html", context)


def visible_merchant(user, *, code: str) -> Merchant:
    """Raises MerchantNotFound for a merchant that does not exist or did not consent, alike."""
    merchant = Merchant.objects.visible_to(user).filter(code=code.replace("\0", "")).first()
    if merchant is None:
        raise MerchantNotFound()
    return merchant


def _pick(request: HttpRequest, *, now: datetime) -> HttpResponse:
    search = request.GET.get("cari", "").strip()[:100]
    wanted = PortfolioFilter(search=search)
    page = portfolio_page(request.user, wanted=wanted, sort="score", limit=PICKS, offset=0, now=now)
    context = {"search": search, "rows": page.rows, "total": page.total}
    return render(request, "banking/applications/pick.html", context)


def _begun(request: HttpRequest, merchant: Merchant) -> dict:
    """The form as it opens: the bank's own terms, and what the address already says."""
    terms = terms_of(request.user.organisation)
    tenor = request.GET.get("tenor", "")
    is_tenor = tenor.isdecimal() and len(tenor) <= len(str(MAX_TENOR))
    return {
        "code": new_code(),
        "merchant": merchant.code,
        "plafon": read_rupiah(request.GET.get("plafon", "")),
        "tenor": int(tenor) if is_tenor else min(USUAL_TENOR, terms.max_tenor_months),
        "bunga": terms.yearly_rate_percent,
        "metode": terms.method,
    }


def _as_typed(loan: LoanApplication) -> dict:
    return {
        "versi": loan.version,
        "plafon": loan.amount,
        "tenor": loan.tenor_months,
        "bunga": loan.yearly_rate_percent,
        "metode": loan.method,
        "tujuan": loan.purpose,
    }


def _show(
    request: HttpRequest,
    merchant: Merchant,
    form: LoanForm,
    *,
    now: datetime,
    loan: LoanApplication | None = None,
    status: int = 200,
) -> HttpResponse:
    terms = terms_of(request.user.organisation)
    typed = LoanForm({name: form[name].value() for name in LoanForm.base_fields})
    context = {
        "merchant": merchant,
        "form": form,
        "loan": loan,
        "terms": terms,
        **loan_quote(typed, merchant=merchant, terms=terms, now=now),
    }
    return render(request, "banking/applications/form.html", context, status=status)


def _made(request: HttpRequest, form: NewLoanForm, *, now: datetime) -> LoanApplication | None:
    submit = request.POST.get("aksi") == "ajukan"
    try:
        loan = make_application(
            by=request.user,
            merchant_code=form.cleaned_data["merchant"],
            code=form.application_code,
            submit=submit,
            now=now,
            **form.terms,
        )
    except Refusal as refusal:
        form.show(refusal)
        return None
    if loan.status == LoanApplication.Status.DRAFT:
        messages.success(request, _("The draft is saved."))
    else:
        messages.success(request, _("The application is submitted."))
    return loan


def _edited(
    request: HttpRequest, loan: LoanApplication, form: DraftForm, *, now: datetime
) -> HttpResponse:
    try:
        saved = edit_application(
            code=loan.code,
            by=request.user,
            version=form.cleaned_data["versi"],
            now=now,
            **form.terms,
        )
    except Conflict as refusal:
        return conflict_page(request, loan.code, refusal)
    except Refusal as refusal:
        form.show(refusal)
        return _show(request, loan.merchant, form, now=now, loan=loan, status=refusal.status)
    if request.POST.get("aksi") != "ajukan":
        messages.success(request, _("The draft is saved."))
        return redirect("banking:application", loan.code)
    try:
        move_application(
            code=saved.code, to=pipeline.SUBMITTED, by=request.user, version=saved.version, now=now
        )
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, done(pipeline.SUBMITTED))
    return redirect("banking:application", loan.code)
