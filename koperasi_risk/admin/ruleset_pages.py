"""Pages about all rules at once: the starter's, a file of them, another koperasi's, two days compared."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from core import audit
from core.errors import Refusal
from koperasi_risk.admin.figures import figure
from koperasi_risk.admin.rule_words import (
    Change,
    action_label,
    changed,
    factor_name,
    sentence,
)
from koperasi_risk.domain.rule_contents import RuleContent, content_of, to_wire
from koperasi_risk.domain.starter import STARTER_RULES
from koperasi_risk.models import RiskRuleRevision, Tenant, TenantRole
from koperasi_risk.selectors.rules import active_rules
from koperasi_risk.selectors.seats import koperasi_of
from koperasi_risk.services.notes import MAX_WHY
from koperasi_risk.services.rulesets import (
    RulesetChange,
    copy_rules,
    export_rules,
    import_rules,
    install_starter_rules,
    read_document,
)

PLACE = "admin/koperasi_risk/riskrule/"
LIST = "admin:koperasi_risk_riskrule_changelist"
MAX_DOCUMENT = 1_000_000


def _why() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_WHY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the history of every rule that changes, with your name."),
    )


class StarterForm(forms.Form):
    why = _why()


class SourceForm(forms.Form):
    """Where rules come from: a file that was exported here, or another koperasi of one's own."""

    file = forms.FileField(
        label=gettext_lazy("File of rules"),
        required=False,
        help_text=gettext_lazy("A JSON file that was exported here."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".json,application/json"}),
    )
    source = forms.TypedChoiceField(
        label=gettext_lazy("Or copy from another koperasi of yours"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget(),
    )
    is_removing = forms.BooleanField(
        label=gettext_lazy("Delete rules that it does not name"),
        required=False,
        widget=UnfoldBooleanWidget(),
    )

    def __init__(self, *args, others: list, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "–"), *((own.tenant_id, own.name) for own in others)]
        if not others:
            del self.fields["source"]

    def clean(self):
        typed = super().clean()
        if self.errors:
            return typed
        if bool(typed.get("file")) == bool(typed.get("source")):
            raise forms.ValidationError(_("Choose one: a file, or a koperasi."))
        return typed


class ConfirmForm(forms.Form):
    """What was looked at, sent back to be done."""

    why = _why()
    document = forms.CharField(
        required=False, max_length=MAX_DOCUMENT, widget=forms.HiddenInput(), strip=False
    )
    source = forms.IntegerField(required=False, widget=forms.HiddenInput())
    is_removing = forms.BooleanField(required=False, widget=forms.HiddenInput())


class DayInput(forms.DateInput):
    """The browser's own calendar, in the theme's looks."""

    input_type = "date"

    def __init__(self):
        super().__init__(attrs={"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")


class CompareForm(forms.Form):
    since = forms.DateField(label=gettext_lazy("Rules at the end of"), widget=DayInput())
    until = forms.DateField(label=gettext_lazy("compared with the end of"), widget=DayInput())


# ── A file out ─────────────────────────────────────────────────────────────────────────
def export(request: HttpRequest) -> HttpResponse:
    tenant, now = request.seat.tenant, timezone.now()
    audit.record("risk_rules.exported", now=now, by=request.user, subject=tenant.organisation)
    name = f"aturan-{tenant.organisation.code.lower()}-{tenant.today(now):%Y-%m-%d}.json"
    return JsonResponse(
        export_rules(tenant),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# ── Starter rules ──────────────────────────────────────────────────────────────────────
def starter(desk, request: HttpRequest) -> HttpResponse:
    form = StarterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change = install_starter_rules(
                tenant=request.seat.tenant,
                by=request.user,
                now=timezone.now(),
                why=form.cleaned_data["why"],
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return _done(desk, request, change)
    rules = [_row(content_of(rule)) for rule in STARTER_RULES]
    return _page(desk, request, "starter.html", _("Starter rules"), form=form, rules=rules)


# ── A file, or another koperasi's rules, in ────────────────────────────────────────────
def take_in(desk, request: HttpRequest) -> HttpResponse:
    """Ask for a source, show what it would change, and do it once that is confirmed."""
    if "_confirm" in request.POST:
        return _confirmed(desk, request)
    form = SourceForm(request.POST or None, request.FILES or None, others=_others(request))
    if request.method != "POST" or not form.is_valid():
        return _asking(desk, request, form)
    try:
        given = _given(form.cleaned_data)
        change = _apply(request, given, why="", is_trial=True)
    except Refusal as refusal:
        for text in list(refusal.fields.values())[:20] or [refusal.message]:
            form.add_error(None, text)
        return _asking(desk, request, form)
    confirm = ConfirmForm(initial=given)
    return _previewed(desk, request, confirm, change)


def _given(typed: dict) -> dict:
    document = ""
    if typed.get("file"):
        document = json.dumps(read_document(typed["file"].read(MAX_DOCUMENT + 1)))
    return {
        "document": document,
        "source": typed.get("source"),
        "is_removing": typed["is_removing"],
    }


def _confirmed(desk, request: HttpRequest) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if form.errors.keys() - {"why"}:
        return redirect(f"{LIST.removesuffix('_changelist')}_import_rules")
    is_trial = not form.is_valid()
    try:
        change = _apply(
            request, form.cleaned_data, why=form.cleaned_data.get("why", ""), is_trial=is_trial
        )
    except Refusal as refusal:
        desk.message_user(request, refusal.message, messages.ERROR)
        source = SourceForm(others=_others(request))
        return _asking(desk, request, source, status=refusal.status)
    return _previewed(desk, request, form, change) if is_trial else _done(desk, request, change)


def _apply(request: HttpRequest, given: dict, *, why: str, is_trial: bool) -> RulesetChange:
    shared = {
        "tenant": request.seat.tenant,
        "by": request.user,
        "now": timezone.now(),
        "why": why,
        "is_trial": is_trial,
        "is_removing": given["is_removing"],
    }
    if given["source"]:
        return copy_rules(source_id=given["source"], **shared)
    return import_rules(document=read_document(given["document"].encode()), **shared)


def _others(request: HttpRequest) -> list:
    return [
        own
        for own in koperasi_of(request.user)
        if own.tenant_id != request.seat.tenant.pk and TenantRole.RISK_MANAGER in own.roles
    ]


def _asking(desk, request: HttpRequest, form: SourceForm, *, status: int = 200) -> HttpResponse:
    status = 400 if form.errors else status
    return _page(desk, request, "import.html", _("Import or copy rules"), form=form, status=status)


def _previewed(desk, request, form: ConfirmForm, change: RulesetChange) -> HttpResponse:
    overwritten = [
        {
            "name": factor_name(row.rule.factor),
            "changes": changed(to_wire(row.before), to_wire(row.after)),
        }
        for row in change.changed
    ]
    return _page(
        desk,
        request,
        "import_preview.html",
        _("What the import would change"),
        form=form,
        change=change,
        added=[_row(content) for content in change.added],
        overwritten=overwritten,
        removed=[_row(content_of(rule)) for rule in change.removed],
        is_idle=not (change.added or change.changed or change.removed),
        status=400 if form.errors else 200,
    )


def _done(desk, request: HttpRequest, change: RulesetChange) -> HttpResponse:
    if change.proposals:
        count = len(change.proposals)
        said = ngettext(
            "%(count)s change waits for a second person.",
            "%(count)s changes wait for a second person.",
            count,
        )
        desk.message_user(request, said % {"count": count}, messages.SUCCESS)
        return redirect("admin:koperasi_risk_ruleproposal_changelist")
    figures = {
        "added": len(change.added),
        "changed": len(change.changed),
        "removed": len(change.removed),
    }
    said = _("Rules added: %(added)s, changed: %(changed)s, deleted: %(removed)s.") % figures
    desk.message_user(request, said, messages.SUCCESS)
    return redirect(LIST)


def _row(content: RuleContent) -> dict:
    return {
        "name": factor_name(content.factor),
        "key": content.factor,
        "says": sentence(content.factor, content.threshold),
        "weight": figure(content.weight),
        "category": content.risk_category,
        "action": action_label(content.auto_action),
    }


# ── Two days ───────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Difference:
    """A rule that was another, or none, on one of two days."""

    name: str
    changes: list[Change]
    kind: str

    @property
    def is_new(self) -> bool:
        return self.kind == "added"


def compare(desk, request: HttpRequest) -> HttpResponse:
    """Show what was different between the rules of two days."""
    tenant = request.seat.tenant
    today = tenant.today(timezone.now())
    days = {"since": today - timedelta(days=30), "until": today}
    form = CompareForm(request.GET if "since" in request.GET else days)
    differences, count = [], 0
    if form.is_valid():
        before, after = (_rules_at(tenant, form.cleaned_data[name]) for name in ("since", "until"))
        differences, count = _differences(before, after), len(after)
    return _page(
        desk,
        request,
        "compare.html",
        _("Compare versions"),
        form=form,
        differences=differences,
        count=count,
    )


def _rules_at(tenant: Tenant, day: date) -> dict[int, dict]:
    """Return what each rule said at the end of a day, by its number."""
    try:
        end = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(tenant.time_zone))
    except OverflowError:
        end = timezone.now()
    revisions = RiskRuleRevision.objects.of(tenant).filter(at__lt=end)
    last = revisions.order_by("rule", "-version").distinct("rule").values_list("rule", "after")
    return {rule: after for rule, after in last if after}


def _differences(before: dict[int, dict], after: dict[int, dict]) -> list[Difference]:
    found = []
    for rule in sorted(before.keys() | after.keys()):
        old, new = before.get(rule), after.get(rule)
        if old == new:
            continue
        kind = "added" if old is None else "deleted" if new is None else "changed"
        found.append(Difference(factor_name((new or old)["factor"]), changed(old, new), kind))
    return found


def _page(
    desk, request, template: str, title: str, *, status: int = 200, **context
) -> HttpResponse:
    shared = desk.admin_site.each_context(request) | {
        "opts": desk.opts,
        "title": title,
        "needs_approval": request.seat.tenant.rules_need_approval,
        "is_empty": not active_rules(request.seat.tenant).exists(),
    }
    return render(request, PLACE + template, shared | context, status=status)
