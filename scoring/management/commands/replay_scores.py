"""Recompute stored scores from their stored series; exit 1 when any figure differs."""

import sys
from datetime import date

from django.core.management.base import BaseCommand
from django.db import transaction

from core.dates import start_of_day
from scoring.models import CreditScore
from scoring.services.replay import differences_in


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="DATE",
            help="scores as of this day or later",
        )

    def handle(self, *, since: date | None, **options):
        scores = CreditScore.objects.order_by("pk")
        if since:
            scores = scores.filter(as_of__gte=start_of_day(since))
        found = 0
        # In a transaction the cursor streams; outside it the server would first copy every row.
        with transaction.atomic():
            for difference in differences_in(scores):
                found += 1
                self.stdout.write(
                    f"{difference.score.code} {difference.field}:"
                    f" stored {difference.stored}, recomputed {difference.recomputed}"
                )
        self.stdout.write(f"{scores.count()} scores recomputed, {found} differences")
        if found:
            sys.exit(1)
