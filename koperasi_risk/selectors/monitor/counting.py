"""How the monitor counts: an ORM query that starts from the tenant, grouped in the database."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from koperasi_risk.models import Loan, Tenant


def grouped(
    rows: QuerySet, select: str, *, by: str, also: str = "", given: Sequence[Any] = ()
) -> list[tuple]:
    """
    Group what a `values()` query returns, under the name `row`; `given` are the parameters of `select`.

    `also` joins each row with what is unfolded from it.
    """
    inner, parameters = rows.query.sql_with_params()
    statement = f"SELECT {select} FROM ({inner}) AS row {also} GROUP BY {by}"  # noqa: S608 (our own words)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, *parameters])
        return cursor.fetchall()


def of_kind(kind: str) -> Q:
    """Keep loans of a purpose or of a contract (akad)."""
    return Q(purpose=kind) if kind in Loan.Purpose.values else Q(contract=kind)


def open_loans(tenant: Tenant, kind: str = "") -> QuerySet[Loan]:
    loans = Loan.objects.of(tenant).filter(status__in=Loan.OPEN)
    return loans.filter(of_kind(kind)) if kind else loans


def of_borrowers(rows: QuerySet, tenant: Tenant, kind: str) -> QuerySet:
    """Keep what is about members who have an open loan of a kind now; without a kind, everything."""
    return rows.filter(member__in=open_loans(tenant, kind).values("member")) if kind else rows
