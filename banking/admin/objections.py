"""Objections to scores, which our operators answer; those to decisions are their bank's."""

from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from banking.models import Objection
from banking.services.objections import (
    LEAST_LETTERS,
    MOST_LETTERS,
    answer_objection,
    open_objection,
)
from core.backoffice import Answer, EndlessDesk, morning
from core.errors import Refusal

STATES = {Objection.Status.OPEN: "warning", Objection.Status.ANSWERED: "success"}


@morning
def who_waits_for_an_answer(now: datetime) -> Answer:
    waiting = Objection.objects.filter(status=Objection.Status.OPEN, application=None)
    late = waiting.filter(due_at__lt=now).count()
    return Answer(
        question=_("Which objections to scores wait for an answer?"),
        figure=str(waiting.count()),
        note=_("%(count)s of them late") % {"count": late},
        url=reverse("admin:banking_objection_changelist") + "?status__exact=OPEN",
        tone="warn" if late else "ok",
    )


class AnswerForm(BaseDialogForm):
    answer = forms.CharField(
        label=gettext_lazy("Your answer to the merchant"),
        min_length=LEAST_LETTERS,
        max_length=MOST_LETTERS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )


@admin.register(Objection)
class ObjectionAdmin(EndlessDesk):
    """What merchants find wrong with their scores. Opening one is written down: its text is personal."""

    list_display = ["merchant", "points", "state", "opened_at", "due_at", "answered_by"]
    list_filter = ["status"]
    list_select_related = ["merchant", "score", "answered_by"]
    search_fields = ["merchant__code__exact"]
    search_help_text = gettext_lazy("Merchant ID")
    ordering = ["-status", "due_at", "-pk"]
    fields = [
        "merchant",
        "points",
        "text",
        "state",
        "opened_at",
        "due_at",
        "answer",
        "answered_by",
        "answered_at",
    ]
    readonly_fields = ["points", "state"]
    actions_detail = ["answer_this"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(application=None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        objection = self.get_object(request, object_id)
        is_read = request.method == "GET" and self.has_view_permission(request, objection)
        if objection is not None and is_read:
            open_objection(code=objection.code, by=request.user, now=timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)

    @display(description=gettext_lazy("score"))
    def points(self, objection):
        return objection.score.points

    @display(description=gettext_lazy("status"), ordering="status", label=STATES)
    def state(self, objection):
        return objection.status, objection.get_status_display()

    def has_answer_permission(self, request, object_id=None):
        return self.has_view_permission(request)

    @action(
        description=gettext_lazy("Answer"),
        permissions=["answer"],
        icon="reply",
        dialog={
            "title": gettext_lazy("Answer this objection"),
            "description": gettext_lazy(
                "The merchant reads the answer as you write it; it cannot be changed afterwards."
            ),
            "form_class": AnswerForm,
            "form_submit_text": gettext_lazy("Send the answer"),
        },
    )
    def answer_this(self, request, form, object_id):
        objection = self.get_object(request, object_id)
        try:
            answer_objection(
                code=objection.code,
                by=request.user,
                answer=form.cleaned_data["answer"],
                now=timezone.now(),
            )
            self.message_user(
                request, _("The answer is on its way to the merchant."), messages.SUCCESS
            )
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
        page = reverse("admin:banking_objection_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": page})
