"""Questions about objections."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import BACK_OFFICE_ROLES, BANK_ROLES, User
from banking.models import LoanApplication, Objection
from core.errors import NotFound
from merchants.models import Merchant

# What fills a score's row.
_WIDE = [f"score__{name}" for name in ("series", "reasons", "measurements", "improvements")]


class ObjectionNotFound(NotFound):
    code = "objection_not_found"
    default_message = _("Objection not found")


def objections_for(user: User) -> QuerySet[Objection]:
    """
    Return what this person is to answer: a bank's people objections to the bank's own decisions,
    operators those to scores.
    """
    rows = Objection.objects.select_related("merchant", "score", "application__bank", "answered_by")
    rows = rows.defer(*_WIDE)
    if user.role in BANK_ROLES:
        return rows.filter(application__bank=user.organisation_id)
    if user.role in BACK_OFFICE_ROLES:
        return rows.filter(application=None)
    return rows.none()


def objections_of(merchant: Merchant) -> QuerySet[Objection]:
    """Return a merchant's own objections, newest first."""
    rows = merchant.objections.select_related("score", "application__bank").defer(*_WIDE)
    return rows.order_by("-opened_at", "-pk")


def may_answer(user: User, objection: Objection) -> bool:
    """Tell whether somebody looks with fresh eyes: whoever decided does not judge it again."""
    return objection.application is None or objection.application.decided_by_id != user.pk


def open_to_objection(merchant: Merchant) -> QuerySet[LoanApplication]:
    """Return the rejected applications that nobody has an open objection to, newest first."""
    rejected = merchant.loan_applications.filter(status=LoanApplication.Status.REJECTED)
    contested = merchant.objections.filter(status=Objection.Status.OPEN).exclude(application=None)
    rows = rejected.exclude(pk__in=contested.values("application")).select_related("bank")
    return rows.order_by("-decided_at", "-pk")


def has_open_score_objection(merchant: Merchant) -> bool:
    waiting = merchant.objections.filter(status=Objection.Status.OPEN)
    return waiting.exclude(score=None).exists()


def waiting_count(user: User) -> int:
    """Return how many objections wait for this person's answer."""
    return objections_for(user).filter(status=Objection.Status.OPEN).count()
