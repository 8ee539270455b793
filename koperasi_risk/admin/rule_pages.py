"""Pages about one rule: how it came to be what it is, taking it out of force, putting it back."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from core.errors import Refusal
from koperasi_risk.admin.rule_page import counts_of
from koperasi_risk.admin.rule_words import changed, changes, factor_name, sentence
from koperasi_risk.domain.rule_contents import content_of, from_wire, to_wire
from koperasi_risk.models import RiskRule, RiskRuleRevision
from koperasi_risk.selectors.rules import revisions_of
from koperasi_risk.selectors.simulation import simulate
from koperasi_risk.services.notes import MAX_WHY
from koperasi_risk.services.rules import (
    DuplicateFactor,
    ProposalWaits,
    delete_rule,
    restore_revision,
)

PLACE = "admin/koperasi_risk/riskrule/"


class WhyForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_WHY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the history of the rule, with your name."),
    )


def to_form(rule_id: str) -> HttpResponse:
    address = redirect("admin:koperasi_risk_riskrule_change", rule_id)
    address["Location"] += "#simulasi"
    return address


def history(desk, request: HttpRequest, rule_id: str) -> HttpResponse:
    """Show every revision of a rule, of one that was deleted, too."""
    rules = RiskRule.objects.of(request.seat.tenant)
    rule = rules.filter(pk=rule_id).first() if str(rule_id).isdecimal() else None
    if rule is None:
        raise Http404
    revisions = list(revisions_of(request.seat.tenant, rule_id=rule.pk))
    for place, revision in enumerate(revisions):
        revision.changes = changed(revision.before, revision.after)
        revision.is_first = revision.before is None
        revision.is_latest = place == 0 and not rule.deleted_at
    return _page(
        desk, request, "history.html", factor_name(rule.factor), rule=rule, revisions=revisions
    )


def difference(before: dict | None, after: dict | None) -> str:
    """Draw what differs between two contents."""
    context = {"changes": changed(before, after), "is_new": before is None}
    return render_to_string(f"{PLACE}_changes.html", context)


def delete(desk, request: HttpRequest, rule: RiskRule) -> HttpResponse:
    """Ask why, and show what it would do, before a rule goes out of force."""
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = delete_rule(
                tenant=request.seat.tenant,
                rule_id=rule.pk,
                by=request.user,
                now=timezone.now(),
                why=form.cleaned_data["why"],
                via="ADMIN",
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return _gone_on(desk, request, saved, _("The rule is out of force; its history stays."))
    found = simulate(request.seat.tenant, rule_id=rule.pk, now=timezone.now())
    return _page(
        desk,
        request,
        "delete.html",
        _("Delete %(factor)s?") % {"factor": factor_name(rule.factor)},
        rule=rule,
        form=form,
        sentence=sentence(rule.factor, rule.threshold),
        status=400 if form.errors else 200,
        **_simulated(found),
    )


def restore(desk, request: HttpRequest, revision_id: int) -> HttpResponse:
    """Show what a rule would be again, and what that would do; put it back for a reason."""
    revision = revisions_of(request.seat.tenant).filter(pk=revision_id).first()
    if revision is None:
        raise Http404
    form, existing = WhyForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            saved = restore_revision(
                tenant=request.seat.tenant,
                revision_id=revision.pk,
                by=request.user,
                now=timezone.now(),
                why=form.cleaned_data["why"],
            )
        except (DuplicateFactor, ProposalWaits, Refusal) as refusal:
            existing = getattr(refusal, "existing", None)
            form.add_error(None, refusal.message)
        else:
            return _gone_on(desk, request, saved, _("The rule is as it was."))
    return _restoring(desk, request, revision, form, existing)


def _restoring(desk, request, revision: RiskRuleRevision, form, existing) -> HttpResponse:
    rule, wanted = revision.rule, revision.after or revision.before
    present = None if rule.deleted_at else to_wire(content_of(rule))
    try:
        found = simulate(
            request.seat.tenant,
            rule_id=None if rule.deleted_at else rule.pk,
            content=from_wire(wanted),
            now=timezone.now(),
        )
    except Refusal:
        found = None
    return _page(
        desk,
        request,
        "restore.html",
        _("Restore %(factor)s?") % {"factor": factor_name(rule.factor)},
        rule=rule,
        revision=revision,
        form=form,
        existing=existing,
        changes=[change for change in changes(present, wanted) if change.is_changed],
        status=400 if form.errors else 200,
        **_simulated(found),
    )


def _simulated(found) -> dict:
    return {"simulation": found, "counts": counts_of(found)} if found else {}


def _gone_on(desk, request: HttpRequest, saved, said: str) -> HttpResponse:
    if saved.proposal:
        desk.message_user(request, _("Your change waits for a second person."), messages.SUCCESS)
        return redirect("admin:koperasi_risk_ruleproposal_change", saved.proposal.pk)
    desk.message_user(request, said, messages.SUCCESS)
    return redirect("admin:koperasi_risk_riskrule_changelist")


def _page(desk, request, template: str, title: str, *, status: int = 200, **context):
    shared = desk.admin_site.each_context(request) | {
        "opts": desk.opts,
        "title": title,
        "needs_approval": request.seat.tenant.rules_need_approval,
        "may_save": desk.has_change_permission(request),
    }
    return render(request, PLACE + template, shared | context, status=status)
