"""Fetch settlement statements from the gateway."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Refusal
from transactions.services.settlement_feed import DAYS_BACK, days_to_fetch, fetch_settlements
from transactions.services.settlements import REASONS


class Command(BaseCommand):
    help = (
        f"Settle what the gateway says it paid out, on one day or the last {DAYS_BACK}; exit 1 when "
        "lines were refused. Repeating changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD")

    def handle(self, *, date, **options):
        now = timezone.now()
        days = [date] if date else days_to_fetch(now=now)
        try:
            refused = sum(self._fetch(day, now) for day in days)
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=2) from refusal
        if refused:
            raise SystemExit(1)

    def _fetch(self, day: date, now) -> int:
        statement = fetch_settlements(day=day, now=now, on_refused=self._say_why)
        if statement is None:
            self.stdout.write(f"{day}: nothing was paid out.")
            return 0
        self.stdout.write(
            f"{day}: {statement.rows_settled:,} settled, {statement.rows_repeated:,} known already, "
            f"{statement.rows_refused:,} refused."
        )
        return statement.rows_refused

    def _say_why(self, problems):
        for problem in problems:
            self.stderr.write(
                f"  {problem.trade_number}: {REASONS[problem.reason_code]} {problem.detail}"
            )
