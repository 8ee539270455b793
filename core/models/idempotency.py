from django.db import models
from django.utils.translation import gettext_lazy as _

from core.encryption import EncryptedTextField


class IdempotencyRecord(models.Model):
    """
    The answer that one caller's key got, committed together with its effect.

    While an effect takes more than one step, `status` is 0 and `subject` says what was begun.
    """

    # The user's code; before sign-in "anonymous" and the address.
    owner = models.CharField(max_length=64)
    route = models.CharField(_("route"), max_length=120)
    key = models.CharField(_("key"), max_length=255)
    # Keyed hash of method, path and body: the body itself may hold a password.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    subject = models.CharField(_("begun"), max_length=64, blank=True)
    # As it went out, for its caller's eyes alone.
    body = EncryptedTextField(row="place")
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [
            models.UniqueConstraint(fields=["owner", "route", "key"], name="idempotency_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"

    @property
    def place(self) -> str:
        return f"{self.owner}|{self.route}|{self.key}"
