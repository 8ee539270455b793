"""
What a bank's people see first: five figures with their last weeks, what to do, what changed.

The past is worked out from what was written down then: an application waited at an instant when it
was submitted before and decided after; a loan owed what its repayments of later days paid off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Role, User
from alerts.models import BankReview, EarlyWarning
from alerts.models.warnings import Severity
from alerts.selectors import seen_by
from banking.domain.collectability import NPL_DAYS
from banking.domain.pipeline import WAITING
from banking.models import LoanApplication
from banking.selectors.book import portfolio
from banking.selectors.portfolio import consenting
from core.dates import business_day
from core.kept import kept
from core.money import round_half_up
from merchants.models import Merchant
from scoring.domain.policy import CURRENT
from scoring.models import CreditScore, LatestScore

WEEKS = 8
# The past hardly changes, and every instalment has its part in it.
PAST_SECONDS = 3600
SOON = timedelta(hours=24)
TASKS = 10
CHANGE_DAYS, CHANGE_POINTS, CHANGES = 7, 10, 5

_DECISIONS = """
SELECT count(a.id), count(a.id) FILTER (WHERE a.due_at < t.at + %(soon)s)
FROM unnest(%(instants)s::timestamptz[]) WITH ORDINALITY AS t(at, place)
LEFT JOIN banking_loanapplication a ON a.bank_id = %(bank)s AND a.status <> 'DRAFT'
    AND a.submitted_at <= t.at AND (a.decided_at IS NULL OR a.decided_at > t.at)
    AND (NOT %(is_approver)s OR (a.made_by_id <> %(user)s AND a.submitted_by_id <> %(user)s))
GROUP BY t.place ORDER BY t.place
"""

# A review counts when it came after the warning was raised or, by then, last worsened.
_WARNINGS = """
SELECT count(w.id)
FROM unnest(%(instants)s::timestamptz[]) WITH ORDINALITY AS t(at, place)
LEFT JOIN alerts_earlywarning w ON w.detected_at <= t.at
    AND (w.resolved_at IS NULL OR w.resolved_at > t.at)
    AND w.merchant_id IN (SELECT m.id FROM merchants_merchant m WHERE {consenting})
    AND NOT EXISTS (
        SELECT 1 FROM alerts_bankreview r
        WHERE r.warning_id = w.id AND r.bank_id = %(bank)s AND r.at <= t.at
            AND r.at >= CASE WHEN w.worsened_at <= t.at THEN w.worsened_at ELSE w.detected_at END
    )
GROUP BY t.place ORDER BY t.place
"""

# Repayments pay the oldest instalments, and of each its interest first. Most instalments were paid before
# the first instant or are untouched at the last: those that moved in between alone are judged at each.
_LOANS = """
WITH t AS (
    SELECT * FROM unnest(%(instants)s::timestamptz[], %(days)s::date[])
        WITH ORDINALITY AS t(at, day, place)
), running AS MATERIALIZED (
    SELECT id, disbursed_at FROM banking_loanapplication
    WHERE bank_id = %(bank)s AND status = 'DISBURSED'
        AND (repaid_at IS NULL OR repaid_at > %(first)s)
), repaid AS MATERIALIZED (
    SELECT a.id, t.place, t.day, a.disbursed_at, coalesce(sum(r.amount), 0) AS paid
    FROM running a JOIN t ON a.disbursed_at <= t.at
    LEFT JOIN banking_repayment r ON r.application_id = a.id AND r.paid_on <= t.day
    GROUP BY a.id, t.place, t.day, a.disbursed_at
), bounds AS (
    SELECT id, min(paid) AS least, max(paid) AS most FROM repaid GROUP BY id
), line AS MATERIALIZED (
    SELECT l.*, l.before >= b.most AS is_untouched FROM (
        SELECT i.application_id AS id, i.due_date, i.principal, i.interest,
            sum(i.principal + i.interest) OVER (PARTITION BY a.id ORDER BY i.number)
                - i.principal - i.interest AS before
        FROM running a JOIN banking_installment i ON i.application_id = a.id
    ) AS l JOIN bounds b USING (id)
    WHERE l.before + l.principal + l.interest > b.least
), untouched AS (
    SELECT id, sum(principal) AS owed, min(due_date) AS oldest
    FROM line WHERE is_untouched GROUP BY id
), moved AS (
    SELECT r.id, r.place,
        sum(l.principal - greatest(0,
            least(l.principal + l.interest, greatest(0, r.paid - l.before)) - l.interest)) AS owed,
        min(l.due_date) FILTER (WHERE r.paid < l.before + l.principal + l.interest) AS oldest
    FROM repaid r JOIN line l ON l.id = r.id AND NOT l.is_untouched
    GROUP BY r.id, r.place
), loan AS (
    SELECT r.place, coalesce(u.owed, 0) + coalesce(m.owed, 0) AS owed,
        r.day - least(u.oldest, m.oldest) >= %(npl_days)s AS is_npl
    FROM repaid r
    LEFT JOIN untouched u ON u.id = r.id LEFT JOIN moved m ON m.id = r.id AND m.place = r.place
)
SELECT coalesce(sum(owed), 0), coalesce(sum(owed) FILTER (WHERE is_npl), 0)
FROM t LEFT JOIN loan ON loan.place = t.place
GROUP BY t.place ORDER BY t.place
"""

_CHANGES = """
SELECT * FROM (
    SELECT m.code, m.company_name, m.city, s.points, s.risk_band, s.points - e.points AS change,
        s.score_id, e.id
    FROM scoring_latestscore s JOIN merchants_merchant m ON m.id = s.merchant_id,
    LATERAL (
        SELECT id, points FROM scoring_creditscore
        WHERE merchant_id = m.id AND as_of <= %(before)s
        ORDER BY as_of DESC, id DESC LIMIT 1
    ) AS e
    WHERE s.as_of > %(before)s AND abs(s.points - e.points) >= %(least)s AND {consenting}
) AS found
"""


@dataclass(frozen=True)
class Figure:
    """One figure of the first row: now, and how it stood each of the last weeks, oldest first."""

    weeks: Sequence[Decimal | None]

    @property
    def value(self) -> Decimal | None:
        return self.weeks[-1]

    @property
    def change(self) -> Decimal | None:
        """Against a week ago; None where one of both is unknown."""
        now, then = self.weeks[-1], self.weeks[-2]
        return None if now is None or then is None else now - then


@dataclass(frozen=True)
class Figures:
    """The five figures. `npl_percent` is of the outstanding principal, None without loans."""

    waiting: Figure
    due_soon: Figure
    warnings: Figure
    outstanding: Figure
    npl_percent: Figure


class Task(NamedTuple):
    """
    Something that waits for this person. `kind` is DECIDE, OVERDUE, DRAFT or WARNING.

    `change` is how far the score has moved since the application.
    """

    kind: str
    merchant: Merchant
    application: LoanApplication | None = None
    warning: EarlyWarning | None = None
    points: int | None = None

    @property
    def change(self) -> int | None:
        then = self.application and self.application.points_at_application
        return None if then is None or self.points is None else self.points - then

    @property
    def due_at(self) -> datetime | None:
        return self.application.due_at if self.application and self.kind != "DRAFT" else None


class ScoreChange(NamedTuple):
    """A score that moved much in a week; `reason` is the stored reason of what moved it most."""

    code: str
    company_name: str
    city: str
    points: int
    risk_band: str
    change: int
    reason: dict | None


# ── Figures ────────────────────────────────────────────────────────────────────────────


def home_figures(user: User, *, now: datetime) -> Figures:
    """
    Return the five figures of this person's bank, with four statements.

    What loans stood at in earlier weeks may be PAST_SECONDS old; what they stand at now never is.
    """
    instants = [now - timedelta(weeks=ago) for ago in range(WEEKS - 1, -1, -1)]
    asked = {
        "instants": instants,
        "bank": user.organisation_id,
        "user": user.pk,
        "is_approver": user.role == Role.BANK_APPROVER,
        "soon": SOON,
    }
    decisions = _rows(_DECISIONS, asked)
    warnings = _rows(_WARNINGS.format(consenting=consenting()), asked)
    book = portfolio(user, today=business_day(now))
    past = _past_loans(user, instants[:-1])
    return Figures(
        waiting=Figure([count for count, _soon in decisions]),
        due_soon=Figure([soon for _count, soon in decisions]),
        warnings=Figure([count for (count,) in warnings]),
        outstanding=Figure([*(owed for owed, _late in past), book.outstanding_principal]),
        npl_percent=Figure([*(_percent(late, owed) for owed, late in past), book.npl_percent]),
    )


def _past_loans(user: User, instants: Sequence[datetime]) -> list[tuple[Decimal, Decimal]]:
    """Return what was owed at each instant, and how much of it by loans that were late."""
    days = [business_day(instant) for instant in instants]
    asked = {
        "instants": list(instants),
        "days": days,
        "first": instants[0],
        "bank": user.organisation_id,
        "npl_days": NPL_DAYS,
    }
    name = f"banking.past_loans:{user.organisation_id}:{days[-1]}"
    return kept(name, seconds=PAST_SECONDS, find=lambda: _rows(_LOANS, asked))


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return round_half_up(100 * part / whole, 2) if whole else None


def _rows(statement: str, parameters: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


# ── What to do ─────────────────────────────────────────────────────────────────────────


def tasks(user: User, *, now: datetime) -> list[Task]:
    """
    Return what waits for this person, the most urgent first, TASKS at most; with three statements.

    What this person may decide, whose decision is overdue at their bank, critical warnings of
    merchants with a loan or application there, and one's own drafts.
    """
    found = [*_applications(user, now), *_warnings(user)]
    shown = sorted(found, key=_urgency)[:TASKS]
    points = _points(user, [task.merchant.pk for task in shown])
    return [task._replace(points=points.get(task.merchant.pk)) for task in shown]


def _urgency(task: Task) -> tuple:
    late = {"OVERDUE": 0, "WARNING": 1, "DECIDE": 2, "DRAFT": 3}
    at = task.warning.detected_at if task.warning else task.due_at or task.application.made_at
    return late[task.kind], at


def _applications(user: User, now: datetime) -> list[Task]:
    mine = Q(status=LoanApplication.Status.DRAFT, made_by=user)
    waiting = Q(status__in=WAITING)
    if user.role == Role.BANK_APPROVER:
        waiting &= ~Q(made_by=user) & ~Q(submitted_by=user)
    else:
        waiting &= Q(due_at__lt=now)
    # One kind must not crowd out the others: the most urgent of each.
    waits = _own(user).filter(waiting).order_by("due_at", "pk")[:TASKS]
    drafts = _own(user).filter(mine).order_by("made_at", "pk")[:TASKS]
    return [Task(_kind(each, now), each.merchant, application=each) for each in (*waits, *drafts)]


def _own(user: User) -> QuerySet[LoanApplication]:
    return LoanApplication.objects.visible_to(user).select_related("merchant")


def _kind(application: LoanApplication, now: datetime) -> str:
    if application.status == LoanApplication.Status.DRAFT:
        return "DRAFT"
    is_late = application.due_at and application.due_at < now
    return "OVERDUE" if is_late else "DECIDE"


def _warnings(user: User) -> list[Task]:
    warnings = (
        seen_by(user)
        .filter(status=EarlyWarning.Status.OPEN, severity=Severity.CRITICAL)
        .filter(merchant__in=_of_interest(user))
        .exclude(standing=BankReview.State.RESOLVED)
        .order_by("detected_at", "pk")
    )
    return [Task("WARNING", each.merchant, warning=each) for each in warnings[:TASKS]]


def _of_interest(user: User) -> QuerySet:
    """The merchants with an open application or a running loan at this person's bank."""
    Status = LoanApplication.Status  # noqa: N806
    ended = Q(status=Status.REJECTED) | Q(repaid_at__isnull=False)
    return LoanApplication.objects.visible_to(user).exclude(ended).values("merchant")


def _points(user: User, merchants: list[int]) -> dict[int, int]:
    seen = Merchant.objects.visible_to(user).filter(pk__in=merchants)
    scores = LatestScore.objects.filter(merchant__in=seen)
    return dict(scores.values_list("merchant", "points"))


# ── What changed ───────────────────────────────────────────────────────────────────────


def score_changes(user: User, *, now: datetime) -> tuple[list[ScoreChange], list[ScoreChange]]:
    """
    Return the greatest rises and falls of a week, CHANGES each at most; with two statements.

    The reason is that of the component that moved the score furthest that way.
    """
    asked = {"before": now - timedelta(days=CHANGE_DAYS), "least": CHANGE_POINTS}
    found = _rows(_CHANGES.format(consenting=consenting()), asked)
    rises = sorted((row for row in found if row[5] > 0), key=lambda row: (-row[5], row[0]))
    falls = sorted((row for row in found if row[5] < 0), key=lambda row: (row[5], row[0]))
    shown = [rises[:CHANGES], falls[:CHANGES]]
    scores = _scores([pk for rows in shown for row in rows for pk in row[6:]])
    rises, falls = ([_change(row, scores) for row in rows] for rows in shown)
    return rises, falls


def _scores(pks: list[int]) -> dict[int, CreditScore]:
    points = [f"{rule.name}_points" for rule in CURRENT.components]
    return CreditScore.objects.only("points", "reasons", *points).in_bulk(pks)


def _change(row: tuple, scores: dict[int, CreditScore]) -> ScoreChange:
    code, name, city, points, band, change, newest, earlier = row
    reason = _moved_by(scores[newest], scores[earlier], change)
    return ScoreChange(code, name, city, points, band, change, reason)


def _moved_by(newest: CreditScore, earlier: CreditScore, change: int) -> dict | None:
    def moved(rule) -> int:
        field = f"{rule.name}_points"
        return rule.weight_percent * (getattr(newest, field) - getattr(earlier, field))

    most = max(CURRENT.components, key=lambda rule: moved(rule) * (1 if change > 0 else -1))
    return next((each for each in newest.reasons if each["component"] == most.name), None)
