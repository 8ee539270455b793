"""A merchant's sales: look through them, look at one, give money back."""

from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import Role
from core.api.limits import stay_within
from core.errors import InvalidCursor, Refusal
from core.request_context import client_address
from merchants.models import Merchant
from merchants.selectors import merchant_of
from transactions.api.exports import sales_file
from transactions.models import DailyTotal, GatewayOrder, Refund, Transaction
from transactions.portal.forms import FilterForm, RefundForm
from transactions.portal.sale_page import open_refunds, payment_facts, sale_page
from transactions.selectors.sales import SalesFilter, sale_of, sales_page
from transactions.services.inquiries import ask_gateway
from transactions.services.qris import show_code
from transactions.services.refunds import refund_sale

ROWS = 50


@require_GET
@for_roles(Role.MERCHANT)
def sale_list(request: HttpRequest) -> HttpResponse:
    """The shop's sales, newest first; its filters are its address. htmx gets the table alone."""
    merchant = merchant_of(request.user)
    form = FilterForm(request.GET)
    context = {"merchant": merchant, "form": form, "is_fragment": bool(request.htmx)}
    if form.is_valid():
        context |= _found(merchant, form, cursor=request.GET.get("setelah") or None)
    template = "transactions/_sales.html" if request.htmx else "transactions/list.html"
    response = render(request, template, context)
    if request.htmx:
        response["HX-Push-Url"] = _address(request, form)
    return response


def _found(merchant: Merchant, form: FilterForm, *, cursor: str | None) -> dict:
    wanted = form.wanted
    try:
        found = sales_page(merchant=merchant, wanted=wanted, page=1, limit=ROWS, cursor=cursor)
    except InvalidCursor:
        # An old address still leads to the list.
        cursor = None
        found = sales_page(merchant=merchant, wanted=wanted, page=1, limit=ROWS)
    return {
        "found": found,
        "cursor": cursor,
        "totals": _totals(merchant, wanted) if wanted.is_by_day and found.total else None,
    }


def _totals(merchant: Merchant, wanted: SalesFilter) -> dict:
    days = DailyTotal.objects.filter(merchant=merchant)
    if wanted.first_day:
        days = days.filter(day__gte=wanted.first_day)
    if wanted.last_day:
        days = days.filter(day__lte=wanted.last_day)
    return days.aggregate(
        paid=Sum("paid_count", default=0),
        amount=Sum(F("paid_amount") - F("refunded_amount"), default=0),
    )


def _address(request: HttpRequest, form: FilterForm) -> str:
    """The address of what is shown, without filters that are not in use."""
    query = QueryDict(mutable=True)
    query.update(form.kept)
    if cursor := request.GET.get("setelah"):
        query["setelah"] = cursor
    return f"{request.path}?{query.urlencode()}" if query else request.path


@require_GET
@for_roles(Role.MERCHANT)
def download(request: HttpRequest) -> HttpResponse:
    """The sales of the list as CSV."""
    stay_within(scope="heavy", caller=str(request.user.code))
    form = FilterForm(request.GET)
    form.check()
    return sales_file(
        merchant=merchant_of(request.user),
        wanted=form.wanted,
        filters={name: value for name, value in form.kept.items() if name != "cari"},
        by=request.user,
        address=client_address(request),
        now=timezone.now(),
    )


@require_GET
@for_roles(Role.MERCHANT)
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One sale: what was sold, what became of the money, what can be done."""
    merchant = merchant_of(request.user)
    sale = sale_of(merchant=merchant, code=code)
    return render(
        request, "transactions/detail.html", sale_page(sale, merchant, now=timezone.now())
    )


@require_GET
@for_roles(Role.MERCHANT)
def status(request: HttpRequest, code: str) -> HttpResponse:
    """How payment or refunds stand: asked every few seconds by the page, which is replaced by news."""
    now, merchant = timezone.now(), merchant_of(request.user)
    sale = sale_of(merchant=merchant, code=code)
    asked_for = request.GET.get("diminta")
    if asked_for and asked_for == str(len(open_refunds(sale.refunds.all()))):
        return HttpResponse(status=204)
    facts = payment_facts(sale, now=now)
    # A code that came meanwhile belongs on the page, too.
    if facts["is_waiting"] and ("kode" in request.GET) == bool(facts["order"].qr_code):
        return render(request, "transactions/_waiting.html", facts)
    page = sale_page(sale, merchant, now=now) | {"is_fragment": True}
    response = render(request, "transactions/_sale.html", page)
    response["HX-Retarget"], response["HX-Reswap"] = "#sale", "innerHTML"
    return response


@require_POST
@for_roles(Role.MERCHANT)
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the gateway now how a payment stands, and for the code where it is missing."""
    stay_within(scope="write", caller=str(request.user.code))
    sale = sale_of(merchant=merchant_of(request.user), code=code)
    try:
        _ask(sale)
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        _tell(request, sale)
    return redirect("transactions:detail", sale.code)


def _ask(sale: Transaction) -> None:
    order = GatewayOrder.objects.filter(transaction=sale).first()
    if order is None:
        return
    now = timezone.now()
    if not order.qr_code:
        show_code(sale=sale, now=now)
    else:
        ask_gateway(sale=sale, now=now)
    sale.refresh_from_db()


def _tell(request: HttpRequest, sale: Transaction) -> None:
    if sale.status == Transaction.Status.SUCCESS:
        messages.success(request, _("The payment arrived."))
    elif sale.status == Transaction.Status.PENDING:
        messages.info(request, _("The gateway was asked: the payment has not arrived yet."))


@require_POST
@for_roles(Role.MERCHANT)
def refund(request: HttpRequest, code: str) -> HttpResponse:
    """Give money back for a sale."""
    stay_within(scope="write", caller=str(request.user.code))
    merchant = merchant_of(request.user)
    sale = sale_of(merchant=merchant, code=code)
    form = RefundForm(request.POST)
    if form.is_valid() and _refunded(request, form, sale):
        return redirect("transactions:detail", sale.code)
    page = sale_page(sale, merchant, now=timezone.now()) | {"refund_form": form}
    return render(request, "transactions/detail.html", page, status=400)


def _refunded(request: HttpRequest, form: RefundForm, sale) -> bool:
    try:
        made = refund_sale(
            transaction=sale,
            amount=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            code=form.cleaned_data["code"],
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    if made.status == Refund.Status.PROCESSED:
        messages.success(request, _("The refund is recorded."))
    else:
        messages.info(request, _("The refund is asked for. You see here when it went through."))
    return True
