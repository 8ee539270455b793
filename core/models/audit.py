import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.append_only import AppendOnly


class AuditEntry(AppendOnly):
    """
    Who did what to which thing, when and why. Written in the same transaction as the deed.

    Personal data never enters `detail`: an entry outlives the person's right to be forgotten.
    """

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("action"), max_length=80)
    # Empty for the product itself (a task, a command).
    actor_code = models.CharField(_("actor"), max_length=64, blank=True)
    actor_role = models.CharField(_("role"), max_length=20, blank=True)
    subject_type = models.CharField(_("subject type"), max_length=40, blank=True)
    subject_code = models.CharField(_("subject"), max_length=64, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_recent"),
            models.Index(fields=["subject_code", "-at"], name="audit_subject"),
            models.Index(fields=["actor_code", "-at"], name="audit_actor"),
            models.Index(fields=["action", "-at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_code}".strip()


class AuditSeal(AppendOnly):
    """One link of the chain: an entry's hash bound to the link before it."""

    sequence = models.BigIntegerField(_("number"), primary_key=True)
    # No constraint in the database: a vanished entry must be found, not prevented from vanishing quietly.
    entry = models.OneToOneField(
        AuditEntry,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="seal",
        verbose_name=_("audit entry"),
    )
    previous_hash = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")

    def __str__(self) -> str:
        return f"#{self.sequence} {self.hash[:12]}"
