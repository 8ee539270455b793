import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant


class SalesImport(models.Model):
    """One file of sales that was read: what it held, what was added, what was refused."""

    class Status(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        STOPPED = "STOPPED", _("Stopped")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    # Set when a merchant imports its own sales; empty for an operator's file of many merchants.
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="imports",
        verbose_name=_("merchant"),
    )
    file_name = models.CharField(_("file"), max_length=200)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.RUNNING)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_added = models.BigIntegerField(_("rows added"), default=0)
    rows_repeated = models.BigIntegerField(_("rows known already"), default=0)
    rows_refused = models.BigIntegerField(_("rows refused"), default=0)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sales import")
        verbose_name_plural = _("sales imports")

    def __str__(self) -> str:
        return self.file_name


class RefusedRow(models.Model):
    """One line of a file that could not become a sale, and why."""

    sales_import = models.ForeignKey(
        SalesImport,
        on_delete=models.CASCADE,
        related_name="refused",
        verbose_name=_("sales import"),
    )
    line = models.BigIntegerField(_("line"))
    reason_code = models.CharField(_("reason"), max_length=40)
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")

    def __str__(self) -> str:
        return f"{self.line}: {self.reason_code}"
