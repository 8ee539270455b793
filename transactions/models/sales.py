"""Sales and what was given back for them."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.fields import RupiahField
from merchants.models import Merchant


def new_trade_number() -> str:
    """Return a reference of 32 characters, the most that the gateway takes."""
    return uuid.uuid4().hex


class TransactionQuerySet(models.QuerySet):
    def visible_to(self, user) -> "TransactionQuerySet":
        return self.filter(merchant__in=Merchant.objects.visible_to(user))

    def between(self, start, end) -> "TransactionQuerySet":
        """Keep sales with start <= occurred_at < end."""
        return self.filter(occurred_at__gte=start, occurred_at__lt=end)

    def paid(self) -> "TransactionQuerySet":
        """Keep sales that were paid, refunded later or not."""
        return self.filter(status__in=Transaction.PAID_STATUSES)


class Transaction(models.Model):
    """One sale of a merchant: cash at the till, or a payment through the gateway."""

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        SUCCESS = "SUCCESS", _("Paid")
        FAILED = "FAILED", _("Failed")
        EXPIRED = "EXPIRED", _("Expired")
        REFUNDED = "REFUNDED", _("Refunded")

    class Method(models.TextChoices):
        QRIS = "QRIS", _("QRIS")
        VIRTUAL_ACCOUNT = "VIRTUAL_ACCOUNT", _("Virtual account")
        E_WALLET = "E_WALLET", _("E-wallet")
        CREDIT_CARD = "CREDIT_CARD", _("Credit card")
        DEBIT_CARD = "DEBIT_CARD", _("Debit card")
        CASH = "CASH", _("Cash")

    class RefundStatus(models.TextChoices):
        NONE = "NONE", _("None")
        REQUESTED = "REQUESTED", _("Requested")
        PROCESSED = "PROCESSED", _("Processed")
        REJECTED = "REJECTED", _("Rejected")

    PAID_STATUSES = (Status.SUCCESS, Status.REFUNDED)

    code = models.CharField(_("transaction ID"), max_length=32, default=new_trade_number)
    # Every index on a busy table costs each sale; its own index leads with the merchant anyway.
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="transactions",
        db_index=False,
        verbose_name=_("merchant"),
    )
    external_id = models.CharField(  # noqa: DJ001  (null is unique to no one)
        _("external ID"),
        max_length=64,
        null=True,
        blank=True,
        help_text=_("The id in the merchant's own books."),
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    amount = RupiahField(_("amount"))
    method = models.CharField(_("payment method"), max_length=16, choices=Method)
    channel = models.CharField(_("payment channel"), max_length=50, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    refund_status = models.CharField(
        _("refund status"), max_length=9, choices=RefundStatus, default=RefundStatus.NONE
    )
    # What processed refunds add up to.
    refunded_amount = RupiahField(_("refunded amount"), default=0)
    chargeback = models.BooleanField(_("chargeback"), default=False)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # Whether somebody reports settlement for this sale: the gateway, or cash itself. Imported sales
    # without a settlement column are unknown, not instant.
    settlement_tracked = models.BooleanField(_("settlement tracked"), default=False)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    fee_amount = RupiahField(_("fee"), null=True, blank=True)
    net_amount = RupiahField(_("net amount"), null=True, blank=True)
    customer_ref = models.CharField(_("customer"), max_length=100, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    product_name = models.CharField(_("product"), max_length=100, blank=True)
    # [{id, name, quantity, unitPrice, …}] as the till sent it, normalised.
    items = models.JSONField(_("items"), default=list, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            # Not `unique=True`, which would add a second index for LIKE.
            models.UniqueConstraint(fields=["code"], name="transaction_code_once"),
            models.UniqueConstraint(
                fields=["merchant", "external_id"], name="transaction_external_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transaction_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("amount")),
                name="transaction_refund_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["SUCCESS", "REFUNDED"]) | Q(paid_at__isnull=False),
                name="transaction_paid_has_instant",
            ),
        ]
        indexes = [
            # The list: one merchant's sales, newest first; any page of it without reading the rows before.
            # Status and method ride along, so that filters are answered within the index.
            models.Index(
                fields=["merchant", "-occurred_at", "-id"],
                include=["status", "method"],
                name="transaction_recent",
            ),
            # Few sales are not simply paid; those are looked for the most.
            models.Index(
                fields=["merchant", "status", "-occurred_at", "-id"],
                condition=~Q(status="SUCCESS"),
                name="transaction_unusual",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.get_status_display()})"


class Refund(models.Model):
    """Money given back for one sale, whole or in part."""

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", _("Requested")
        PROCESSED = "PROCESSED", _("Processed")
        REJECTED = "REJECTED", _("Rejected")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("transaction")
    )
    amount = RupiahField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.REQUESTED)
    requested_at = models.DateTimeField(_("requested at"))
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)
    rejected_at = models.DateTimeField(_("rejected at"), null=True, blank=True)
    rejection = models.CharField(_("rejected because"), max_length=200, blank=True)
    # When the sweep asks the gateway next; empty: there is nothing left to ask.
    ask_at = models.DateTimeField(_("asked again at"), null=True, blank=True)
    asked_count = models.PositiveIntegerField(_("times asked"), default=0)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="refund_to_ask")
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=~Q(status="PROCESSED") | Q(processed_at__isnull=False),
                name="refund_processed_has_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status="REJECTED") | Q(rejected_at__isnull=False),
                name="refund_rejected_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transaction.code} −{self.amount}"
