from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant


class TotalField(models.DecimalField):
    """A sum of amounts: wider than any one amount."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 24)
        kwargs.setdefault("decimal_places", 2)
        kwargs.setdefault("default", 0)
        super().__init__(*args, **kwargs)


class DailyTotal(models.Model):
    """
    What one merchant sold on one business day, exact at every commit.

    All columns but the last two tell of the sales *of* that day, whenever their payment, refund or
    settlement came; `refunds_made_*` tell of refunds *made* on that day.
    """

    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="daily_totals",
        db_index=False,
        verbose_name=_("merchant"),
    )
    day = models.DateField(_("business day"))

    paid_count = models.BigIntegerField(_("paid sales"), default=0)
    paid_amount = TotalField(_("paid amount"))
    pending_count = models.BigIntegerField(_("pending sales"), default=0)
    pending_amount = TotalField(_("pending amount"))
    failed_count = models.BigIntegerField(_("failed or expired sales"), default=0)
    failed_amount = TotalField(_("failed amount"))
    refunded_count = models.BigIntegerField(_("sales with a refund"), default=0)
    refunded_amount = TotalField(_("refunded amount"))
    fee_amount = TotalField(_("fees"))
    # Settlement of paid sales whose settlement somebody reports.
    settled_count = models.BigIntegerField(_("settled sales"), default=0)
    settlement_seconds = models.BigIntegerField(_("seconds to settlement, summed"), default=0)
    waiting_count = models.BigIntegerField(_("sales awaiting settlement"), default=0)
    # Sum of their payment instants (Unix seconds): their age at any T is count × T − this.
    waiting_paid_epoch = models.BigIntegerField(default=0)

    refunds_made_count = models.BigIntegerField(_("refunds made"), default=0)
    refunds_made_amount = TotalField(_("refunds made, amount"))

    class Meta:
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="daily_total_once")]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.day}"
