"""Take a koperasi's file in from the command line: members, savings movements, loans or instalments."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from core.errors import Refusal
from core.tables import unformulated
from core.tenancy import tenant_scope
from koperasi_risk.management.tenants import chosen_tenants
from koperasi_risk.models import DataImport, ImportProblem, Tenant, TenantMembership, TenantRole
from koperasi_risk.selectors.imports import oddities_of, problems_of
from koperasi_risk.services.imports.words import reason_text
from koperasi_risk.services.imports.work import Tally, read_through


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", required=True, metavar="CODE", help="the koperasi")
        parser.add_argument(
            "--kind", choices=[kind.lower() for kind in DataImport.Kind], default="members"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--by", metavar="EMAIL", help="who answers for it; else a risk manager")
        parser.add_argument("--report", type=Path, help="write refused rows here, as CSV")

    def handle(self, *, file: Path, tenant: str, kind: str, dry_run: bool, **options):
        (koperasi,) = chosen_tenants(tenant)
        by = _person(koperasi, options["by"])
        now = timezone.now()
        with tenant_scope(koperasi.pk):
            data_import = DataImport.objects.create(
                tenant=koperasi, kind=kind.upper(), state=DataImport.State.IMPORTING,
                file_name=file.name[-120:], by=by, sent_at=now,
            )  # fmt: skip
        try:
            with file.open("rb") as opened:
                tally = read_through(
                    file=opened, data_import=data_import, by=by, now=now, is_trial=dry_run,
                    on_progress=lambda tally: self.stderr.write(f"{tally.rows:,} rows", ending="\r"),
                )  # fmt: skip
        except (OSError, Refusal) as refusal:
            _close(data_import, Tally(), DataImport.State.REFUSED, refusal=str(refusal))
            raise CommandError(str(refusal)) from refusal
        state = DataImport.State.WITHDRAWN if dry_run else DataImport.State.DONE
        _close(data_import, tally, state)
        with tenant_scope(data_import.tenant_id):
            refused, odd = _lines(problems_of(data_import)), _lines(oddities_of(data_import))
        counts = vars(tally) | {"to look at": len(odd)}
        self.stdout.write(", ".join(f"{name} {count:,}" for name, count in counts.items()))
        if report := options["report"]:
            with report.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([["line", "column", "reason", "found"], *refused])
        else:
            self._tell(refused)
        if odd:
            self.stdout.write("To look at:")
            self._tell(odd)

    def _tell(self, lines: list[list]) -> None:
        for line in lines[:20]:
            self.stdout.write("  " + " · ".join(map(str, line)))


def _lines(problems: QuerySet[ImportProblem]) -> list[list]:
    return [
        [row.line, row.column, reason_text(row.reason_code), unformulated(row.found)]
        for row in problems
    ]


def _person(koperasi: Tenant, email: str | None) -> User:
    if email:
        person = User.objects.filter(email=email).first()
    else:
        with tenant_scope(koperasi.pk):
            managers = TenantMembership.objects.of(koperasi).filter(
                roles__contains=[TenantRole.RISK_MANAGER], ended_at=None
            )
            membership = managers.select_related("user").order_by("pk").first()
        person = membership and membership.user
    if person is None:
        raise CommandError("nobody answers for this import: name somebody by --by")
    return person


def _close(data_import: DataImport, tally: Tally, state: str, *, refusal: str = "") -> None:
    with tenant_scope(data_import.tenant_id):
        DataImport.objects.of(data_import.tenant_id).filter(pk=data_import.pk).update(
            state=state, finished_at=timezone.now(), refusal=refusal[:300], **vars(tally)
        )
