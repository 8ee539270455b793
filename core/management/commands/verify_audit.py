import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.audit_chain import read_heads, verify


class Command(BaseCommand):
    help = (
        "Recompute the chain over the audit log and compare it with the exported heads."
        " Prints the verdict and the first difference; exits with 1 when there is one."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--heads",
            type=Path,
            help="Exported heads, best from the second store. Default: AUDIT_HEAD_FILE, when it is there.",
        )

    def handle(self, *, heads: Path | None, **options):
        exported, warnings = self._heads(heads)
        started = time.monotonic()
        verdict = verify(now=timezone.now(), heads=exported)
        seconds = time.monotonic() - started
        for warning in (*warnings, *verdict.warnings):
            self.stderr.write(f"Warning: {warning}.")
        if not verdict.holds:
            raise CommandError(f"The audit log was tampered with: {verdict.difference}.")
        self.stdout.write(
            f"The audit log holds: {verdict.entries} entries, {verdict.heads} exported heads"
            f" ({seconds:.1f} s)."
        )

    def _heads(self, path: Path | None):
        if path is None and not settings.AUDIT_HEAD_FILE.exists():
            return [], ["no exported heads: a cut tail would not be noticed"]
        try:
            with (path or settings.AUDIT_HEAD_FILE).open() as lines:
                return read_heads(lines)
        except OSError as error:
            raise CommandError(f"The exported heads cannot be read: {error}") from error
