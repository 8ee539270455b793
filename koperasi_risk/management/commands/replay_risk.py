"""Judge stored assessments and loan checks again from what they saw; exit 1 when anything differs."""

import sys
import uuid
from collections.abc import Iterator

from django.core.management.base import BaseCommand

from core.tenancy import tenant_scope
from koperasi_risk.management.tenants import add_tenant_argument, chosen_tenants
from koperasi_risk.models import LoanCheck, RiskAssessment
from koperasi_risk.services.replay import differences_in

BATCH = 500


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        add_tenant_argument(parser)
        parser.add_argument(
            "--assessment", type=uuid.UUID, metavar="UUID", help="only this assessment or check"
        )

    def handle(self, *, tenant: str, assessment: uuid.UUID | None, **options):
        replayed = found = 0
        for koperasi in chosen_tenants(tenant):
            for rows in _batches(koperasi.pk, assessment):
                replayed += len(rows)
                for difference in differences_in(rows):
                    found += 1
                    self.stdout.write(
                        f"{difference.row.code} {difference.field}:"
                        f" stored {difference.stored}, recomputed {difference.recomputed}"
                    )
        self.stdout.write(f"{replayed} judgements recomputed, {found} differences")
        if found:
            sys.exit(1)


def _batches(tenant_id: int, code: uuid.UUID | None) -> Iterator[list]:
    """Yield a koperasi's judgements in batches, read in a short transaction each."""
    chosen = {"code": code} if code else {}
    for rows in (
        RiskAssessment.objects.of(tenant_id),
        LoanCheck.objects.of(tenant_id).select_related("override"),
    ):
        last = 0
        while True:
            with tenant_scope(tenant_id):
                batch = list(rows.filter(pk__gt=last, **chosen).order_by("pk")[:BATCH])
            if not batch:
                break
            yield batch
            last = batch[-1].pk
