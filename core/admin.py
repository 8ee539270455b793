from datetime import datetime, timedelta

from django.contrib import admin
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.audit import record
from core.backoffice import Answer, EndlessDesk, ReadOnlyDesk, morning
from core.models import AiText, AuditEntry, AuditSeal, DataKey, IdempotencyRecord, OutboxEvent

# News older than this is not on its way, it is stuck.
STUCK_AFTER = timedelta(minutes=5)


@morning
def is_news_stuck(now: datetime) -> Answer:
    waiting = OutboxEvent.objects.filter(published_at=None)
    oldest = waiting.order_by("id").values_list("announced_at", flat=True).first()
    is_stuck = oldest is not None and now - oldest > STUCK_AFTER
    return Answer(
        question=_("Is news waiting for its followers?"),
        figure=str(waiting.count()),
        note=_("oldest: %(age)s") % {"age": timesince(oldest, now)}
        if oldest
        else _("all delivered"),
        url=reverse("admin:core_outboxevent_changelist") + "?delivered=no",
        tone="warn" if is_stuck else "ok",
    )


@morning
def is_the_audit_log_sealed(now: datetime) -> Answer:
    last = AuditSeal.objects.order_by("-sequence").first()
    waiting = AuditEntry.objects.filter(seal=None, at__lt=now - STUCK_AFTER).exists()
    return Answer(
        question=_("Is the audit log sealed?"),
        figure=f"#{last.sequence}" if last else "–",
        note=_("entries wait for their seal") if waiting else _("up to the last entry"),
        url=reverse("admin:core_auditentry_changelist"),
        tone="warn" if waiting else "ok",
    )


class DeliveredFilter(admin.SimpleListFilter):
    title = gettext_lazy("delivered")
    parameter_name = "delivered"

    def lookups(self, request, model_admin):
        return [("no", gettext_lazy("Waiting")), ("yes", gettext_lazy("Delivered"))]

    def queryset(self, request, queryset):
        if self.value() == "no":
            return queryset.filter(published_at=None)
        return queryset.exclude(published_at=None) if self.value() == "yes" else queryset


@admin.register(OutboxEvent)
class OutboxEventAdmin(EndlessDesk):
    """What was announced, and what is stuck."""

    list_display = ["topic", "payload", "announced_at", "published_at"]
    list_filter = [DeliveredFilter]
    search_fields = ["topic__exact"]
    search_help_text = gettext_lazy("Topic")


@admin.register(AuditEntry)
class AuditEntryAdmin(EndlessDesk):
    """Who did what to which thing."""

    list_display = ["at", "action", "actor", "subject", "reason", "address"]
    list_display_links = ["at", "action"]
    list_select_related = ["seal"]
    search_fields = [
        "subject_code__exact",
        "actor_code__exact",
        "action__exact",
        "request_id__exact",
    ]
    search_help_text = gettext_lazy("Code of a person or thing, an action, or a request id")
    date_hierarchy = "at"
    ordering = ["-at", "-id"]

    @display(description=gettext_lazy("actor"))
    def actor(self, entry):
        return f"{entry.actor_role} {entry.actor_code[:8]}".strip() or _("the product itself")

    @display(description=gettext_lazy("subject"))
    def subject(self, entry):
        return f"{entry.subject_type} {entry.subject_code[:8]}".strip() or "–"


@admin.register(AuditSeal)
class AuditSealAdmin(EndlessDesk):
    list_display = ["sequence", "entry_id", "hash", "sealed_at"]
    fields = ["sequence", "entry_id", "previous_hash", "hash", "sealed_at"]
    readonly_fields = ["entry_id"]


@admin.register(DataKey)
class DataKeyAdmin(ReadOnlyDesk):
    """Which data keys exist and how old they are; never the keys themselves."""

    list_display = ["key_id", "wrapped_by", "created_at", "retired_at"]
    fields = ["key_id", "wrapped_by", "created_at", "retired_at"]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(EndlessDesk):
    """Which keys were answered; the answers are for their callers alone."""

    list_display = ["route", "key", "status", "created_at"]
    fields = ["route", "key", "status", "created_at"]
    search_fields = ["key__exact"]


def _may_read(request) -> bool:
    # Operators see everything else.
    return request.user.has_perm("core.read_ai_text")


@admin.register(AiText)
class AiTextAdmin(EndlessDesk):
    """
    What the AI was asked for and what became of it.

    Question and answer hold a shop's figures: administrators alone read them, and each time is on record.
    """

    list_display = [
        *("asked_at", "kind", "language", "state", "reason", "attempts", "model"),
        *("useful", "useless"),
    ]
    list_filter = ["state", "kind", "language"]
    search_fields = ["code__exact", "subject__exact"]
    search_help_text = gettext_lazy("Code of a text, or what it is about")
    plain_fields = [
        *("code", "kind", "subject", "language", "state", "reason", "model", "attempts"),
        *("asked_at", "due_at", "written_at", "useful", "useless"),
    ]

    def get_queryset(self, request):
        texts = super().get_queryset(request).defer("prompt", "answer")
        return texts.annotate(
            useful_count=Count("opinions", filter=Q(opinions__is_useful=True)),
            useless_count=Count("opinions", filter=Q(opinions__is_useful=False)),
        )

    def get_fields(self, request, obj=None):
        secret = ["question", "answered"] if _may_read(request) else []
        return [*self.plain_fields, *secret]

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj)

    def change_view(self, request, object_id, *args, **kwargs):
        text = self.get_object(request, object_id)
        if text and request.method == "GET" and _may_read(request):
            record("ai_text.read", now=timezone.now(), by=request.user, subject=text)
        return super().change_view(request, object_id, *args, **kwargs)

    @display(description=gettext_lazy("useful"))
    def useful(self, text):
        return text.useful_count

    @display(description=gettext_lazy("not useful"))
    def useless(self, text):
        return text.useless_count

    @display(description=gettext_lazy("question"))
    def question(self, text):
        return text.prompt

    @display(description=gettext_lazy("answer"))
    def answered(self, text):
        return text.answer or "–"
