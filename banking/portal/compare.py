"""Two to four merchants side by side; where one is plainly better, a word says so."""

from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.portal.merchant.components import component_name, figure
from banking.selectors.comparison import Compared, compared
from core.charts import gauge
from core.formats import DASH, angka, persen, rupiah, tanggal
from scoring.domain.policy import CURRENT, ComponentRule
from scoring.models import RiskBand

LEAST, MOST = 2, 4
_LONGEST_CODE = 50


@require_GET
@for_roles(*BANK_ROLES)
def compare(request: HttpRequest) -> HttpResponse:
    """The chosen merchants as columns; an unknown one has a column that says so."""
    codes = _codes(request)
    columns = []
    if len(codes) >= LEAST:
        columns = compared(request.user, codes=codes[:MOST], now=timezone.now())
    context = {
        "columns": [_head(column, codes[:MOST]) for column in columns],
        "rows": _rows(columns) if any(column.row for column in columns) else [],
        "too_many": len(codes) > MOST,
        "too_few": len(codes) < LEAST,
        "now": timezone.now(),
    }
    return render(request, "banking/merchants/compare.html", context)


def _codes(request: HttpRequest) -> list[str]:
    """Return the codes that were chosen, each once."""
    typed = [code.strip() for code in request.GET.getlist("kode")]
    return list(dict.fromkeys(code[:_LONGEST_CODE] for code in typed if code and "\0" not in code))


def _head(column: Compared, codes: list[str]) -> dict:
    others = [("kode", code) for code in codes if code != column.code]
    row = column.row
    return {
        "code": column.code,
        "row": row,
        "gauge": gauge(row.points) if row else None,
        "band": RiskBand(row.risk_band).label if row and row.risk_band else "",
        "without": urlencode(others) if len(others) >= LEAST else "",
    }


# ── What is compared ───────────────────────────────────────────────────────────────────


def _rows(columns: list[Compared]) -> list[dict]:
    return [
        _row(_("Category, city"), columns, _place),
        _row(_("With us since"), columns, lambda c: tanggal(c.row.joined_at)),
        *(_component(rule, columns) for rule in CURRENT.components),
        *_scored_rows(columns),
        *_trade_rows(columns),
        _row(_("Running loans with us"), columns, _loans),
    ]


def _scored_rows(columns: list[Compared]) -> list[dict]:
    """Return what a score says besides its components."""
    return [
        _row(
            _("Proposed limit"),
            columns,
            _limits,
            value=lambda c: c.score and c.score.max_limit,
        ),
        _row(
            _("Average monthly revenue"),
            columns,
            lambda c: rupiah(c.score.average_monthly_revenue) if c.score else DASH,
            value=lambda c: c.score and c.score.average_monthly_revenue,
        ),
    ]


def _trade_rows(columns: list[Compared]) -> list[dict]:
    """Return how trade goes these days: revenue, refunds, warnings."""
    return [
        _row(
            _("Revenue, 30 days"),
            columns,
            lambda c: rupiah(c.row.revenue),
            value=lambda c: c.row.revenue,
        ),
        _row(
            _("Refund rate, 30 days"),
            columns,
            lambda c: persen(c.row.refund_percent),
            value=lambda c: _less_is_more(c.row.refund_percent),
        ),
        _row(
            _("Open warnings"),
            columns,
            lambda c: angka(len(c.warnings)),
            value=lambda c: -len(c.warnings),
            details=_warnings,
        ),
    ]


def _row(
    label: str,
    columns: list[Compared],
    text: Callable[[Compared], str],
    *,
    value: Callable[[Compared], Decimal | int | None] | None = None,
    details: Callable[[Compared], list[str]] | None = None,
) -> dict:
    best = _best([value(column) if column.row and value else None for column in columns])
    return {
        "label": label,
        "cells": [
            {
                "text": text(column) if column.row else "",
                "details": details(column) if column.row and details else [],
                "is_best": place in best,
                "is_there": column.row is not None,
            }
            for place, column in enumerate(columns)
        ],
    }


def _component(rule: ComponentRule, columns: list[Compared]) -> dict:
    field = f"{rule.name}_points"
    return _row(
        _("%(component)s (weight %(weight)s)")
        % {"component": component_name(rule.name), "weight": persen(rule.weight_percent)},
        columns,
        lambda column: _contribution(column, rule, field) if column.score else DASH,
        value=lambda column: column.score and getattr(column.score, field),
        details=lambda column: [_measured(column, rule)] if column.score else [],
    )


def _contribution(column: Compared, rule: ComponentRule, field: str) -> str:
    points = getattr(column.score, field)
    brought = Decimal(points * rule.weight_percent).scaleb(-2)
    return _("%(points)s of 100, brings %(brought)s") % {
        "points": angka(points),
        "brought": angka(brought, 2),
    }


def _measured(column: Compared, rule: ComponentRule) -> str:
    stored = column.score.measurements.get(rule.measurement)
    return figure(rule.name, None if stored is None else Decimal(stored))


def _place(column: Compared) -> str:
    return " · ".join(filter(None, [column.row.category, column.row.city])) or DASH


def _limits(column: Compared) -> str:
    score = column.score
    return f"{rupiah(score.min_limit)} – {rupiah(score.max_limit)}" if score else DASH


def _warnings(column: Compared) -> list[str]:
    return [f"{each.get_severity_display()}: {each.get_kind_display()}" for each in column.warnings]


def _loans(column: Compared) -> str:
    row = column.row
    return f"{angka(row.loans)} · {rupiah(row.outstanding)}" if row.loans else DASH


def _less_is_more(value: Decimal | None) -> Decimal | None:
    return None if value is None else -value


def _best(values: list[Decimal | int | None]) -> set[int]:
    """Return the places of the highest value; none where fewer than two are known or all are alike."""
    known = [value for value in values if value is not None]
    if len(known) < LEAST or min(known) == max(known):
        return set()
    return {place for place, value in enumerate(values) if value == max(known)}
