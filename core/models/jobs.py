import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """Long work that somebody started and watches: how far it is, and what came of it."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        CANCELLED = "CANCELLED", _("Cancelled")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    # The name of the task that does it.
    kind = models.CharField(_("kind"), max_length=60)
    # The code of the person who started it, who alone sees it.
    owner_code = models.CharField(_("person"), max_length=64)
    parameters = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    done = models.BigIntegerField(_("done"), default=0)
    # Zero while nobody knows.
    total = models.BigIntegerField(_("of"), default=0)
    # What came of it: figures, or why it failed.
    result = models.JSONField(_("result"), default=dict)
    # A file to download, by its name in the private storage and as the person saves it.
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    is_cancel_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("started at"))
    progressed_at = models.DateTimeField(_("progressed at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["owner_code", "-created_at", "-id"], name="job_of_person"),
            models.Index(
                fields=["progressed_at"],
                condition=models.Q(state__in=["WAITING", "RUNNING"]),
                name="job_unfinished",
            ),
            models.Index(fields=["created_at"], name="job_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_finished(self) -> bool:
        return self.state not in (self.State.WAITING, self.State.RUNNING)
