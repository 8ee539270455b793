"""A new sale. Lines come and go by the form itself, so that it works in any browser."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.models import Role
from core.api.limits import stay_within
from core.errors import Refusal
from core.portal.fields import read_rupiah
from core.portal.forms import new_code
from core.request_context import client_address
from merchants.models import Merchant
from merchants.selectors import merchant_of
from transactions.models import Transaction
from transactions.portal.forms import Lines, SaleForm
from transactions.selectors.sales import sale_of
from transactions.services.sales import CodeTaken, NewSale, create_sale

METHODS = (Transaction.Method.QRIS, Transaction.Method.CASH)


@require_http_methods(["GET", "POST"])
@for_roles(Role.MERCHANT)
def new_sale(request: HttpRequest) -> HttpResponse:
    """Type a sale and record it; `?seperti=` begins with what another one held."""
    merchant = merchant_of(request.user)
    if request.method == "GET":
        return _show(request, merchant, _begun(request, merchant))
    lines = Lines.typed(request.POST)
    step = request.POST.get("langkah", "")
    if step:
        form = _unfinished(request, _stepped(lines, step))
        return _show(request, merchant, form, new_line=step == "tambah")
    stay_within(scope="write", caller=str(request.user.code))
    form = SaleForm(request.POST, lines=lines)
    if lines.are_valid and form.is_valid():
        sale = _recorded(request, form, merchant)
        if sale:
            return redirect("transactions:detail", sale.code)
    return _show(request, merchant, form, status=400)


def _begun(request: HttpRequest, merchant: Merchant) -> SaleForm:
    initial = {"code": new_code(), "method": Transaction.Method.QRIS}
    rows = []
    if like := request.GET.get("seperti"):
        sale = sale_of(merchant=merchant, code=like)
        initial |= {"amount": sale.amount, "description": sale.description}
        initial["method"] = sale.method if sale.method in METHODS else initial["method"]
        rows = [_row(item) for item in sale.items]
    return SaleForm(initial=initial, lines=Lines(rows))


def _row(item: dict) -> dict[str, str]:
    price = item.get("price", "")
    return {
        "name": item.get("name", ""),
        "quantity": str(item.get("quantity", "")),
        "price": str(price).replace(".", ","),
    }


def _unfinished(request: HttpRequest, lines: Lines) -> SaleForm:
    """The form as it was typed, not judged yet."""
    names = ("code", "method", "amount", "description")
    typed = {name: request.POST.get(name, "") for name in names}
    return SaleForm(initial=typed, lines=lines)


def _stepped(lines: Lines, step: str) -> Lines:
    if step == "tambah":
        return lines.changed(and_one=True)
    places = {f"hapus-{place}": place for place in range(len(lines.forms))}
    return lines.changed(without=places.get(step))


def _show(
    request: HttpRequest,
    merchant: Merchant,
    form: SaleForm,
    *,
    new_line: bool = False,
    status: int = 200,
) -> HttpResponse:
    template = "transactions/_lines.html" if request.htmx else "transactions/new.html"
    context = {
        "merchant": merchant,
        "form": form,
        "lines": form.lines,
        "new_line": new_line,
        "differs": _differs(form),
    }
    return render(request, template, context, status=status)


def _differs(form: SaleForm) -> bool:
    """Say whether an amount was typed that is not what the lines add up to."""
    typed = form["amount"].value()
    amount = read_rupiah(typed) if isinstance(typed, str) else typed
    total = form.lines.total
    return None not in (amount, total) and amount != total


def _recorded(request: HttpRequest, form: SaleForm, merchant: Merchant) -> Transaction | None:
    typed = form.cleaned_data
    sale = NewSale(
        method=typed["method"],
        amount=typed["amount"],
        description=typed["description"],
        items=form.lines.items,
        address=client_address(request),
    )
    code = typed["code"].hex
    try:
        recorded = create_sale(merchant=merchant, sale=sale, code=code, now=timezone.now())
    except CodeTaken as refusal:
        form.refuse(refusal)
        return None
    except Refusal as refusal:
        # A sale whose QR code could not be had stands; its page tells how it goes on.
        if kept := merchant.transactions.filter(code=code).first():
            return kept
        form.refuse(refusal)
        return None
    if recorded.method == Transaction.Method.CASH:
        messages.success(request, _("The cash sale is recorded."))
    return recorded
