"""How a series becomes a score, the merchant's newest one, and news: for one merchant or many."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Field
from django.utils.translation import gettext as _

from core.dates import business_day
from core.errors import InvalidInput
from core.outbox import announce_many
from merchants.models import Merchant
from scoring.domain.scorecard import Scorecard, score
from scoring.domain.series import Series
from scoring.models import CreditScore, LatestScore, ScoringRun

# A score as of a past instant leaves a newer one where it is.
_MOVE_LATEST = """
INSERT INTO scoring_latestscore (merchant_id, score_id, as_of, points, risk_band, max_limit)
SELECT merchant_id, id, as_of, points, risk_band, max_limit
FROM scoring_creditscore WHERE id = ANY(%s) ORDER BY merchant_id
ON CONFLICT (merchant_id) DO UPDATE SET
    score_id = EXCLUDED.score_id, as_of = EXCLUDED.as_of, points = EXCLUDED.points,
    risk_band = EXCLUDED.risk_band, max_limit = EXCLUDED.max_limit
WHERE scoring_latestscore.as_of <= EXCLUDED.as_of
RETURNING merchant_id, score_id, points
"""


_NEW_IDS = """
SELECT nextval(pg_get_serial_sequence('scoring_creditscore', 'id')) FROM generate_series(1, %s)
"""


class AsOfInFuture(InvalidInput):
    code = "as_of_in_future"


def refuse_future(as_of: datetime, *, now: datetime) -> None:
    """Raise AsOfInFuture for an instant that has not come."""
    if as_of > now:
        raise AsOfInFuture(_("A score cannot be as of a moment that has not come."))


def lock_merchants(merchant_ids: Iterable[int]) -> list[int]:
    """
    Make other calculations for these merchants wait until this transaction ends; return their ids.

    Locked in ascending order, everywhere. Sales are not kept waiting.
    """
    merchants = Merchant.objects.filter(pk__in=list(merchant_ids)).order_by("pk")
    return list(merchants.select_for_update(no_key=True).values_list("pk", flat=True))


def judge(
    series_of_merchant: Mapping[int, Series],
    *,
    as_of: datetime,
    now: datetime,
    run: ScoringRun | None = None,
    codes: Mapping[int, uuid.UUID] | None = None,
) -> list[CreditScore]:
    """
    Score merchants from their series: add rows, move the newest scores on, announce the changes.

    A merchant without a sale in the window gets no row and loses its newest score; history stays.
    Call it with the merchants locked, in a transaction. `codes` are the rows' codes, when the
    caller must know them again.
    """
    rows, dormant = [], []
    for merchant_id, series in series_of_merchant.items():
        if card := score(series):
            row = new_row(merchant_id=merchant_id, series=series, card=card, as_of=as_of, now=now)
            row.run = run
            row.code = codes[merchant_id] if codes else row.code
            rows.append(row)
        else:
            dormant.append(merchant_id)
    drop_latest(dormant, as_of=as_of, run=run)
    if rows:
        add_rows(rows)
    return rows


def new_row(
    *, merchant_id: int, series: Series, card: Scorecard, as_of: datetime, now: datetime
) -> CreditScore:
    """Return the unsaved row of one judgement, with all that is needed to make it again."""
    points = {f"{name}_points": earned for name, earned in card.component_points.items()}
    return CreditScore(
        merchant_id=merchant_id,
        as_of=as_of,
        as_of_day=business_day(as_of),
        calculated_at=now,
        policy_version=card.policy_version,
        points=card.points,
        risk_band=card.risk_band,
        **points,
        average_monthly_revenue=card.avg_monthly_revenue,
        min_limit=card.estimated_min_limit,
        max_limit=card.estimated_max_limit,
        sales_count=card.measurements.sales_count,
        data_quality=card.data_quality,
        measurements=card.measurements.to_json(),
        reasons=[reason.to_json() for reason in card.reasons],
        improvements=[improvement.to_json() for improvement in card.improvements],
        series=series.to_json(),
    )


def add_rows(rows: Sequence[CreditScore]) -> None:
    """
    Store new rows, move the newest scores on, and announce `score.changed` for those that moved.

    A handful of statements for any number of rows.
    """
    before = _points_before(row.merchant_id for row in rows)
    _copy(rows)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_LATEST, [[row.pk for row in rows]])
        moved = cursor.fetchall()
    run_of = {row.pk: row.run_id for row in rows}
    announce_many(
        "score.changed",
        [
            _change(merchant_id, score_id, before.get(merchant_id), points, run_of[score_id])
            for merchant_id, score_id, points in moved
        ],
    )


def _copy(rows: Sequence[CreditScore]) -> None:
    """Insert the rows, giving them their ids."""
    # Not bulk_create: quoting a thousand series into one statement takes longer than scoring them.
    fields = CreditScore._meta.concrete_fields
    names = ", ".join(field.column for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(_NEW_IDS, [len(rows)])
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding = pk, False
        with cursor.copy(f"COPY scoring_creditscore ({names}) FROM STDIN") as copy:  # noqa: S608
            for row in rows:
                copy.write_row([_to_database(row, field) for field in fields])


def _to_database(row: CreditScore, field: Field) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def drop_latest(
    merchant_ids: Collection[int], *, as_of: datetime, run: ScoringRun | None = None
) -> None:
    """
    Forget the newest score of merchants that have none as of a later instant; history stays.

    Announces `score.changed` without a score for those that had one.
    """
    stale = LatestScore.objects.filter(merchant__in=merchant_ids, as_of__lt=as_of)
    before = dict(stale.order_by("merchant").values_list("merchant_id", "points"))
    run_id = run.pk if run else None
    if before:
        LatestScore.objects.filter(merchant__in=before).delete()
        announce_many(
            "score.changed",
            [
                _change(merchant_id, None, points, None, run_id)
                for merchant_id, points in before.items()
            ],
        )


def _points_before(merchant_ids: Iterable[int]) -> dict[int, int]:
    latest = LatestScore.objects.filter(merchant__in=list(merchant_ids))
    return dict(latest.values_list("merchant_id", "points"))


def _change(
    merchant_id: int,
    score_id: int | None,
    before: int | None,
    after: int | None,
    run_id: int | None,
) -> dict[str, int | None]:
    return {
        "merchant_id": merchant_id,
        "score_id": score_id,
        "points_before": before,
        "points_after": after,
        # Followers leave the scores of a run to what comes after the whole run.
        "run_id": run_id,
    }
