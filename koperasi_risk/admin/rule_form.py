"""The form of a rule: a factor of the catalogue or a name of one's own, figures as people write them."""

import json
from collections.abc import Mapping
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.errors import Refusal
from koperasi_risk.admin.figures import FigureField
from koperasi_risk.admin.rule_words import language
from koperasi_risk.domain import payloads
from koperasi_risk.domain.catalogue import CATALOGUE, find
from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.models import Action, RiskRule, Tenant
from koperasi_risk.selectors.rules import active_rules
from koperasi_risk.selectors.rules.contents import MAX_CATEGORY, MAX_FACTOR
from koperasi_risk.services.notes import MAX_WHY

# Chosen where a factor's name is typed.
FREE = "-"
MORE_TIERS = 2
CATEGORIES = ("rendah", "sedang", "tinggi")


class FactorSelect(UnfoldAdminSelectWidget):
    option_inherits_attrs = False


class TierForm(forms.Form):
    """A further threshold, beyond which another weight and action hold; an empty row is none."""

    threshold = FigureField(label=gettext_lazy("Threshold"), required=False)
    weight = FigureField(label=gettext_lazy("Weight"), required=False)
    auto_action = forms.ChoiceField(
        label=gettext_lazy("Automatic action"),
        required=False,
        choices=[("", "–"), *Action.choices],
        widget=UnfoldAdminSelectWidget(),
    )

    def clean(self):
        typed = super().clean()
        filled = [typed.get(name) not in (None, "") for name in self.fields]
        if any(filled) and not all(filled) and not self.errors:
            raise forms.ValidationError(_("Fill in the whole row, or leave all of it empty."))
        return typed

    @property
    def tier(self) -> dict | None:
        """What the row says, in the words of the wire."""
        typed = self.cleaned_data
        if typed.get("threshold") is None or not typed.get("auto_action"):
            return None
        return {
            "threshold": _plain(typed["threshold"]),
            "weight": _plain(typed["weight"]),
            "auto_action": typed["auto_action"].lower(),
        }


TierFormSet = forms.formset_factory(TierForm, extra=MORE_TIERS, max_num=12)


class RuleForm(forms.Form):
    """What somebody writes into a rule, and why."""

    factor = forms.ChoiceField(label=gettext_lazy("Factor"), widget=FactorSelect())
    factor_text = forms.CharField(
        label=gettext_lazy("Name of the factor"),
        required=False,
        max_length=MAX_FACTOR,
        help_text=gettext_lazy(
            "A name that the catalogue does not know is never breached; it sends every member to a review."
        ),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    threshold = FigureField(label=gettext_lazy("Threshold"))
    weight = FigureField(
        label=gettext_lazy("Weight"),
        help_text=gettext_lazy("Points that a breach takes from 100: from 0 to 100."),
    )
    risk_category = forms.CharField(
        label=gettext_lazy("Risk category"),
        max_length=MAX_CATEGORY,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "rule-categories", "autocomplete": "off"}),
    )
    auto_action = forms.ChoiceField(
        label=gettext_lazy("Automatic action"),
        choices=Action.choices,
        initial=Action.REVIEW,
        widget=UnfoldAdminSelectWidget(),
        help_text=gettext_lazy("What follows when the rule is breached."),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        max_length=MAX_WHY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the history of the rule, with your name."),
    )
    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args, tenant: Tenant, rule: RiskRule | None = None, **kwargs):
        self.tenant, self.rule = tenant, rule
        if rule and "initial" not in kwargs:
            kwargs["initial"] = _as_stored(rule)
        super().__init__(*args, **kwargs)
        self.fields["factor"].choices = _choices(tenant, rule)
        data = args[0] if args else None
        initial = _tiers(rule)[0] if rule else []
        self.tiers = TierFormSet(data, prefix="tiers", initial=initial)

    @property
    def categories(self) -> list[str]:
        used = (
            active_rules(self.tenant)
            .order_by("risk_category")
            .values_list("risk_category", flat=True)
        )
        return sorted({*CATEGORIES, *used})

    @property
    def factor_named(self) -> str:
        """The factor's name as it stands in the form, whether or not the rest can be read."""
        chosen = self["factor"].value() or ""
        return (self["factor_text"].value() or "").strip() if chosen == FREE else chosen

    @property
    def raw_payload(self) -> str:
        """The rule's payload as it is stored."""
        payload = self.rule.action_payload if self.rule else None
        return json.dumps(payload, indent=2, ensure_ascii=False) if payload is not None else ""

    def clean(self):
        typed = super().clean()
        if typed.get("factor") == FREE and not typed.get("factor_text", "").strip():
            self.add_error("factor_text", _("Write the name of the factor."))
        if not self.tiers.is_valid():
            self.add_error(None, _("Please look at the tiers again."))
        elif not self.errors.keys() - {"why"}:
            self._look_at_tiers()
        return typed

    def _look_at_tiers(self) -> None:
        content = self.content
        factor = find(content.factor)
        typed = [form.tier for form in self.tiers if form.tier]
        for fault in payloads.faults(
            {"tiers": typed},
            threshold=content.threshold,
            is_higher_riskier=factor.is_higher_riskier if factor else True,
            language=language(),
        ):
            self.add_error(None, fault)

    @property
    def can_be_tried(self) -> bool:
        """Whether all but the reason is filled in."""
        self.full_clean()
        return not self.errors.keys() - {"why"}

    @property
    def content(self) -> RuleContent:
        typed = self.cleaned_data
        return RuleContent(
            factor=typed["factor_text"].strip() if typed["factor"] == FREE else typed["factor"],
            weight=typed["weight"],
            threshold=typed["threshold"],
            risk_category=typed["risk_category"],
            auto_action=typed["auto_action"],
            action_payload=self._payload(),
        )

    def _payload(self) -> dict | None:
        """Return the stored payload with the tiers of the form; what else is in it stays as it is."""
        stored = self.rule.action_payload if self.rule else None
        typed, kept = _tiers(self.rule)
        rows = [form.tier for form in self.tiers]
        # What else a tier holds goes on with it.
        tiers = [
            {**(typed[place]["more"] if place < len(typed) else {}), **row}
            for place, row in enumerate(rows)
            if row
        ]
        if tiers or kept:
            return {**(stored or {}), "tiers": [*tiers, *kept]}
        if stored is None:
            return None
        rest = {key: value for key, value in stored.items() if key != "tiers"}
        # An empty list of tiers that somebody stored is no change of ours.
        return (
            stored if stored.get("tiers") == [] else rest or (None if "tiers" in stored else stored)
        )

    def show(self, refusal: Refusal) -> None:
        """Put a refusal beside the fields that it names, else above the form."""
        names = {"factor": "factor_text" if self.data.get("factor") == FREE else "factor"}
        shown = False
        for field, text in refusal.fields.items():
            name = names.get(field, field)
            self.add_error(name if name in self.fields else None, text)
            shown = True
        if not shown:
            self.add_error(None, refusal.message)


def _as_stored(rule: RiskRule) -> dict:
    is_listed = rule.factor in CATALOGUE and CATALOGUE[rule.factor].is_listed
    return {
        "factor": rule.factor if is_listed else FREE,
        "factor_text": "" if is_listed else rule.factor,
        "threshold": rule.threshold,
        "weight": rule.weight,
        "risk_category": rule.risk_category,
        "auto_action": rule.auto_action,
        "base_version": rule.version,
    }


def _choices(tenant: Tenant, rule: RiskRule | None) -> list:
    others = active_rules(tenant).exclude(pk=rule.pk if rule else None)
    taken = {
        factor.key for text in others.values_list("factor", flat=True) if (factor := find(text))
    }
    listed = [factor for factor in CATALOGUE.values() if factor.is_listed]
    free = [(factor.key, factor.label(language())) for factor in listed if factor.key not in taken]
    used = [(factor.key, factor.label(language())) for factor in listed if factor.key in taken]
    return [
        ("", _("Choose a factor")),
        (_("Without a rule so far"), free),
        *([(_("Another rule has it already"), used)] if used else []),
        (FREE, _("Another name …")),
    ]


def _tiers(rule: RiskRule | None) -> tuple[list[dict], list]:
    """Split stored tiers into those that the form shows, and those that it cannot read and keeps."""
    payload = rule.action_payload if rule else None
    stored = payload.get("tiers") if isinstance(payload, Mapping) else None
    if not isinstance(stored, list):
        return [], []
    shown, kept = [], []
    for tier in stored:
        read = payloads.tiers_of({"tiers": [tier]})
        if not read:
            kept.append(tier)
            continue
        more = {
            key: value
            for key, value in tier.items()
            if key not in ("threshold", "weight", "auto_action")
        }
        shown.append(read[0]._asdict() | {"more": more})
    return shown, kept


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
