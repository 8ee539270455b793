"""Forms of any page: filters that are an address, what is sent once, refusals shown where they belong."""

import uuid
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms

from core.errors import InvalidInput, Refusal
from core.portal.fields import search_field, write_rupiah


class ListForm(forms.Form):
    """The filters of a list: its address. What is left empty filters nothing."""

    def check(self) -> None:
        """Raise InvalidInput where a filter cannot be read."""
        if not self.is_valid():
            raise InvalidInput(fields={name: texts[0] for name, texts in self.errors.items()})

    @property
    def kept(self) -> dict[str, str]:
        """The filters that are in use, as the URL has them."""
        return {
            name: write_rupiah(value) if isinstance(value, Decimal) else str(value)
            for name, value in self.cleaned_data.items()
            if value not in ("", None)
        }

    @property
    def query(self) -> str:
        return urlencode(self.kept)

    def query_with(self, **changed: str) -> str:
        """The query string with some filters set, and those given as "" dropped."""
        return urlencode({name: value for name, value in (self.kept | changed).items() if value})


class SortedListForm(ListForm):
    """The filters of a list that people sort: `urut` is a column, `-` before it when it falls."""

    # What the selector calls the columns, and the order of a list that nobody has sorted.
    SORTS: dict[str, str] = {}
    DEFAULT_SORT = ""

    cari = search_field()
    urut = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def clean_urut(self) -> str:
        sort = self.cleaned_data["urut"]
        is_known = sort.removeprefix("-") in self.SORTS and sort != self.DEFAULT_SORT
        return sort if is_known else ""

    @property
    def order(self) -> str:
        """The order as its column head knows it: `skor`, or `-skor` when it falls."""
        return self.cleaned_data["urut"] or self.DEFAULT_SORT

    @property
    def order_typed(self) -> str:
        """The order for the hidden field: nothing for the usual one, or where filters do not work."""
        return getattr(self, "cleaned_data", {}).get("urut", "")

    @property
    def sorting(self) -> dict[str, Any]:
        """The order as the selector takes it: `sort` and `falls`."""
        falls = self.order.startswith("-")
        return {"sort": self.SORTS[self.order.removeprefix("-")], "falls": falls}

    @property
    def filters(self) -> dict[str, str]:
        """The filters in use, as the address has them; the order is none."""
        return {name: value for name, value in self.kept.items() if name != "urut"}

    @property
    def filter_query(self) -> str:
        return urlencode(self.filters)

    @property
    def told(self) -> dict[str, str]:
        """The filters for the record, without what was searched for: it names people."""
        return {name: value for name, value in self.kept.items() if name != "cari"}

    def chips(self, path: str) -> list[dict[str, str]]:
        """Return each filter in use in words, with the address of the list without it."""
        return [
            {
                "label": f"{self.fields[name].label}: {self._said(name, value)}",
                "url": f"{path}?{self.query_with(**{name: ''})}",
            }
            for name, value in self.filters.items()
        ]

    def _said(self, name: str, value: str) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, value))


class FallibleForm(forms.Form):
    """A form that shows a service's refusal where it belongs."""

    # The services' words for what a form calls otherwise.
    FIELDS: dict[str, str] = {}

    def show(self, refusal: Refusal) -> None:
        named = {self.FIELDS.get(name, name): text for name, text in refusal.fields.items()}
        found = {name: text for name, text in named.items() if name in self.fields}
        for name, text in found.items():
            self.add_error(name, text)
        if not found:
            self.add_error(None, refusal.message)


def new_code() -> uuid.UUID:
    return uuid.uuid4()


class OnceForm(forms.Form):
    """Carries a code that was made with it: however often it is sent, it has one effect."""

    code = forms.UUIDField(widget=forms.HiddenInput)

    def refuse(self, refusal: Refusal) -> None:
        """Show why it had no effect; sent again, it is another try."""
        self.add_error("amount" if "amount" in refusal.fields else None, refusal.message)
        self.data = self.data.copy()
        self.data["code"] = new_code()
