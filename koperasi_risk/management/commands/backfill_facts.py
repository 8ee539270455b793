"""Compute members' factors of past month ends from what the books tell of them; known ones stay."""

from datetime import date, datetime

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.tenancy import tenant_scope
from koperasi_risk.domain.periods import month_ends
from koperasi_risk.management.tenants import add_tenant_argument, chosen_tenants
from koperasi_risk.models import Tenant
from koperasi_risk.services.facts import batches, missing_facts, refresh_facts


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        add_tenant_argument(parser)
        parser.add_argument("--months", type=int, default=12, help="so many months back")

    def handle(self, *, tenant: str, months: int, **options):
        now = timezone.now()
        for koperasi in chosen_tenants(tenant):
            for day in month_ends(months - 1, today=koperasi.today(now)):
                kept = _backfill(koperasi, day, now)
                self.stdout.write(f"{koperasi.organisation.code} {day}: {kept} members")


def _backfill(tenant: Tenant, day: date, now: datetime) -> int:
    with tenant_scope(tenant.pk):
        missing = missing_facts(tenant, as_of=day)
    kept = 0
    for batch in batches(missing):
        with tenant_scope(tenant.pk):
            kept += refresh_facts(tenant=tenant, member_ids=batch, as_of=day, now=now)
    return kept
