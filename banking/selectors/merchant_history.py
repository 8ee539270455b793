"""What happened to one merchant, as far as a bank may know: one line of time from many tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.models import BankReview, WarningStep
from banking.models import LoanTransition
from core.models import AuditEntry
from merchants.models import Consent, Merchant
from scoring.models import CreditScore


class Kind(models.TextChoices):
    """What a bank may read the history of."""

    SCORE = "skor", _("Scores")
    WARNING = "peringatan", _("Warnings")
    LOAN = "pinjaman", _("Loans")
    CONSENT = "persetujuan", _("Consent")
    READING = "akses", _("Readings")


@dataclass(frozen=True)
class Happening:
    """Something that happened: `what` is the row that tells of it, `detail` what the row lacks."""

    at: datetime
    kind: str
    what: Any
    detail: dict = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """Some happenings, newest first, and the instant before which the next ones lie, if any."""

    happenings: Sequence[Happening]
    before: datetime | None


def merchant_history(
    user: User, merchant: Merchant, *, kinds: Sequence[str], before: datetime, limit: int
) -> History:
    """
    Return what happened before an instant: of the bank's own loans, reviews and readings alone.

    One or two statements a kind, each of at most `limit` + 1 rows. Whatever happened at the instant
    at which a page ends stands on that page.
    """
    found: list[Happening] = []
    for kind in kinds:
        found += _SOURCES[kind](user, merchant, before, limit + 1)
    found.sort(key=lambda happening: happening.at, reverse=True)
    if len(found) <= limit:
        return History(found, None)
    last = found[limit - 1].at
    return History([each for each in found if each.at >= last], last)


def _scores(_user: User, merchant: Merchant, before: datetime, limit: int) -> list[Happening]:
    rows = (
        CreditScore.objects.filter(merchant=merchant, as_of__lt=before)
        .order_by("-as_of_day", "-as_of", "-id")
        .distinct("as_of_day")
        .values_list("as_of", "points", "risk_band", named=True)
    )
    # One more, to tell by how much the oldest of them moved.
    scores = list(rows[: limit + 1])
    earlier = [*scores[1:], None]
    return [
        Happening(score.as_of, Kind.SCORE, score, {"change": older and score.points - older.points})
        for score, older in zip(scores, earlier, strict=True)
    ][:limit]


def _warnings(user: User, merchant: Merchant, before: datetime, limit: int) -> list[Happening]:
    steps = (
        WarningStep.objects.filter(warning__merchant=merchant, at__lt=before)
        .exclude(event=WarningStep.Event.UPDATED)
        .select_related("warning")
    )
    reviews = BankReview.objects.filter(
        warning__merchant=merchant, bank=user.organisation_id, at__lt=before
    ).select_related("warning", "by")
    return [*_newest(steps, Kind.WARNING, limit), *_newest(reviews, Kind.WARNING, limit)]


def _loans(user: User, merchant: Merchant, before: datetime, limit: int) -> list[Happening]:
    transitions = LoanTransition.objects.filter(
        application__merchant=merchant, application__bank=user.organisation_id, at__lt=before
    ).select_related("application", "by")
    return _newest(transitions, Kind.LOAN, limit)


def _newest(rows: QuerySet, kind: str, limit: int) -> list[Happening]:
    return [Happening(row.at, kind, row) for row in rows.order_by("-at", "-pk")[:limit]]


def _consents(_user: User, merchant: Merchant, before: datetime, limit: int) -> list[Happening]:
    consents = Consent.objects.filter(merchant=merchant).filter(
        Q(granted_at__lt=before) | Q(withdrawn_at__lt=before)
    )
    found = []
    for consent in consents.order_by("-pk")[:limit]:
        found.append(Happening(consent.granted_at, Kind.CONSENT, consent))
        if consent.withdrawn_at:
            detail = {"withdrawn": True}
            found.append(Happening(consent.withdrawn_at, Kind.CONSENT, consent, detail))
    return [happening for happening in found if happening.at < before]


def _readings(user: User, merchant: Merchant, before: datetime, limit: int) -> list[Happening]:
    people = User.objects.filter(organisation=user.organisation_id)
    names = {str(code): name for code, name in people.values_list("code", "full_name")}
    entries = AuditEntry.objects.filter(
        subject_code=merchant.code, at__lt=before, actor_code__in=names
    )
    return [
        Happening(entry.at, Kind.READING, entry, {"who": names[entry.actor_code]})
        for entry in entries.order_by("-at", "-pk")[:limit]
    ]


_SOURCES: dict[str, Callable[[User, Merchant, datetime, int], list[Happening]]] = {
    Kind.SCORE: _scores,
    Kind.WARNING: _warnings,
    Kind.LOAN: _loans,
    Kind.CONSENT: _consents,
    Kind.READING: _readings,
}
