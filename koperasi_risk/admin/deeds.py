"""
Deeds: what people do with a row in a dialog. It says beforehand what it is about, and there why it is refused.

A desk offers a deed to those whose part it is, and while the row allows it; whoever asks later than somebody
else did is told so by the service.
"""

import secrets
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property, wraps
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.errors import Refusal
from core.money import MAX_AMOUNT
from koperasi_risk.admin.desk import MANAGER
from koperasi_risk.admin.figures import AmountField
from koperasi_risk.middleware import OUR_DESKS
from koperasi_risk.models import TenantRole, TenantRow

OFFICER = frozenset({TenantRole.FINANCING_OFFICER})
# Without those that are mistaken for one another when somebody reads them out.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
DAY, AMOUNT, REASON = (
    gettext_lazy("Date"), gettext_lazy("Amount (Rp)"), gettext_lazy("Reason")
)  # fmt: skip
METHODS = [
    ("TUNAI", gettext_lazy("Cash")),
    ("TRANSFER", gettext_lazy("Bank transfer")),
    ("POTONG_GAJI", gettext_lazy("Taken off the salary")),
]


def money(amount: Decimal) -> str:
    """Write an amount with its sen: what settles a loan must be typed to the sen."""
    return (
        f"Rp\N{NO-BREAK SPACE}{number_format(amount, 2 if amount % 1 else 0, force_grouping=True)}"
    )


def fresh_reference(today: date) -> str:
    """Return a reference that nobody used: sent twice by the same dialog, it counts once."""
    return f"T-{today:%Y%m%d}-{''.join(secrets.choice(LETTERS) for _ in range(6))}"


# ── What dialogs ask for ───────────────────────────────────────────────────────────────
def day(label=DAY) -> forms.DateField:
    return forms.DateField(label=label, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))


def amount() -> AmountField:
    return AmountField(label=AMOUNT, max_digits=15, decimal_places=2, max_value=MAX_AMOUNT)


def reference() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=60,
        help_text=gettext_lazy("Sent twice, the same reference counts once."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def method() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Method"), choices=METHODS, widget=UnfoldAdminSelectWidget()
    )


def why(label=REASON, *, longest: int = 300, **more) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 2})
    return forms.CharField(label=label, max_length=longest, widget=widget, **more)


class DeedForm(BaseDialogForm):
    """What a deed asks for. It knows its row, one of the own koperasi; its fields are named as the service's."""

    model: type[TenantRow]
    form_before_template = "admin/koperasi_risk/_deed.html"

    def __init__(self, request, object_id=None, *args, **kwargs):
        super().__init__(request, object_id, *args, **kwargs)
        self.now = timezone.now()
        self.tenant = request.seat.tenant
        self.today = self.tenant.today(self.now)
        self.row = self._row()
        self.initial = self.at_first()

    def _row(self) -> TenantRow:
        if not str(self.object_id).isdecimal():
            raise Http404
        return get_object_or_404(self.model.objects.of(self.tenant), pk=self.object_id)

    def at_first(self) -> dict:
        """Return what the fields hold when the dialog opens."""
        return {"on": self.today, "reference": fresh_reference(self.today)}

    def facts(self) -> list[tuple]:
        """Return what the deed is about: pairs of a name and a figure."""
        return []

    @cached_property
    def told(self) -> dict:
        """Return what was typed."""
        return {name: self.cleaned_data[name] for name in self.fields if name[0] != "_"}

    @property
    def who(self) -> dict:
        """Return where, by whom and when."""
        return {"tenant": self.tenant, "by": self.request.user, "now": self.now}

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside the fields at fault, or above them all."""
        named = {name: text for name, text in refusal.fields.items() if name in self.fields}
        for name, text in named.items():
            self.add_error(name, text)
        if not named:
            self.add_error(None, " ".join(refusal.fields.values()) or refusal.message)

    def get_before_template_context(self, request, object_id=None):
        return {"facts": self.facts(), "errors": self.non_field_errors()}


# ── Desks ──────────────────────────────────────────────────────────────────────────────
def deed(
    *,
    by: str,
    form: type[DeedForm],
    label,
    icon: str,
    suits: Callable[[TenantRow], bool],
    title=None,
    note="",
    variant: ActionVariant = ActionVariant.DEFAULT,
):
    """
    Make a dialog of `do(desk, form)`, which calls a service and returns what to say.

    `by` is whose part it is, "officer" or "manager"; it is offered with rows that it `suits`.
    """
    dialog = {
        "title": title or label,
        "description": note,
        "form_class": form,
        "form_submit_text": label,
    }

    def decorate(do):
        @wraps(do)
        def run(desk, request, filled, object_id):
            try:
                said = do(desk, filled)
            except Refusal as refusal:
                filled.refuse(refusal)
                context = {"dialog": dialog, "form": filled, "form_submit_text": label}
                return render(request, "unfold/helpers/dialog.html", context)
            desk.message_user(request, said, messages.SUCCESS)
            return HttpResponse(headers={"HX-Redirect": _way_back(desk, request, object_id)})

        run.suits = suits
        return action(
            description=label, permissions=[by], icon=icon, variant=variant, dialog=dialog
        )(run)

    return decorate


def _way_back(desk, request, object_id) -> str:
    """Return the page on which the dialog was opened: the row's, or a list with its filters."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    if here.path.startswith(OUR_DESKS):
        return here._replace(scheme="", netloc="", fragment="").geturl()
    return reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_change", args=[object_id])


class HasDeeds:
    """A desk whose rows are moved on by deeds."""

    def get_actions_detail(self, request, object_id):
        row = self.get_object(request, object_id)
        offered = super().get_actions_detail(request, object_id)
        return [deed for deed in offered if row and _suits(deed.method, row)]

    def has_officer_permission(self, request, object_id=None):
        return bool(request.seat and request.seat.has(*OFFICER))

    def has_manager_permission(self, request, object_id=None):
        return bool(request.seat and request.seat.has(*MANAGER))


def _suits(method, row: TenantRow) -> bool:
    return not hasattr(method, "suits") or method.suits(row)
