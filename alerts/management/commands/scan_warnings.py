"""Scan for early warnings now: all merchants, or one."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts.services import scan
from merchants.models import Merchant


class Command(BaseCommand):
    help = "Scan for early warnings now. Repeating it changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--merchant", metavar="CODE", help="Only this merchant.")

    def handle(self, *, merchant: str | None, **options):
        report = scan(now=timezone.now(), merchant_ids=self._wanted(merchant))
        self.stdout.write(
            f"Scanned {report.merchants:,} merchants: {report.raised} raised, "
            f"{report.worsened} worsened, {report.eased} eased, {report.updated} updated, "
            f"{report.resolved} resolved."
        )

    def _wanted(self, code: str | None) -> list[int] | None:
        if code is None:
            return None
        wanted = list(Merchant.objects.filter(code=code).values_list("pk", flat=True))
        if not wanted:
            raise CommandError(f"There is no merchant {code}.")
        return wanted
