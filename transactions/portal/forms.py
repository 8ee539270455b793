"""What a merchant types about sales."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import MAX_AMOUNT
from core.portal.fields import ALL, AmountField, DayField, search_field
from core.portal.forms import ListForm, OnceForm
from transactions.domain.items import Item, items_total
from transactions.models import Transaction
from transactions.selectors.sales import SalesFilter

MAX_ITEMS = 50
MAX_QUANTITY = 1_000_000


class FilterForm(ListForm):
    """The filters of the list: its URL. What is left empty filters nothing."""

    cari = search_field()
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[ALL, *Transaction.Status.choices],
    )
    metode = forms.ChoiceField(
        label=_("Method"),
        required=False,
        choices=[ALL, *Transaction.Method.choices],
    )
    dari = DayField(label=_("From"))
    sampai = DayField(label=_("Until"))

    def clean(self):
        first, last = self.cleaned_data.get("dari"), self.cleaned_data.get("sampai")
        if first and last and first > last:
            self.add_error("sampai", _("Must not lie before the first day."))

    @property
    def wanted(self) -> SalesFilter:
        kept = self.cleaned_data
        return SalesFilter(
            statuses=(kept["status"],) if kept["status"] else (),
            method=kept["metode"] or None,
            first_day=kept["dari"],
            last_day=kept["sampai"],
            search=kept["cari"],
        )


class SaleForm(OnceForm):
    """A new sale but for its lines. Whoever gives lines may leave the amount to them."""

    method = forms.ChoiceField(
        label=_("Method"),
        choices=[
            (Transaction.Method.QRIS, _("QRIS")),
            (Transaction.Method.CASH, _("Cash")),
        ],
    )
    amount = AmountField(label=_("Amount"), required=False)
    description = forms.CharField(label=_("Description"), required=False, max_length=200)

    def __init__(self, *args, lines: "Lines", **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines

    def clean(self):
        amount = self.cleaned_data.get("amount")
        if amount is None and "amount" not in self.errors:
            if self.lines.total is None:
                self.add_error("amount", _("Please write an amount, or the items sold."))
            elif self.lines.total > MAX_AMOUNT:
                self.add_error("amount", self.fields["amount"].error_messages["too_large"])
            self.cleaned_data["amount"] = self.lines.total


class ItemForm(forms.Form):
    """One line of a sale. A line left empty does not count."""

    name = forms.CharField(label=_("Item"), max_length=200, required=False)
    quantity = forms.IntegerField(
        label=_("Quantity"), min_value=1, max_value=MAX_QUANTITY, required=False
    )
    price = AmountField(label=_("Price each"), required=False)

    def clean(self):
        if not self.has_text:
            return
        for name in ("name", "price"):
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in, or remove the line."))

    @property
    def has_text(self) -> bool:
        return any(self.data.get(self.add_prefix(name), "").strip() for name in ("name", "price"))

    @property
    def item(self) -> Item:
        line = self.cleaned_data
        return Item(name=line["name"], quantity=line["quantity"] or 1, price=line["price"])


class Lines:
    """The lines of a sale as they were typed, row by row."""

    NAMES = ("name", "quantity", "price")

    def __init__(self, rows: list[dict]):
        self.forms = [
            ItemForm(
                {f"item-{name}": row.get(name, "") for name in self.NAMES},
                prefix="item",
                auto_id=f"id_%s-{place}",
            )
            for place, row in enumerate(rows[:MAX_ITEMS])
        ]

    @classmethod
    def typed(cls, data) -> "Lines":
        columns = [data.getlist(f"item-{name}") for name in cls.NAMES]
        rows = zip(*columns, strict=False)
        return cls([dict(zip(cls.NAMES, row, strict=True)) for row in rows])

    def changed(self, *, without: int | None = None, and_one: bool = False) -> "Lines":
        """Return the lines with one removed, or with an empty one at the end."""
        rows = [
            {name: form.data[form.add_prefix(name)] for name in self.NAMES} for form in self.forms
        ]
        kept = [row for place, row in enumerate(rows) if place != without]
        return Lines([*kept, {"quantity": "1"}] if and_one else kept)

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= MAX_ITEMS

    @property
    def are_valid(self) -> bool:
        return all(form.is_valid() for form in self.forms)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(form.item for form in self.forms if form.is_valid() and form.has_text)

    @property
    def total(self) -> Decimal | None:
        """What the lines add up to; None while one of them cannot be read, or there is none."""
        return items_total(self.items) if self.are_valid else None


class RefundForm(OnceForm):
    amount = AmountField(label=_("Amount to give back"))
    reason = forms.CharField(label=_("Reason"), max_length=200)
