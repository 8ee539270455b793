"""
Who follows which news. A topic that is not listed cannot be announced.

The relay hands each announcement to every follower's task at least once.
"""

FOLLOWERS: dict[str, list[str]] = {
    "password_reset.requested": ["accounts.mail_reset_link"],
    "merchant.registered": [],
    "consent.withdrawn": [],
    "transaction.recorded": ["scoring.refresh_score"],
    "sales.imported": ["scoring.score_imported"],
    "score.changed": [],
}
