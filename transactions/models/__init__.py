"""Sales, what the gateway says of them, what was settled, and one exact total per business day."""

from transactions.models.gateway import GatewayMismatch, GatewayOrder, PaymentEvent
from transactions.models.imports import RefusedRow, SalesImport
from transactions.models.sales import Refund, Transaction, TransactionQuerySet, new_trade_number
from transactions.models.settlements import SettlementProblem, SettlementStatement
from transactions.models.totals import DailyTotal, TotalField

__all__ = [
    "DailyTotal",
    "GatewayMismatch",
    "GatewayOrder",
    "PaymentEvent",
    "Refund",
    "RefusedRow",
    "SalesImport",
    "SettlementProblem",
    "SettlementStatement",
    "TotalField",
    "Transaction",
    "TransactionQuerySet",
    "new_trade_number",
]
