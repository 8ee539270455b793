"""Files that were sent to a koperasi: which, how far, and what of them was refused."""

import uuid
from dataclasses import dataclass

from django.db.models import Count, Min, QuerySet

from core.errors import NotFound
from core.models import Job
from koperasi_risk.domain.imports.loans import ODDITIES
from koperasi_risk.models import DataImport, ImportProblem, Tenant

RECENT = 20
SHOWN_PROBLEMS = 200


@dataclass(frozen=True)
class ReasonCount:
    """How many times something was refused for one reason, and where first."""

    reason_code: str
    column: str
    count: int
    first_line: int


def recent_imports(tenant: Tenant) -> list[DataImport]:
    imports = DataImport.objects.of(tenant).select_related("by")
    return list(imports.order_by("-sent_at", "-pk")[:RECENT])


def import_of(tenant: Tenant, code: uuid.UUID) -> DataImport:
    """Return one import of the koperasi. Raises NotFound."""
    found = DataImport.objects.of(tenant).select_related("by").filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def problems_of(data_import: DataImport) -> QuerySet[ImportProblem]:
    """Return what was refused, by line."""
    return _found(data_import).exclude(reason_code__in=ODDITIES)


def oddities_of(data_import: DataImport) -> QuerySet[ImportProblem]:
    """Return what was not refused, but should be looked at."""
    return _found(data_import).filter(reason_code__in=ODDITIES)


def _found(data_import: DataImport) -> QuerySet[ImportProblem]:
    problems = ImportProblem.objects.of(data_import.tenant_id).filter(data_import=data_import)
    return problems.order_by("line", "pk")


def reasons_of(data_import: DataImport) -> list[ReasonCount]:
    """Return why rows were refused, the most usual reason first."""
    grouped = problems_of(data_import).order_by().values("reason_code", "column")
    counted = grouped.annotate(count=Count("pk"), first_line=Min("line"))
    return [ReasonCount(**row) for row in counted.order_by("-count", "first_line")]


def job_of_import(data_import: DataImport) -> Job | None:
    """Return the latest job that read this file."""
    jobs = Job.objects.filter(parameters__import=str(data_import.code))
    return jobs.order_by("-created_at", "-pk").first()
