"""The page on which a rule is written, with what it would do beside it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as in_sense

from core.errors import Refusal
from koperasi_risk.admin.rule_form import RuleForm
from koperasi_risk.admin.rule_words import changed, factor_name, language, limit, sentence
from koperasi_risk.domain import factors
from koperasi_risk.domain.catalogue import find
from koperasi_risk.domain.rule_contents import content_of, to_wire
from koperasi_risk.models import RiskRule
from koperasi_risk.portal.words import DECISIONS
from koperasi_risk.selectors.rules import active_rules, distribution_of
from koperasi_risk.selectors.simulation import Simulation, simulate
from koperasi_risk.services.proposals import ProposalWaits, waiting_for
from koperasi_risk.services.rules import DuplicateFactor, RuleChanged, save_rule

FORM = "admin/koperasi_risk/riskrule/form.html"
PANEL = "admin/koperasi_risk/riskrule/_answer.html"
LIST = "admin:koperasi_risk_riskrule_changelist"
# What stands beside a threshold.
UNITS = {
    "days": in_sense("unit", "days"),
    "class": "Kol",
    "percent": "%",
    "times": in_sense("unit", "times"),
    "loans": in_sense("unit", "loans"),
    "months": in_sense("unit", "months"),
    "years": in_sense("unit", "years"),
    "rupiah": "Rp",
    "flag": "0/1",
    "ratio": "0–1",
}


def rule_page(desk, request: HttpRequest, rule: RiskRule | None) -> HttpResponse:
    """Show the form, and save what was typed; without JavaScript a button of it simulates."""
    tenant = request.seat.tenant
    may_save = desk.has_change_permission(request) if rule else desk.has_add_permission(request)
    if request.method != "POST":
        return _shown(desk, request, RuleForm(tenant=tenant, rule=rule), rule)
    form = RuleForm(request.POST, tenant=tenant, rule=rule)
    if "_simulate" in request.POST or not may_save:
        return _shown(desk, request, form, rule, panel=_panel(request, form, rule), is_tried=True)
    if not form.is_valid():
        return _shown(desk, request, form, rule, status=400)
    return _saved(desk, request, form, rule)


def simulation(desk, request: HttpRequest) -> HttpResponse:
    """Answer a change of the form with what it would do; mistakes in it are said, too."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    number = request.POST.get("rule", "")
    rule = active_rules(request.seat.tenant).filter(pk=number).first() if number.isdigit() else None
    form = RuleForm(request.POST, tenant=request.seat.tenant, rule=rule)
    return render(request, PANEL, _panel(request, form, rule) | _note(request, form, rule))


def _saved(desk, request: HttpRequest, form: RuleForm, rule: RiskRule | None) -> HttpResponse:
    try:
        saved = save_rule(
            tenant=request.seat.tenant,
            content=form.content,
            rule_id=rule.pk if rule else None,
            by=request.user,
            now=timezone.now(),
            why=form.cleaned_data["why"],
            via="ADMIN",
            base_version=form.cleaned_data["base_version"] if rule else None,
        )
    except DuplicateFactor as refusal:
        return _shown(desk, request, form, rule, duplicate=refusal.existing, status=409)
    except RuleChanged as refusal:
        return _shown(desk, request, form, refusal.rule, **_conflict(form, refusal), status=409)
    except ProposalWaits as refusal:
        return _shown(desk, request, form, rule, waiting=refusal.first, status=409)
    except Refusal as refusal:
        form.show(refusal)
        return _shown(desk, request, form, rule, status=refusal.status)
    return _on(desk, request, saved)


def _on(desk, request: HttpRequest, saved) -> HttpResponse:
    if saved.proposal:
        desk.message_user(request, _("Your change waits for a second person."), messages.SUCCESS)
        return redirect("admin:koperasi_risk_ruleproposal_change", saved.proposal.pk)
    said = _("The rule is added.") if saved.is_new else _("The rule is saved.")
    hint = _("It decides from now on; score all members again to bring their results up to date.")
    place = reverse("koperasi_risk:home") + "#rescore-title"
    link = format_html('<a class="underline" href="{}">{}</a>', place, _("Scores of all members"))
    desk.message_user(request, format_html("{} {} {}", said, hint, link), messages.SUCCESS)
    return redirect("admin:koperasi_risk_riskrule_change", saved.rule.pk)


def _conflict(form: RuleForm, refusal: RuleChanged) -> dict:
    """Show what somebody else saved meanwhile; saving again is then meant."""
    form.data = form.data.copy()
    form.data["base_version"] = str(refusal.rule.version)
    theirs, mine = to_wire(content_of(refusal.rule)), to_wire(form.content)
    return {"conflict": refusal, "differences": changed(theirs, mine)}


def _shown(desk, request, form: RuleForm, rule, *, status=200, panel=None, **more) -> HttpResponse:
    tenant = request.seat.tenant
    may_save = desk.has_change_permission(request) if rule else desk.has_add_permission(request)
    context = {
        **desk.admin_site.each_context(request),
        **_note(request, form, rule),
        **(panel or {}),
        "opts": desk.opts,
        "title": factor_name(rule.factor) if rule else _("New rule"),
        "subtitle": None,
        "form": form,
        "rule": rule,
        "says": sentence(rule.factor, rule.threshold) if rule else "",
        "may_save": may_save,
        "needs_approval": tenant.rules_need_approval,
        "waiting": waiting_for(tenant, rule, rule.factor_key) if rule else None,
        "list_url": reverse(LIST),
        "media": form.media,
        **more,
    }
    return render(request, FORM, context, status=status)


def _panel(request: HttpRequest, form: RuleForm, rule: RiskRule | None) -> dict:
    """Return what a change would do, or what is missing for knowing it."""
    if not form.can_be_tried:
        return {"problems": _problems(form)}
    try:
        found = simulate(
            request.seat.tenant,
            rule_id=rule.pk if rule else None,
            content=form.content,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return {"problems": list(refusal.fields.values()) or [refusal.message]}
    return {"simulation": found, "counts": counts_of(found)}


def _problems(form: RuleForm) -> list[str]:
    named = [
        f"{form.fields[name].label}: {text}" if name in form.fields else text
        for name, texts in form.errors.items()
        if name != "why"
        for text in texts
    ]
    return [
        *named,
        *(text for tier in form.tiers for texts in tier.errors.values() for text in texts),
    ]


def counts_of(found: Simulation) -> list[dict]:
    """Return the three decisions before and after, with their shares of all members for the bars."""
    total = max(found.members, 1)
    return [
        {
            "label": label,
            "tone": tone,
            "before": found.before[name],
            "after": found.after[name],
            "change": found.after[name] - found.before[name],
            "share_before": found.before[name] * 100 / total,
            "share_after": found.after[name] * 100 / total,
        }
        for (name, label), tone in zip(DECISIONS.items(), ("ok", "warn", "bad"), strict=True)
    ]


def _note(request: HttpRequest, form: RuleForm, rule: RiskRule | None) -> dict:
    """Return what there is to say of the chosen factor: which way is risky, where members lie."""
    text = form.factor_named
    factor = find(text) if text else None
    if factor is None:
        return {"is_unknown": bool(text), "factor": None, "unit": ""}
    others = active_rules(request.seat.tenant).exclude(pk=rule.pk if rule else None)
    same = next((other for other in others if find(other.factor) == factor), None)
    return {
        "factor": factor,
        "factor_label": factor.label(language()),
        "is_alias": text.strip().lower() != factor.key,
        "direction": factors.direction(factor, language=language()),
        "unit": UNITS.get(factor.unit, ""),
        "suggested": factor.is_listed and limit(factor, factor.threshold),
        "spread": _spread(request.seat.tenant, factor),
        "same": same,
    }


def _spread(tenant, factor) -> dict:
    found = distribution_of(tenant, factor)
    marks = [
        (_("lowest"), found.minimum),
        (_("25% below"), found.lower_quartile),
        (_("middle"), found.median),
        (_("75% below"), found.upper_quartile),
        (_("highest"), found.maximum),
    ]
    return {
        "found": found,
        "marks": [
            (name, factors.written(factor, value, language()))
            for name, value in marks
            if value is not None
        ],
    }
