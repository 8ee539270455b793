"""How stored choices of lending are called on the wire."""

from banking.models import LoanApplication, RepaymentMethod

Status = LoanApplication.Status

STATUS = {
    Status.DRAFT: "Draft",
    Status.SUBMITTED: "Submitted",
    Status.UNDER_REVIEW: "Under Review",
    Status.APPROVED: "Approved",
    Status.REJECTED: "Rejected",
    Status.DISBURSED: "Disbursed",
}
METHOD = {RepaymentMethod.ANNUITY: "Annuity", RepaymentMethod.FLAT: "Flat"}

STATUS_OF_WORD = {word: status for status, word in STATUS.items()}
METHOD_OF_WORD = {word: method for method, word in METHOD.items()}

# What the services call a field, and the wire.
FIELDS = {
    "merchant_code": "merchantId",
    "tenor_months": "tenor",
    "yearly_rate_percent": "interestRate",
    "recommended_amount": "recommendedAmount",
    "approved_amount": "approvedAmount",
    "disbursed_amount": "disbursedAmount",
    "paid_on": "paidOn",
}
