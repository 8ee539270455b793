"""The gateway's statements: which sales it has paid out, when, and for which fee."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class SettlementStatement(models.Model):
    """One statement that was read: a day of the gateway's feed, or a file."""

    class Source(models.TextChoices):
        GATEWAY = "GATEWAY", _("Gateway")
        FILE = "FILE", _("File")

    class Status(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(_("source"), max_length=7, choices=Source)
    name = models.CharField(_("name"), max_length=200)
    settlement_date = models.DateField(_("settlement date"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.RUNNING)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_settled = models.BigIntegerField(_("sales settled"), default=0)
    rows_repeated = models.BigIntegerField(_("rows known already"), default=0)
    rows_refused = models.BigIntegerField(_("rows refused"), default=0)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("settlement statement")
        verbose_name_plural = _("settlement statements")

    def __str__(self) -> str:
        return self.name


class SettlementProblem(models.Model):
    """One line of a statement that does not fit our books, and why."""

    statement = models.ForeignKey(
        SettlementStatement,
        on_delete=models.CASCADE,
        related_name="problems",
        verbose_name=_("settlement statement"),
    )
    line = models.BigIntegerField(_("line"))
    trade_number = models.CharField(_("transaction ID"), max_length=64)
    reason_code = models.CharField(_("reason"), max_length=40)
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("settlement problem")
        verbose_name_plural = _("settlement problems")

    def __str__(self) -> str:
        return f"{self.line}: {self.reason_code}"
