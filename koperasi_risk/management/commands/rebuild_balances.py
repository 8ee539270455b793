"""Add up members' savings anew, and name the accounts whose kept balance differs."""

from django.core.management.base import BaseCommand, CommandError

from core.tenancy import tenant_scope
from koperasi_risk.management.tenants import add_tenant_argument, chosen_tenants
from koperasi_risk.services.savings import rebuild_balances


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        add_tenant_argument(parser)
        parser.add_argument("--repair", action="store_true", help="keep what was counted instead")

    def handle(self, *, tenant: str, repair: bool, **options):
        count = 0
        for koperasi in chosen_tenants(tenant):
            with tenant_scope(koperasi.pk):
                drifts = rebuild_balances(tenant=koperasi, repair=repair)
            for drift in drifts:
                self.stdout.write(
                    f"{koperasi.organisation.code} account {drift.account_id}:"
                    f" kept {drift.kept}, counted {drift.counted}"
                )
            count += len(drifts)
        self.stdout.write(f"{count} balances differed.")
        if count and not repair:
            raise CommandError("Run it with --repair to keep what was counted.")
