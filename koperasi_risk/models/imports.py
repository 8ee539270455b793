import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from koperasi_risk.models.tenants import TenantRow, Within


class DataImport(TenantRow):
    """A file of members, savings, loans or instalments that somebody sent: tried first, then taken in."""

    class Kind(models.TextChoices):
        MEMBERS = "MEMBERS", _("Members")
        SAVINGS = "SAVINGS", _("Savings movements")
        LOANS = "LOANS", _("Loans")
        INSTALLMENTS = "INSTALLMENTS", _("Instalments")

    class State(models.TextChoices):
        CHECKING = "CHECKING", _("Being checked")
        CHECKED = "CHECKED", _("Checked, nothing stored yet")
        IMPORTING = "IMPORTING", _("Being taken in")
        DONE = "DONE", _("Taken in")
        REFUSED = "REFUSED", _("Refused")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CHECKING)
    file_name = models.CharField(_("file"), max_length=120)
    # Its name in the private storage, until it was taken in or withdrawn.
    file = models.CharField(max_length=200, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    added = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("already there"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    # Why the file as a whole was refused.
    refusal = models.CharField(_("reason"), max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    sent_at = models.DateTimeField(_("sent at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("data import")
        verbose_name_plural = _("data imports")
        indexes = [models.Index(fields=["tenant", "-sent_at"], name="import_recent")]

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(TenantRow):
    """A row of a file that was not taken in, or should be looked at, and why."""

    data_import = Within(
        DataImport,
        models.CASCADE,
        related_name="problems",
        db_index=False,
        verbose_name=_("data import"),
    )
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    reason_code = models.CharField(_("reason"), max_length=40)
    # What was found there, cut; never a NIK.
    found = models.CharField(_("found"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        indexes = [models.Index(fields=["data_import", "line"], name="problem_of_import")]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason_code}"
