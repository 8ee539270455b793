"""Read a settlement statement from a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from core.errors import Refusal
from core.tables import unformulated
from transactions.domain.settlement_rows import COLUMNS
from transactions.management.files import RefusalReport, renamed_columns
from transactions.services.settlement_files import import_settlements
from transactions.services.settlements import REASONS


class Command(BaseCommand):
    help = (
        "Settle sales from a CSV statement, plain or gzip; exit 1 when lines were refused. "
        "Reading a statement again changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            nargs="+",
            default=[],
            metavar="OURS=THEIRS",
            help=f"What the file calls our columns, which are {', '.join(COLUMNS)}.",
        )
        parser.add_argument("--report", type=Path, help="Where refused lines go; FILE.refused.csv.")

    def handle(self, *, file: Path, report: Path | None, **options):
        renamed = renamed_columns(options["map"], ours=COLUMNS, returncode=2)
        refusals = RefusalReport(
            report or Path(f"{file}.refused.csv"),
            columns=["line", "trade_number", "reason", "message", "detail"],
            row_of=_row,
        )
        try:
            statement = self._import(file, renamed, refusals)
        except (OSError, Refusal) as error:
            raise CommandError(str(error), returncode=2) from error
        finally:
            refusals.close()
        self._say(statement, refusals)

    def _import(self, file: Path, renamed: dict[str, str], refusals: RefusalReport):
        with (
            file.open("rb") as stream,
            tqdm(total=file.stat().st_size, unit="B", unit_scale=True, disable=None) as bar,
        ):

            def progress(statement):
                bar.update(stream.tell() - bar.n)
                bar.set_postfix(settled=statement.rows_settled, refused=statement.rows_refused)

            return import_settlements(
                file=stream,
                name=file.name,
                renamed=renamed,
                now=timezone.now(),
                on_refused=refusals.add,
                on_progress=progress,
            )

    def _say(self, statement, refusals: RefusalReport):
        seconds = (statement.finished_at - statement.started_at).total_seconds()
        self.stdout.write(
            f"{statement.rows_read:,} lines read in {seconds:.1f} s "
            f"({statement.rows_read / max(seconds, 0.001):,.0f} a second): "
            f"{statement.rows_settled:,} settled, {statement.rows_repeated:,} known already, "
            f"{statement.rows_refused:,} refused."
        )
        if statement.rows_refused:
            self.stderr.write(f"Refused lines and reasons: {refusals.path}")
            raise SystemExit(1)


def _row(problem) -> list:
    number, detail = map(unformulated, (problem.trade_number, problem.detail))
    return [problem.line, number, problem.reason_code, REASONS[problem.reason_code], detail]
