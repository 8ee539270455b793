import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.encryption import EncryptedTextField


class AiText(models.Model):
    """
    One text that the AI was asked for: about which facts, in which language, and what became of it.

    The same facts in the same language are asked about once. Question and answer are kept, encrypted,
    as long as somebody may ask how a text came about.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Being written")
        READY = "READY", _("Ready")
        # Written, but with a number that the facts do not hold, or not in the shape asked for.
        REJECTED = "REJECTED", _("Did not pass the check")
        FAILED = "FAILED", _("Could not be written")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=30)
    # What it is about: the code of a merchant, a score, a warning.
    subject = models.CharField(_("subject"), max_length=64)
    language = models.CharField(_("language"), max_length=2)
    facts_hash = models.CharField(max_length=64)
    prompt = EncryptedTextField(_("question"), row="code")
    answer = EncryptedTextField(_("answer"), row="code", blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    asked_at = models.DateTimeField(_("asked at"))
    # When a worker may try (again); a text that waits longer than that was lost and is asked for again.
    due_at = models.DateTimeField(_("due at"))
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)

    class Meta:
        verbose_name = _("AI text")
        verbose_name_plural = _("AI texts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "language", "facts_hash"], name="ai_text_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="WAITING"), name="ai_text_waiting"
            ),
            models.Index(fields=["asked_at"], name="ai_text_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} ({self.language})"


class AiOpinion(models.Model):
    """Whether one person found an AI text useful."""

    text = models.ForeignKey(
        AiText, on_delete=models.CASCADE, related_name="opinions", verbose_name=_("AI text")
    )
    person_code = models.CharField(_("person"), max_length=64)
    is_useful = models.BooleanField(_("useful"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("opinion on an AI text")
        verbose_name_plural = _("opinions on AI texts")
        constraints = [
            models.UniqueConstraint(fields=["text", "person_code"], name="ai_opinion_once")
        ]

    def __str__(self) -> str:
        return f"{self.text_id}: {self.is_useful}"
