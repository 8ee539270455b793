"""What happened to one sale, step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from transactions.models import PaymentEvent, Refund, Transaction


class Happening(models.TextChoices):
    """The steps of a sale; those of its payment are `PaymentEvent.Kind`."""

    RECORDED = "RECORDED", _("Recorded")
    REFUND_REQUESTED = "REFUND_REQUESTED", _("Refund requested")
    REFUND_PROCESSED = "REFUND_PROCESSED", _("Refund paid out")
    REFUND_REJECTED = "REFUND_REJECTED", _("Refund rejected")
    SETTLED = "SETTLED", _("Settled to the shop's account")


@dataclass(frozen=True)
class Step:
    """
    One step: `kind` from Happening or PaymentEvent.Kind, `source` who told us of a payment's step.

    `amount` is what a refund was about; `note` why it was rejected.
    """

    kind: str
    at: datetime
    source: str = ""
    amount: Decimal | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """What happened, for people."""
        of = Happening if self.kind in Happening.values else PaymentEvent.Kind
        return str(of(self.kind).label)

    @property
    def source_label(self) -> str:
        """Who told us, for people; empty where nobody had to."""
        return str(PaymentEvent.Source(self.source).label) if self.source else ""


def history_of(sale: Transaction) -> list[Step]:
    """Return the steps of a sale, oldest first. Costs two queries, none for what was prefetched."""
    steps = [Step(Happening.RECORDED, sale.occurred_at), *_payment(sale)]
    for refund in sale.refunds.all():
        steps += _of_refund(refund)
    if sale.settled_at and sale.settled_at != sale.paid_at:
        steps.append(Step(Happening.SETTLED, sale.settled_at))
    return sorted(steps, key=lambda step: step.at)


def _payment(sale: Transaction) -> Iterator[Step]:
    events = sale.events.all()
    yield from (Step(event.kind, event.at, event.source) for event in events)
    # Cash and imported sales are paid without anybody reporting it.
    if sale.paid_at and not any(event.kind == PaymentEvent.Kind.PAID for event in events):
        yield Step(PaymentEvent.Kind.PAID, sale.paid_at)


def _of_refund(refund: Refund) -> Iterator[Step]:
    if refund.processed_at != refund.requested_at:
        yield Step(Happening.REFUND_REQUESTED, refund.requested_at, amount=refund.amount)
    if refund.processed_at:
        yield Step(Happening.REFUND_PROCESSED, refund.processed_at, amount=refund.amount)
    if refund.rejected_at:
        yield Step(
            Happening.REFUND_REJECTED,
            refund.rejected_at,
            amount=refund.amount,
            note=refund.rejection,
        )
