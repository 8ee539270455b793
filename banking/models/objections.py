"""What merchants object to, and what they are answered."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from banking.models.loans import LoanApplication
from core.encryption import EncryptedTextField
from merchants.models import Merchant
from scoring.models import CreditScore


class Objection(models.Model):
    """
    A merchant's wish that a person looks again at a score or a decision (UU PDP, article 10).

    One against a decision goes to that bank, one against a score to our operators.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", _("Open")
        ANSWERED = "ANSWERED", _("Answered")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="objections", verbose_name=_("merchant")
    )
    score = models.ForeignKey(
        CreditScore,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("credit score"),
    )
    application = models.ForeignKey(
        LoanApplication,
        on_delete=models.PROTECT,
        null=True,
        related_name="objections",
        verbose_name=_("loan application"),
    )
    # In the owner's own words, which may tell of persons.
    text = EncryptedTextField(_("objection"), row="code")
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    answer = EncryptedTextField(_("answer"), row="code", blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    due_at = models.DateTimeField(_("answer due"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "score"],
                condition=models.Q(status="OPEN"),
                name="objection_open_once",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(status="OPEN"),
                name="objection_open_once_per_decision",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_at", "id"], name="objection_waiting"),
            models.Index(fields=["merchant", "-opened_at"], name="objection_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant} {self.opened_at:%Y-%m-%d}"
