"""
Who follows which news. A topic that is not listed cannot be announced.

The relay hands each announcement to every follower's task at least once.
"""

FOLLOWERS: dict[str, list[str]] = {
    "password_reset.requested": ["accounts.mail_reset_link"],
    "merchant.registered": [],
    "consent.withdrawn": [],
    "transaction.recorded": ["scoring.refresh_score"],
    "transaction.paid": ["scoring.refresh_score"],
    # What changes figures of days that were judged already.
    "transaction.refunded": ["scoring.score_merchants"],
    "sales.settled": ["scoring.score_merchants"],
    "sales.imported": ["scoring.score_merchants"],
    "score.changed": ["alerts.scan_merchant"],
    "alert.raised": ["banking.tell_banks"],
    "alert.resolved": ["banking.tell_banks"],
    "objection.raised": ["banking.tell_bank_of_objection"],
    "loan.submitted": ["banking.tell_bank_of_loan"],
    "loan.decided": ["banking.tell_bank_of_loan"],
    "loan.disbursed": ["banking.tell_bank_of_loan"],
    "koperasi.members_changed": ["koperasi_risk.score_changed"],
    "koperasi.rules_changed": [],
}
