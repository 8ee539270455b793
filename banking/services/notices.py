"""
What a bank's people should hear of: behind the bell, and by mail where it matters.

News becomes one notice for each bank that is concerned, however often it is delivered. A notice that
wants a mail waits until everybody it is for was mailed, each of them once.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from alerts.models import EarlyWarning
from alerts.models.warnings import Severity
from banking.models import LoanApplication, Notice, NoticesSeen, Objection
from merchants.models import Merchant

# Nobody hurries to what was new this long ago: it waits behind the bell alone.
MAILED_WITHIN = timedelta(days=1)
GIVE_UP_AFTER = timedelta(days=3)
KEEP_DAYS = 180

Kind, Status = Notice.Kind, LoanApplication.Status
_KIND_OF_EVENT = {
    "RAISED": Kind.WARNING_RAISED,
    "WORSENED": Kind.WARNING_WORSENED,
    "": Kind.WARNING_RESOLVED,
}
# What became of an application, by where it stands: when, and by which name.
_LOAN_NEWS = {
    Status.SUBMITTED: (Kind.SUBMITTED, "submitted_at"),
    Status.UNDER_REVIEW: (Kind.SUBMITTED, "submitted_at"),
    Status.APPROVED: (Kind.DECIDED, "decided_at"),
    Status.REJECTED: (Kind.DECIDED, "decided_at"),
    Status.DISBURSED: (Kind.DISBURSED, "disbursed_at"),
}
_MAILED_LOAN_NEWS = {Kind.SUBMITTED, Kind.DECIDED}


def tell_banks(
    *, warning_id: int, event: str, news: int, now: datetime, severity: str = ""
) -> list[Notice]:
    """
    Notify every bank that considers or runs a loan of the warned merchant, while its consent stands.

    `event` is RAISED, WORSENED or, for one that is resolved, empty; `news` numbers the announcement,
    whose repetition changes nothing. New warnings are mailed, worsened ones once they are critical.
    """
    warning = EarlyWarning.objects.filter(pk=warning_id).first()
    if warning is None or not _consents(warning.merchant_id):
        return []
    kind = _KIND_OF_EVENT[event]
    is_grave = kind == Kind.WARNING_WORSENED and severity == Severity.CRITICAL
    return _notify(
        [
            Notice(
                key=f"warning-{warning.pk}-{kind}-{news}",
                bank_id=bank_id,
                kind=kind,
                warning=warning,
                at=now,
                wants_mail=kind == Kind.WARNING_RAISED or is_grave,
            )
            for bank_id in _banks_of(warning.merchant_id)
        ]
    )


def tell_bank_of_loan(*, application_id: int, now: datetime) -> list[Notice]:
    """
    Notify the bank of where its application stands by now; once for each submission and decision.

    News that comes late finds the application further on, and tells of that; what is older than a day,
    such as the demo's past, is not mailed.
    """
    application = LoanApplication.objects.filter(pk=application_id).first()
    if application is None or application.status not in _LOAN_NEWS:
        return []
    kind, instant = _LOAN_NEWS[application.status]
    at = getattr(application, instant)
    return _notify(
        [
            Notice(
                key=f"loan-{application.pk}-{kind}-{at.timestamp():.6f}",
                bank_id=application.bank_id,
                kind=kind,
                application=application,
                at=at,
                wants_mail=kind in _MAILED_LOAN_NEWS and now - at < MAILED_WITHIN,
            )
        ]
    )


def tell_bank_of_objection(*, objection_id: int, now: datetime) -> list[Notice]:
    """Notify the bank against whose decision a merchant objects; one against a score is not the bank's."""
    objection = Objection.objects.filter(pk=objection_id).select_related("application").first()
    if objection is None or objection.application is None:
        return []
    return _notify(
        [
            Notice(
                key=f"objection-{objection.pk}",
                bank_id=objection.application.bank_id,
                kind=Kind.OBJECTION,
                application=objection.application,
                at=now,
                wants_mail=True,
            )
        ]
    )


def mark_seen(*, user: User, through: int) -> None:
    """Note that this person looked at the notices up to one. Never moves back."""
    seen, _new = NoticesSeen.objects.get_or_create(user=user)
    NoticesSeen.objects.filter(pk=seen.pk, through__lt=through).update(through=through)


def forget_old_notices(*, now: datetime) -> int:
    """Delete what is no news any more; return how many."""
    return Notice.objects.filter(at__lt=now - timedelta(days=KEEP_DAYS)).delete()[0]


@transaction.atomic
def _notify(notices: list[Notice]) -> list[Notice]:
    """Store the notices that are not there yet."""
    return Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _banks_of(merchant_id: int) -> QuerySet:
    """The banks with an open application or a running loan of this merchant."""
    open_ones = Q(status__in=[Status.DRAFT, Status.SUBMITTED, Status.UNDER_REVIEW, Status.APPROVED])
    running = Q(status=Status.DISBURSED, repaid_at=None)
    applications = LoanApplication.objects.filter(open_ones | running, merchant=merchant_id)
    return applications.order_by("bank").values_list("bank", flat=True).distinct()


def _consents(merchant_id: int) -> bool:
    return Merchant.objects.consenting().filter(pk=merchant_id).exists()
