from django.db import models
from django.utils.translation import gettext_lazy as _


class DataKey(models.Model):
    """One data-encryption key, wrapped by a key-encryption key that never enters the database."""

    key_id = models.CharField(_("key"), max_length=12, unique=True)
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(_("wrapped by"), max_length=40)
    created_at = models.DateTimeField(_("created at"))
    # Retired keys still decrypt; new values never use them.
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("data key")
        verbose_name_plural = _("data keys")

    def __str__(self) -> str:
        return self.key_id
