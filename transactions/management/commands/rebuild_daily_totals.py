"""Compare every daily total with the sales themselves."""

from django.core.management.base import BaseCommand

from merchants.models import Merchant
from transactions.domain.totals import COLUMNS
from transactions.services.totals import rebuild_daily_totals


class Command(BaseCommand):
    help = (
        "Recompute daily totals from the sales and print every difference; exit 1 when one stands."
    )

    def add_arguments(self, parser):
        parser.add_argument("--merchant", action="append", help="a merchant ID; repeat for more")
        parser.add_argument("--repair", action="store_true", help="make the stored totals right")

    def handle(self, *, merchant, repair, **options):
        chosen = Merchant.objects.only("pk")
        if merchant:
            chosen = chosen.filter(code__in=merchant)
        found = rebuild_daily_totals(merchants=chosen, repair=repair, progress=self.progress)
        self.report(found)
        if repair or not found:
            self.stdout.write(f"{len(found)} differences{' repaired' if found else ''}.")
        else:
            self.stderr.write(f"{len(found)} differences.")
            raise SystemExit(1)

    def report(self, found):
        codes = Merchant.objects.in_bulk({wrong.merchant_id for wrong in found})
        for wrong in found:
            columns = {
                name: str(value)
                for name, value in zip(COLUMNS, wrong.missing.values(), strict=True)
                if value
            }
            self.stdout.write(f"{codes[wrong.merchant_id].code} {wrong.day} missing {columns}")

    def progress(self, done):
        self.stderr.write(f"{done} merchants compared")
