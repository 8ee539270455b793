"""
Compare the scores of a past day with what came after: AUC with interval, trouble per band, stability.

Trouble: revenue a day falls by half, 30 days without a sale, over 5 % of sales refunded, arrears.
What nobody suffered is "not measurable". `--json FILE` writes the figures as well.
"""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from tqdm import tqdm

from core.errors import Refusal
from merchants.models import Merchant
from scoring.services.validation import ANY, Finding, Validation, validate

NAMES = {
    ANY: "any trouble",
    "revenue_drop": "revenue -50 %",
    "no_sales": "30 days without a sale",
    "refunds": "refunds > 5 %",
    "arrears": "arrears",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--at", type=date.fromisoformat, required=True, metavar="DATE")
        parser.add_argument("--horizon", type=int, default=90, metavar="DAYS")
        parser.add_argument("--json", type=Path, metavar="FILE")

    def handle(self, *, at: date, horizon: int, json: Path | None, **options):
        if horizon < 1:
            raise CommandError("The horizon is at least one day.")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        try:
            with tqdm(total=Merchant.objects.count(), unit="merchants") as bar:
                found = validate(at=at, horizon=horizon, now=timezone.now(), progress=bar.update)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self._show(found)
        if json:
            json.write_text(as_json(found))

    def _show(self, found: Validation) -> None:
        self.stdout.write(
            f"Scores of {found.merchants} merchants as of the end of {found.at},"
            f" against the {found.horizon_days} days after"
        )
        self.stdout.write(
            f"{'trouble':24}{'cases':>7}  {'AUC (95 %)':22}{'High':>16}{'Medium':>16}{'Low':>16}"
        )
        for finding in found.findings:
            self.stdout.write(_line(finding))
        stability = "not measurable" if found.psi is None else f"{found.psi:.3f}"
        self.stdout.write(f"PSI of the scores then and at the end: {stability}")


def as_json(found: Validation) -> str:
    """Write the figures as JSON; what was not measurable is null."""
    return json.dumps(asdict(found), default=str, indent=2)


def _line(finding: Finding) -> str:
    area = finding.auc
    measured = f"{area.value:.3f} ({area.low:.3f}-{area.high:.3f})" if area else "not measurable"
    bands = "".join(f"{_rate(*counts):>16}" for counts in finding.bands.values())
    return f"{NAMES[finding.kind]:24}{finding.troubled:>7}  {measured:22}{bands}"


def _rate(troubled: int, merchants: int) -> str:
    return f"{troubled / merchants:.1%} of {merchants}" if merchants else "-"
