"""Read a file of sales, of one merchant or of many."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from core.errors import Refusal
from core.tables import unformulated
from merchants.models import Merchant
from transactions.domain.csv_rows import COLUMNS
from transactions.management.files import RefusalReport, renamed_columns
from transactions.services.imports import REASONS, Reading, import_sales


class Command(BaseCommand):
    help = "Import sales from a CSV file, plain or gzip. Reading a file again adds only what is missing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            nargs="+",
            default=[],
            metavar="OURS=THEIRS",
            help=f"What the file calls our columns, which are {', '.join(COLUMNS)}.",
        )
        parser.add_argument("--merchant", metavar="CODE", help="All rows are this merchant's.")
        parser.add_argument("--create-merchants", action="store_true")
        parser.add_argument(
            "--consent",
            metavar="TEXT_VERSION",
            default="",
            help="Version of the consent you hold from created merchants; without it no bank sees them.",
        )
        parser.add_argument("--report", type=Path, help="Where refused rows go; FILE.refused.csv.")

    def handle(self, *, file: Path, report: Path | None, **options):
        if options["consent"] and not options["create_merchants"]:
            raise CommandError("--consent is for merchants that --create-merchants creates.")
        reading = Reading(
            merchant=_merchant(options["merchant"]),
            renamed=renamed_columns(options["map"], ours=COLUMNS),
            create_merchants=options["create_merchants"],
            consent_text=options["consent"],
        )
        refusals = RefusalReport(
            report or Path(f"{file}.refused.csv"),
            columns=["line", "reason", "message", "detail"],
            row_of=_row,
        )
        try:
            sales_import = self._import(file, reading, refusals)
        except (OSError, Refusal) as error:
            raise CommandError(str(error)) from error
        finally:
            refusals.close()
        self._say(sales_import, refusals)

    def _import(self, file: Path, reading: Reading, refusals: RefusalReport):
        with (
            file.open("rb") as stream,
            tqdm(total=file.stat().st_size, unit="B", unit_scale=True, disable=None) as bar,
        ):

            def progress(sales_import):
                bar.update(stream.tell() - bar.n)
                bar.set_postfix(added=sales_import.rows_added, refused=sales_import.rows_refused)

            return import_sales(
                file=stream,
                name=file.name,
                reading=reading,
                now=timezone.now(),
                on_refused=refusals.add,
                on_progress=progress,
            )

    def _say(self, sales_import, refusals: RefusalReport):
        seconds = (sales_import.finished_at - sales_import.started_at).total_seconds()
        self.stdout.write(
            f"{sales_import.rows_read:,} rows read in {seconds:.1f} s "
            f"({sales_import.rows_read / max(seconds, 0.001):,.0f} a second): "
            f"{sales_import.rows_added:,} added, {sales_import.rows_repeated:,} known already, "
            f"{sales_import.rows_refused:,} refused."
        )
        if sales_import.rows_refused:
            self.stdout.write(self.style.WARNING(f"Refused rows and reasons: {refusals.path}"))
        if sales_import.rows_added:
            self.stdout.write("Scores follow by the worker; at once: manage.py recalculate_scores")


def _row(refused) -> list:
    message = REASONS[refused.reason_code]
    return [refused.line, refused.reason_code, message, unformulated(refused.detail)]


def _merchant(code: str | None) -> Merchant | None:
    try:
        return Merchant.objects.get(code=code) if code else None
    except Merchant.DoesNotExist:
        raise CommandError(f"There is no merchant {code}.") from None
