"""
Score every merchant, or one, now or as of the end of a past day.

`--as-of DATE` judges with what was known when DATE ended: the window is the 90 days up to and
including DATE, and the row's instant is the first of the next day, whose "today" is still empty.
An interrupted command goes on where it stopped when it is given again.
"""

from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from tqdm import tqdm

from core.dates import as_of_end_of
from core.errors import Refusal
from merchants.models import Merchant
from scoring.models import ScoringRun
from scoring.services.runs import BATCH, continue_run, start_run, unfinished_run
from scoring.services.scores import recalculate, score_as_of


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--merchant", metavar="CODE")
        parser.add_argument("--batch", type=int, default=BATCH, help="merchants per transaction")

    def handle(self, *, as_of: date | None, merchant: str | None, batch: int, **options):
        now = timezone.now()
        instant = as_of_end_of(as_of) if as_of else None
        try:
            if merchant:
                self._one(merchant, as_of=instant, now=now)
            else:
                self._all(as_of=instant, now=now, batch=batch)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal

    def _one(self, code: str, *, as_of: datetime | None, now: datetime) -> None:
        merchant = Merchant.objects.filter(code=code).first()
        if merchant is None:
            raise CommandError(f"There is no merchant {code}.")
        if as_of:
            score = score_as_of(merchant=merchant, as_of=as_of, now=now)
        else:
            score = recalculate(merchant=merchant, now=now)
        self.stdout.write(f"{merchant.code}: {score.points} {score.get_risk_band_display()}")

    def _all(self, *, as_of: datetime | None, now: datetime, batch: int) -> None:
        _take_your_time()
        kind = {"as_of": as_of or now, "historical": as_of is not None}
        run = unfinished_run(**kind) or start_run(**kind, now=now)
        before, started = _looked_at(run), timezone.now()
        try:
            run = self._work(run, batch=batch, done=before)
        except KeyboardInterrupt:
            raise CommandError("Interrupted. The same command goes on from here.") from None
        seconds = max((timezone.now() - started).total_seconds(), 1e-6)
        looked_at = _looked_at(run) - before
        self.stdout.write(
            f"{run.scored} scores of {run.total} merchants"
            f" ({looked_at} in {seconds:.1f} s, {looked_at / seconds:,.0f} merchants/s)"
        )

    def _work(self, run: ScoringRun, *, batch: int, done: int) -> ScoringRun:
        with tqdm(total=run.total, initial=done, unit="merchants") as bar:
            while not run.finished_at:
                run = continue_run(run=run, now=timezone.now(), batch=batch)
                bar.update(_looked_at(run) - bar.n)
        return run


def _take_your_time() -> None:
    # A batch of the past folds every sale of its merchants' windows.
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def _looked_at(run: ScoringRun) -> int:
    return Merchant.objects.filter(pk__lte=run.done_through).count()
