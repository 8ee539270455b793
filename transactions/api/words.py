"""How stored choices are called on the wire."""

from transactions.models import Transaction

Status, Method, RefundStatus = Transaction.Status, Transaction.Method, Transaction.RefundStatus

STATUS = {
    Status.PENDING: "Pending",
    Status.SUCCESS: "Success",
    Status.FAILED: "Failed",
    Status.EXPIRED: "Failed",
    Status.REFUNDED: "Refunded",
}
# What `Failed` alone does not say.
STATUS_REASON = {Status.EXPIRED: "expired"}
METHOD = {
    Method.QRIS: "QRIS",
    Method.VIRTUAL_ACCOUNT: "Virtual Account",
    Method.E_WALLET: "E-Wallet",
    Method.CREDIT_CARD: "Credit Card",
    Method.DEBIT_CARD: "Debit Card",
    Method.CASH: "CASH",
}
REFUND_STATUS = {status: status.capitalize() for status in RefundStatus.values}

STATUSES_OF_WORD = {
    word: tuple(status for status, name in STATUS.items() if name == word)
    for word in STATUS.values()
}
METHOD_OF_WORD = {word: method for method, word in METHOD.items()}
