"""Words of the koperasi's pages."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from koperasi_risk.models import Decision, DecisionOverride, Tenant
from koperasi_risk.selectors.overrides import ACTIVE, OUTGROWN, OVER

# What became of a member; the rule's action is worded by its own choices.
DECISIONS = {
    Decision.APPROVE: _("Approved"),
    Decision.REVIEW: _("Needs review"),
    Decision.REJECT: _("Rejected automatically"),
}
# How an override stands, in the order of the list's parts.
STANDINGS = {
    DecisionOverride.State.WAITING: _("Waiting"),
    ACTIVE: _("Counting now"),
    OUTGROWN: _("Counts no more"),
    OVER: _("Over"),
    DecisionOverride.State.REJECTED: _("Rejected"),
    DecisionOverride.State.WITHDRAWN: _("Withdrawn"),
}
_LOAN = {
    "loan": _("Loan"),
    "loans": _("Loans"),
    "interest": _("Interest (jasa)"),
    "check": _("Loan check"),
}
_FINANCING = {
    "loan": _("Financing"),
    "loans": pgettext_lazy("sharia", "Financings"),
    "interest": pgettext_lazy("sharia", "Margin"),
    "check": _("Financing check"),
}


def loan_words(tenant: Tenant) -> dict:
    """Return what lending is called in this koperasi: sharia koperasi finance, for a margin."""
    return _FINANCING if tenant.is_sharia else _LOAN
