"""Score every member of one koperasi, or of all, now, from their books."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from koperasi_risk.management.tenants import add_tenant_argument, chosen_tenants
from koperasi_risk.models import RiskAssessment
from koperasi_risk.services.scores import rescore


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        add_tenant_argument(parser)

    def handle(self, *, tenant: str, **options):
        for koperasi in chosen_tenants(tenant):
            report = rescore(
                tenant_id=koperasi.pk,
                now=timezone.now(),
                trigger=RiskAssessment.Trigger.REQUEST,
                reads_all_books=True,
            )
            self.stdout.write(
                f"{koperasi.organisation.code}: {report.members} members scored, {report.changed} changed,"
                f" {len(report.failed)} failed"
            )
            for code in report.failed:
                self.stdout.write(f"  not scored: {code}")
