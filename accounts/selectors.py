"""Questions about people."""

from accounts.models import Role, User

# Where each role begins its day.
HOMES = {
    Role.MERCHANT: "merchants:home",
    Role.BANK_OFFICER: "banking:home",
    Role.BANK_APPROVER: "banking:home",
    Role.KOPERASI_STAFF: "koperasi_risk:home",
    Role.FRAUD_ANALYST: "fraud:home",
    Role.FRAUD_LEAD: "fraud:home",
    Role.OPERATOR: "admin:index",
    Role.ADMIN: "admin:index",
}


def home_of(user: User) -> str:
    """Return the url name of the page where this person's work begins."""
    return HOMES[user.role]
