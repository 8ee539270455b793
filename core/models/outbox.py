from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxEvent(models.Model):
    """One piece of news, saved with the change it tells of and delivered afterwards."""

    topic = models.CharField(_("topic"), max_length=80)
    payload = models.JSONField(_("payload"))
    announced_at = models.DateTimeField(_("announced at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [
            # The relay's question: what waits?
            models.Index(
                fields=["id"], condition=models.Q(published_at=None), name="outbox_waiting"
            ),
            models.Index(fields=["published_at"], name="outbox_published"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"
