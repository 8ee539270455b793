"""A merchant's file of sales, read in the background while its owner watches."""

import csv
from datetime import datetime
from tempfile import TemporaryFile
from typing import BinaryIO, TextIO

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import jobs
from core.errors import InvalidInput
from core.models import Job
from core.tables import BLOCK, opened, unformulated
from merchants.models import Merchant
from transactions.models import RefusedRow, SalesImport
from transactions.services.imports import REASONS, Reading, import_sales

KIND = "transactions.import_sales"
# Sales shrink to a tenth or so: an archive of the greatest size may hold this many times as much.
INFLATES_AT_MOST = 8


class FileTooLarge(InvalidInput):
    status = 413
    code = "file_too_large"


def start_import(*, merchant: Merchant, file, by: User, now: datetime) -> Job:
    """Keep a file of sales and start the job that reads it. Raises FileTooLarge, jobs.TooManyJobs."""
    if file.size > settings.SALES_IMPORT_MAX_BYTES:
        text = _("The file is larger than %(size)s MB.")
        text %= {"size": settings.SALES_IMPORT_MAX_BYTES // 1024**2}
        raise FileTooLarge(text, fields={"file": text})
    return jobs.start_job(
        kind=KIND,
        owner=by,
        parameters={"merchant": merchant.pk, "person": by.pk, "name": file.name[-200:]},
        upload=file,
        back=reverse("transactions:import"),
        now=now,
    )


def run_import(job: Job) -> None:
    """
    Read the file of a job; whether it ends or is stopped, its owner gets the refused lines.

    Beginning again is safe: sales that are there already are counted, not added. Raises FileRefused.
    """
    merchant = Merchant.objects.get(pk=job.parameters["merchant"])
    by = User.objects.get(pk=job.parameters["person"])
    with jobs.open_upload(job) as file, TemporaryFile("w+", newline="", encoding="utf-8") as report:
        watch = _Watch(job, lines=_lines(file), report=report)
        end = jobs.finish
        try:
            import_sales(
                file=file,
                name=job.parameters["name"],
                reading=Reading(
                    merchant=merchant,
                    max_bytes=INFLATES_AT_MOST * settings.SALES_IMPORT_MAX_BYTES,
                ),
                now=timezone.now(),
                by=by,
                on_refused=watch.note,
                on_progress=watch.tell,
            )
        except jobs.Cancelled:
            end = jobs.cancelled
        end(job.pk, now=timezone.now(), result=watch.figures, **watch.file())


def _lines(file: BinaryIO) -> int:
    """Count the lines below the first, about as many as rows; none of a file that cannot be read."""
    plain = opened(file)
    try:
        return -1 + sum(block.count(b"\n") for block in iter(lambda: plain.read(BLOCK), b""))
    except (OSError, EOFError):
        return 0


class _Watch:
    """What the owner of an import is told while it runs and in the end."""

    def __init__(self, job: Job, *, lines: int, report: TextIO):
        self.job, self.lines, self.report = job, lines, report
        self.figures: dict[str, int] = {}
        self.writer = csv.writer(report)
        self.writer.writerow(["line", "reason", "message", "detail"])

    def note(self, rows: list[RefusedRow]) -> None:
        self.writer.writerows(
            [row.line, row.reason_code, str(REASONS[row.reason_code]), unformulated(row.detail)]
            for row in rows
        )

    def tell(self, sales_import: SalesImport) -> None:
        self.figures = {
            name: getattr(sales_import, f"rows_{name}")
            for name in ("read", "added", "repeated", "refused")
        }
        read = sales_import.rows_read
        jobs.report(self.job.pk, done=read, total=max(read, self.lines), now=timezone.now())

    def file(self) -> dict:
        if not self.figures.get("refused"):
            return {}
        self.report.flush()
        self.report.buffer.seek(0)
        stem = self.job.parameters["name"].rsplit(".", 1)[0]
        return {"file": self.report.buffer, "file_name": f"ditolak-{stem}"[:110] + ".csv"}
