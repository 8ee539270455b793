"""What stands on a banker's desk: notices behind the bell, and filters worth keeping."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from alerts.models import EarlyWarning
from banking.models.loans import LoanApplication


class Notice(models.Model):
    """Something that one bank's people should hear of, behind the bell and, if it matters, by mail."""

    class Kind(models.TextChoices):
        WARNING_RAISED = "WARNING_RAISED", _("New warning")
        WARNING_WORSENED = "WARNING_WORSENED", _("Warning worsened")
        WARNING_RESOLVED = "WARNING_RESOLVED", _("Warning cleared")
        SUBMITTED = "SUBMITTED", _("Application to decide")
        DECIDED = "DECIDED", _("Application decided")
        DISBURSED = "DISBURSED", _("Loan disbursed")
        OBJECTION = "OBJECTION", _("Objection of a merchant")

    # What makes a repeated delivery the same notice.
    key = models.CharField(max_length=120)
    bank = models.ForeignKey(
        Organisation,
        on_delete=models.CASCADE,
        related_name="notices",
        db_index=False,
        verbose_name=_("bank"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    warning = models.ForeignKey(EarlyWarning, on_delete=models.CASCADE, null=True, related_name="+")
    application = models.ForeignKey(
        LoanApplication, on_delete=models.CASCADE, null=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    wants_mail = models.BooleanField(default=False)
    # Up to which person it is mailed: each is mailed once, whenever the mail server goes and comes.
    mailed_through = models.BigIntegerField(default=0)
    # When the last of them was.
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["bank", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["bank", "-id"], name="notice_of_bank"),
            models.Index(
                fields=["id"], condition=Q(wants_mail=True, mailed_at=None), name="notice_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


class NoticesSeen(models.Model):
    """Up to which notice one person has looked behind the bell."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    through = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.through}"


class SavedFilter(models.Model):
    """A list with its filters that somebody keeps under a name, for themselves or for their bank."""

    class Page(models.TextChoices):
        MERCHANTS = "MERCHANTS", _("Merchants")
        WARNINGS = "WARNINGS", _("Warnings")
        APPLICATIONS = "APPLICATIONS", _("Loan applications")

    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="saved_filters", verbose_name=_("person")
    )
    bank = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", verbose_name=_("bank")
    )
    page = models.CharField(_("page"), max_length=12, choices=Page)
    name = models.CharField(_("name"), max_length=60)
    # The query string of the list, as the address bar has it.
    query = models.CharField(_("filters"), max_length=1000)
    is_shared = models.BooleanField(_("for the whole bank"), default=False)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_filter_once")
        ]

    def __str__(self) -> str:
        return self.name
