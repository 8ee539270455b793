"""Who trades, and what they consented to."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import BACK_OFFICE_ROLES, BANK_ROLES, Role, User
from core.encryption import BlindIndexField, EncryptedTextField


def new_merchant_code() -> str:
    return f"MRC-{uuid.uuid4().hex[:20].upper()}"


class MerchantQuerySet(models.QuerySet):
    def visible_to(self, user) -> "MerchantQuerySet":
        """Keep what this person may see: their own shop, consented ones for banks, all for operators."""
        role = getattr(user, "role", None)
        if role == Role.MERCHANT:
            return self.filter(owner=user)
        if role in BANK_ROLES:
            return self.consenting()
        if role in BACK_OFFICE_ROLES:
            return self
        return self.none()

    def consenting(self) -> "MerchantQuerySet":
        """Keep merchants whose consent for partner banks stands at this moment."""
        return self.filter(Exists(Consent.objects.standing().filter(merchant=OuterRef("pk"))))


class Merchant(models.Model):
    """One shop that sells. The owner may be absent for a shop that was imported."""

    class Scale(models.TextChoices):
        MICRO = "MICRO", _("Micro")
        SMALL = "SMALL", _("Small")
        MEDIUM = "MEDIUM", pgettext_lazy("business scale", "Medium")
        LARGE = "LARGE", _("Large")

    code = models.CharField(_("merchant ID"), max_length=50, unique=True, default=new_merchant_code)
    owner = models.OneToOneField(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merchant",
        verbose_name=_("owner"),
    )
    company_name = models.CharField(_("company name"), max_length=100)
    city = models.CharField(_("city"), max_length=50, blank=True)
    category = models.CharField(_("business category"), max_length=50, blank=True)
    scale = models.CharField(_("business scale"), max_length=6, choices=Scale, default=Scale.MICRO)
    joined_at = models.DateTimeField(_("joined at"))

    # Personal data: encrypted; the indexes answer "exactly this one?" and nothing else.
    phone = EncryptedTextField(_("phone"), row="code", blank=True)
    phone_index = BlindIndexField(of="phone")
    address = EncryptedTextField(_("address"), row="code", blank=True)
    tax_id = EncryptedTextField(_("tax ID (NPWP)"), row="code", blank=True)
    tax_id_index = BlindIndexField(of="tax_id")
    national_id = EncryptedTextField(_("national ID (NIK)"), row="code", blank=True)
    national_id_index = BlindIndexField(of="national_id")

    objects = MerchantQuerySet.as_manager()

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        indexes = [
            models.Index(fields=["city"], name="merchant_city"),
            models.Index(fields=["category"], name="merchant_category"),
        ]

    def __str__(self) -> str:
        return self.company_name


class ConsentQuerySet(models.QuerySet):
    def standing(self) -> "ConsentQuerySet":
        """Keep consents that hold at this moment."""
        return self.filter(withdrawn_at=None, granted_at__lte=Now()).filter(
            Q(valid_until=None) | Q(valid_until__gt=Now())
        )


class Consent(models.Model):
    """A merchant's permission that partner banks may see its data, in the words of one text version."""

    class Scope(models.TextChoices):
        PARTNER_BANKS = "PARTNER_BANKS", _("Partner banks")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="consents", verbose_name=_("merchant")
    )
    scope = models.CharField(_("scope"), max_length=20, choices=Scope, default=Scope.PARTNER_BANKS)
    text_version = models.CharField(_("text version"), max_length=40)
    granted_at = models.DateTimeField(_("granted at"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                fields=["merchant"], condition=Q(withdrawn_at=None), name="consent_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merchant} {self.get_scope_display()}"
