"""Put people, shops, sales, scores, loans and warnings of the demo in place; add what has been missing since."""

from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from accounts.demo import ACCOUNTS, add_people
from alerts.demo import add_missing_warnings
from banking.demo import add_loans
from core.dates import business_day, start_of_day
from koperasi_risk.demo import add_koperasi
from merchants.demo import add_shops
from scoring.demo import add_missing_scores
from transactions.demo import DAYS_OF_HISTORY, add_missing_sales

# Any number that nobody else locks: of two seedings at once, one waits for the other.
_ONE_AT_A_TIME = 7_305_006


class Command(BaseCommand):
    help = "Seed the demo. It only adds: run it as often as you like."

    def add_arguments(self, parser):
        parser.add_argument("--accounts", action="store_true", help="Only print who can sign in.")

    def handle(self, *, accounts: bool, **options):
        if not settings.DEMO:
            raise CommandError("This copy is no demo: DEMO is not set.")
        if not accounts:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
                try:
                    self._seed()
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])
        self._print_accounts()

    def _seed(self):
        now = timezone.now()
        joined_at = start_of_day(business_day(now) - timedelta(days=DAYS_OF_HISTORY))
        people = add_people()
        shops = add_shops(joined_at=joined_at)
        sales = sum(add_missing_sales(merchant=shop, now=now) for shop in shops)
        scores = sum(add_missing_scores(merchant=shop, now=now) for shop in shops)
        loans = add_loans(now=now)
        warnings = add_missing_warnings(merchants=shops, now=now).raised
        members = add_koperasi(now=now)
        self.stdout.write(
            f"Added {people} people, {sales:,} sales, {scores} scores, {loans} loan applications, "
            f"{warnings} warnings, {members} members of koperasi."
        )

    def _print_accounts(self):
        width = max(len(account.email) for account in ACCOUNTS)
        for account in ACCOUNTS:
            self.stdout.write(f"  {account.email:<{width}}  {account.password:<16} {account.what}")
