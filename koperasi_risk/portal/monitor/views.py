"""The monitor's page and its files."""

from itertools import groupby

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import audit, charts
from core.api.limits import stay_within
from core.formats import angka, persen, rupiah, rupiah_singkat, tanggal
from core.pdf import pdf_of
from core.portal.files import CONTENT_TYPES, CSV, csv_lines
from core.request_context import client_address
from koperasi_risk.access import for_seats
from koperasi_risk.models import Decision, TenantRole
from koperasi_risk.portal.monitor.board import Board, board_of, deed_word, factor_name
from koperasi_risk.portal.monitor.files import lines_of
from koperasi_risk.portal.monitor.form import MonitorForm
from koperasi_risk.portal.words import DECISIONS, loan_words

log = structlog.get_logger("saksama.koperasi")
READERS = (TenantRole.RISK_MANAGER, TenantRole.BOARD)
# The gravest at the base.
STACKED = (Decision.REJECT, Decision.REVIEW, Decision.APPROVE)
NAMED_CHANGES, SHOWN_CHANGES = 3, 12


@require_GET
@for_seats(*READERS)
def page(request: HttpRequest) -> HttpResponse:
    board = _board(request)
    context = _figures(board) | {
        "tiles": _tiles(board),
        "decisions": _decisions(board),
        "quality": _quality(board),
        "moves": _moves(board),
        "changes": _shown_changes(board),
        "more_changes": max(0, len(board.changes) - SHOWN_CHANGES),
    }
    return render(request, "koperasi_risk/monitor/page.html", context)


@require_GET
@for_seats(*READERS)
def csv_file(request: HttpRequest) -> HttpResponse:
    """The same figures for a spreadsheet."""
    stay_within(scope="heavy", caller=str(request.user.code))
    board = _board(request)
    _record(request, board, shape="csv")
    text = "".join(csv_lines(lines_of(board, by=request.user)))
    return HttpResponse(text, content_type=CONTENT_TYPES[CSV], headers=_named(board, "csv"))


@require_GET
@for_seats(*READERS)
def pdf_file(request: HttpRequest) -> HttpResponse:
    """The same figures on paper."""
    stay_within(scope="heavy", caller=str(request.user.code))
    board = _board(request)
    context = _figures(board) | {
        "printed_by": request.user,
        "changes": _shown_changes(board),
        "more_changes": max(0, len(board.changes) - SHOWN_CHANGES),
    }
    try:
        pdf = pdf_of(render_to_string("koperasi_risk/monitor/pdf.html", context))
    except OSError:
        log.warning("monitor_without_pdf")
        messages.info(request, _("This server cannot make PDFs; please print this page instead."))
        return redirect(f"{reverse('koperasi_risk:monitor')}?{board.form.query}")
    _record(request, board, shape="pdf")
    headers = _named(board, "pdf", how="inline")
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def _board(request: HttpRequest) -> Board:
    tenant = request.seat.tenant
    return board_of(tenant, MonitorForm(request.GET, tenant=tenant), now=timezone.now())


def _named(board: Board, shape: str, *, how: str = "attachment") -> dict[str, str]:
    name = f"pemantauan-{board.tenant.today(board.now)}.{shape}"
    return {"Content-Disposition": f'{how}; filename="{name}"'}


def _record(request: HttpRequest, board: Board, *, shape: str) -> None:
    audit.record(
        "koperasi.monitor_exported",
        now=board.now,
        by=request.user,
        subject=board.tenant.organisation,
        address=client_address(request),
        shape=shape,
        months=board.form.months,
        kind=board.form.kind,
    )


def _figures(board: Board) -> dict:
    """What page and paper both say."""
    return {
        "board": board,
        "form": board.form,
        "tenant": board.tenant,
        "words": loan_words(board.tenant),
        "now": board.now,
        "decision_names": [DECISIONS[decision] for decision in STACKED],
        "decision_rows": [
            (step.label, [counts[decision] for decision in STACKED])
            for step, counts in zip(board.steps, board.decisions, strict=True)
        ],
        "by_month": all(step.label.day == 1 for step in board.steps),
        "rates": [(factor_name(rate.rule.factor), rate) for rate in board.rates],
    }


# ── Tiles and charts ───────────────────────────────────────────────────────────────────


def _tiles(board: Board) -> list[dict]:
    since = _("points since %(day)s") % {"day": tanggal(board.ends[-1])}
    # The months' ends know all that a member owed, not one kind of it.
    known, ageing = [] if board.form.kind else board.quality, board.ageing
    return [
        {
            "label": _("Problem ratio (RPM)"),
            "value": persen(ageing.rpm, 2),
            "change": board.rpm_change,
            "since": since,
            "good": "down",
            "line": _line([one.rpm for _day, one in known]),
            "note": _("Half of class 3, three quarters of 4, all of 5"),
        },
        {
            "label": _("Late by over 30 days (PAR30)"),
            "value": persen(ageing.par30, 2),
            "change": board.par30_change,
            "since": since,
            "good": "down",
            "line": _line([one.par30 for _day, one in known]),
        },
        {
            "label": _("Outstanding"),
            "value": rupiah_singkat(ageing.total),
            "whole": rupiah(ageing.total),
            "change": board.outstanding_change,
            "unit": "persen",
            "since": _("since %(day)s") % {"day": tanggal(board.ends[-1])},
            "line": _line([one.total for _day, one in known]),
            "note": ngettext("%(number)s borrower", "%(number)s borrowers", ageing.borrowers)
            % {"number": angka(ageing.borrowers)},
        },
        {
            "label": _("Members with an override"),
            "value": persen(board.overrides.percent, 2),
            "note": _("%(approved)s approved, %(rejected)s rejected, %(waiting)s waiting")
            % {
                "approved": angka(board.overrides.approved),
                "rejected": angka(board.overrides.rejected),
                "waiting": angka(board.overrides.waiting),
            },
        },
    ]


def _line(values) -> charts.Sparkline | None:
    return charts.sparkline(values) if len({*values} - {None}) > 1 else None


def _decisions(board: Board) -> charts.BarChart | None:
    return charts.stacked(
        [step.label for step in board.steps],
        [
            (str(DECISIONS[decision]), [counts[decision] for counts in board.decisions])
            for decision in STACKED
        ],
        events=_rule_events(board),
    )


def _rule_events(board: Board) -> list[charts.Event]:
    by_step = groupby(reversed(board.changes), key=lambda change: board.step_of(change.at).label)
    return [charts.Event(label, _told(list(changes))) for label, changes in by_step]


def _told(changes) -> str:
    """Say how many rules changed, and name the first few."""
    named = [f"{factor_name(one.factor)} ({deed_word(one.deed)})" for one in changes]
    count = ngettext("%(number)s rule change", "%(number)s rule changes", len(named))
    more = ", …" if len(named) > NAMED_CHANGES else ""
    return f"{count % {'number': len(named)}}: {', '.join(named[:NAMED_CHANGES])}{more}"


def _shown_changes(board: Board) -> list[tuple]:
    return [
        (change, factor_name(change.factor), deed_word(change.deed))
        for change in board.changes[:SHOWN_CHANGES]
    ]


def _quality(board: Board) -> charts.LineChart | None:
    return charts.line_chart(
        [
            charts.Series("RPM", [(day, one.rpm) for day, one in board.quality], "persen"),
            charts.Series("PAR30", [(day, one.par30) for day, one in board.quality], "persen"),
        ]
    )


def _moves(board: Board) -> charts.LineChart | None:
    rates = sorted(board.past.moves.items())
    return charts.line_chart(
        [
            charts.Series(_("Worse"), [(day, one.worse_percent) for day, one in rates], "persen"),
            charts.Series(
                _("Better or settled"), [(day, one.better_percent) for day, one in rates], "persen"
            ),
        ]
    )
