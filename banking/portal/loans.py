"""The loans that run: what is still owed, and who is late; and money that came back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.models import LoanApplication
from banking.portal.application_page import application_page
from banking.portal.filters import LoanFilterForm
from banking.portal.loan_forms import RepaymentForm
from banking.selectors.loans import application_of, loan_book, portfolio
from banking.services.loans import record_repayment
from banking.wording import COLLECTABILITY
from core.api.limits import stay_within
from core.dates import business_day
from core.errors import InvalidCursor, Refusal
from core.formats import tanggal

ROWS = 50


@require_GET
@for_roles(*BANK_ROLES)
def loan_list(request: HttpRequest) -> HttpResponse:
    """The loans that run, longest past due first."""
    today = business_day(timezone.now())
    grade = LoanFilterForm(request.GET).grade
    cursor = request.GET.get("setelah", "")
    wanted = {"today": today, "grade": grade, "limit": ROWS + 1}
    try:
        loans = loan_book(request.user, cursor=cursor, **wanted)
    except InvalidCursor:
        # An old address still leads to the list.
        cursor = ""
        loans = loan_book(request.user, **wanted)
    book = portfolio(request.user, today=today)
    context = {
        "loans": loans[:ROWS],
        "book": book,
        "tabs": _tabs(book, grade),
        "grade": grade,
        "query": f"kolektibilitas={grade}" if grade else "",
        "cursor": cursor,
        # One more than shown tells whether there is a next page.
        "next_cursor": loans[ROWS - 1].cursor if len(loans) > ROWS else "",
        "today": today,
    }
    return render(request, "banking/loans/list.html", context)


def _tabs(book, grade: int | None) -> list[dict]:
    every = {"label": _("All"), "url": "?", "is_current": grade is None, "count": book.loans}
    return [every] + [
        {
            "label": f"{level} {label}",
            "url": f"?kolektibilitas={level}",
            "is_current": grade == level,
            "count": book.by_collectability[level],
        }
        for level, label in COLLECTABILITY.items()
    ]


@require_POST
@for_roles(*BANK_ROLES)
def repay(request: HttpRequest, code: str) -> HttpResponse:
    """Record money that came back on a loan."""
    stay_within(scope="write", caller=str(request.user.code))
    loan, now = application_of(request.user, code=code), timezone.now()
    form, status = RepaymentForm(request.POST), 400
    if form.is_valid():
        try:
            return _recorded(request, loan, form, now=now)
        except Refusal as refusal:
            form.show(refusal)
            status = refusal.status
    page = application_page(request, loan, now=now, repayment_form=form)
    return render(request, "banking/applications/detail.html", page, status=status)


def _recorded(request, loan: LoanApplication, form: RepaymentForm, *, now) -> HttpResponse:
    typed = form.cleaned_data
    paid = record_repayment(
        code=loan.code,
        reference=typed["rujukan"],
        amount=typed["jumlah"],
        paid_on=typed["tanggal"],
        by=request.user,
        now=now,
    )
    if paid.recorded_at == now:
        messages.success(request, _("The payment is recorded."))
    else:
        messages.info(
            request,
            _("This reference was recorded already, on %(day)s; nothing was added.")
            % {"day": tanggal(paid.recorded_at)},
        )
    return redirect("banking:application", loan.code)
