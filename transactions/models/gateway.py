"""What the gateway was asked, and what it said."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import AppendOnly
from transactions.models.sales import Transaction


class GatewayOrder(models.Model):
    """The gateway's side of one QRIS sale, whose code is its trade number there."""

    transaction = models.OneToOneField(
        Transaction,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="gateway_order",
        verbose_name=_("transaction"),
    )
    platform_trade_no = models.CharField(_("gateway's number"), max_length=64, blank=True)
    # The text that the payer scans; empty until the gateway has answered.
    qr_code = models.TextField(_("QR code"), blank=True)
    qris_url = models.CharField(_("payment page"), max_length=500, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    # When the sweep asks the gateway next; empty: there is nothing left to ask.
    ask_at = models.DateTimeField(_("asked again at"), null=True, blank=True)
    asked_count = models.PositiveIntegerField(_("times asked"), default=0)
    refusal = models.CharField(_("refused by the gateway"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gateway order")
        verbose_name_plural = _("gateway orders")
        indexes = [
            models.Index(
                fields=["ask_at"], condition=Q(ask_at__isnull=False), name="gateway_order_to_ask"
            )
        ]

    def __str__(self) -> str:
        return self.platform_trade_no or f"{self.pk}"


class PaymentEvent(AppendOnly):
    """One step of a QRIS payment, as we learned of it."""

    class Kind(models.TextChoices):
        CODE_SHOWN = "CODE_SHOWN", _("QR code shown")
        REFUSED = "REFUSED", _("Refused by the gateway")
        PAID = "PAID", _("Paid")
        FAILED = "FAILED", _("Payment failed")
        EXPIRED = "EXPIRED", _("Expired")
        # For a sale that was paid already: noted, and nothing else.
        LATE_FAILURE = "LATE_FAILURE", _("Late report of a failure, not followed")

    class Source(models.TextChoices):
        TILL = "TILL", _("till")
        CALLBACK = "CALLBACK", _("gateway's message")
        INQUIRY = "INQUIRY", _("asked by the shop")
        SWEEP = "SWEEP", _("asked by the sweep")

    transaction = models.ForeignKey(
        Transaction,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("transaction"),
    )
    kind = models.CharField(_("event"), max_length=12, choices=Kind)
    source = models.CharField(_("learned from"), max_length=8, choices=Source)
    at = models.DateTimeField(_("at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class GatewayMismatch(AppendOnly):
    """Something the gateway reported, rightly signed, that contradicts our books. Nothing followed it."""

    class Reason(models.TextChoices):
        AMOUNT = "AMOUNT", _("Another amount")
        MERCHANT = "MERCHANT", _("Another merchant")
        UNKNOWN_SALE = "UNKNOWN_SALE", _("Unknown sale")

    trade_number = models.CharField(_("transaction ID"), max_length=64)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    # What was said instead of what we know.
    reported = models.CharField(_("reported"), max_length=64)
    known = models.CharField(_("known"), max_length=64, blank=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("gateway mismatch")
        verbose_name_plural = _("gateway mismatches")
        constraints = [
            # The gateway repeats itself until it is believed.
            models.UniqueConstraint(
                fields=["trade_number", "reason", "reported"], name="gateway_mismatch_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.trade_number}: {self.reason}"
