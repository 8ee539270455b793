"""Files of members, savings, loans and instalments: sent, tried, looked at, then taken in or not."""

import csv
import uuid
from io import BytesIO, StringIO

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from openpyxl import Workbook
from openpyxl.styles import Font

from core.api.limits import stay_within
from core.errors import NotFound, Refusal
from core.portal.files import CONTENT_TYPES, CSV, XLSX
from core.tables import unformulated
from koperasi_risk.access import for_seats
from koperasi_risk.domain.imports.tables import Table
from koperasi_risk.models import DataImport, ImportProblem, TenantRole
from koperasi_risk.selectors.imports import (
    SHOWN_PROBLEMS,
    import_of,
    job_of_import,
    oddities_of,
    problems_of,
    reasons_of,
    recent_imports,
)
from koperasi_risk.services.imports import (
    MAX_BYTES,
    is_at_work,
    save_import,
    start_import,
    withdraw_import,
)
from koperasi_risk.services.imports.words import reason_text
from koperasi_risk.services.imports.work import MAX_PROBLEMS, TABLES

CLERKS = (TenantRole.RISK_MANAGER, TenantRole.FINANCING_OFFICER)
State = DataImport.State
TONES = {
    State.CHECKING: ("info", "▶"),
    State.CHECKED: ("warn", "?"),
    State.IMPORTING: ("info", "▶"),
    State.DONE: ("ok", "✓"),
    State.REFUSED: ("bad", "✕"),
    State.WITHDRAWN: ("", "■"),
}


class ImportForm(forms.Form):
    jenis = forms.ChoiceField(
        label=gettext_lazy("What the file holds"), choices=DataImport.Kind.choices
    )
    file = forms.FileField(label=gettext_lazy("File"), max_length=200)


@require_http_methods(["GET", "POST"])
@for_seats(*CLERKS)
def imports(request: HttpRequest) -> HttpResponse:
    """Take a file, which is only tried at first; and the files before it."""
    form, status = ImportForm(initial={"jenis": DataImport.Kind.MEMBERS}), 200
    may_send = request.seat.has(*CLERKS)
    if request.method == "POST" and may_send:
        stay_within(scope="heavy", caller=str(request.user.code))
        form = ImportForm(request.POST, request.FILES)
        if sent := _sent(request, form):
            return redirect("koperasi_risk:import", sent.code)
        status = 400
    elif request.method == "POST":
        return _only_looking(request)
    context = {
        "form": form,
        "may_send": may_send,
        "imports": [_row(data_import) for data_import in recent_imports(request.seat.tenant)],
        "kinds": [_kind(kind, label) for kind, label in DataImport.Kind.choices],
        "most_megabytes": MAX_BYTES // 1024**2,
    }
    return render(request, "koperasi_risk/imports/list.html", context, status=status)


def _only_looking(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("On a visit you only look."))
    return redirect("koperasi_risk:imports")


def _sent(request: HttpRequest, form: ImportForm) -> DataImport | None:
    if not form.is_valid():
        return None
    try:
        return start_import(
            tenant=request.seat.tenant,
            kind=form.cleaned_data["jenis"],
            file=form.cleaned_data["file"],
            by=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error("file", refusal.message)
        return None


def _row(data_import: DataImport) -> dict:
    tone, mark = TONES[data_import.state]
    return {"import": data_import, "tone": tone, "mark": mark}


def _kind(kind: str, label: str) -> dict:
    table = TABLES[kind]
    return {
        "name": table.name,
        "label": label,
        "required": [column.name for column in table.columns if column.is_required],
        "others": [column.name for column in table.columns if not column.is_required],
    }


# ── One file ───────────────────────────────────────────────────────────────────────────
@require_GET
@for_seats(*CLERKS)
def detail(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """What a file would do, or did; htmx asks every second while it is being read."""
    data_import = import_of(request.seat.tenant, code)
    context = _page_of(request, data_import) | {"is_fragment": bool(request.htmx)}
    name = "_import" if request.htmx else "detail"
    return render(request, f"koperasi_risk/imports/{name}.html", context)


def _page_of(request: HttpRequest, data_import: DataImport) -> dict:
    job = job_of_import(data_import)
    is_reading = data_import.state in (State.CHECKING, State.IMPORTING)
    is_at_it = is_reading and is_at_work(data_import)
    is_open = data_import.state == State.CHECKED or (is_reading and not is_at_it)
    return _row(data_import) | {
        "job": job,
        "is_own_job": job is not None and job.owner_code == str(request.user.code),
        "is_at_work": is_at_it,
        "is_broken_off": is_reading and not is_at_it,
        "may_decide": is_open and request.seat.has(*CLERKS),
        "may_save": data_import.added + data_import.changed > 0
        or data_import.state == State.IMPORTING,
        "tiles": _tiles(data_import),
        "reasons": _reasons(data_import),
        "problems": _rows(problems_of(data_import)),
        "oddities": _rows(oddities_of(data_import)),
        "shown": SHOWN_PROBLEMS,
        "most_problems": MAX_PROBLEMS,
    }


def _tiles(data_import: DataImport) -> list[dict]:
    is_done = data_import.state == State.DONE
    odd = oddities_of(data_import).count()
    return [
        {"label": _("Rows"), "value": data_import.rows},
        {"label": _("New") if is_done else _("Would be new"), "value": data_import.added},
        {"label": _("Changed") if is_done else _("Would change"), "value": data_import.changed},
        {"label": _("Already there"), "value": data_import.same},
        {
            "label": _("Refused"),
            "value": data_import.refused,
            "tone": "bad" if data_import.refused else "",
        },
        *([{"label": _("To look at"), "value": odd, "tone": "warn"}] if odd else []),
    ]


def _reasons(data_import: DataImport) -> list[dict]:
    return [
        {"row": row, "text": reason_text(row.reason_code)} for row in reasons_of(data_import)[:12]
    ]


def _rows(found: QuerySet[ImportProblem]) -> list[dict]:
    return [{"row": row, "text": reason_text(row.reason_code)} for row in found[:SHOWN_PROBLEMS]]


@require_POST
@for_seats(*CLERKS, visits=False)
def save(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    return _decide(request, code, save_import)


@require_POST
@for_seats(*CLERKS, visits=False)
def withdraw(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    return _decide(request, code, withdraw_import)


def _decide(request: HttpRequest, code: uuid.UUID, service) -> HttpResponse:
    try:
        service(tenant=request.seat.tenant, code=code, by=request.user, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("koperasi_risk:import", code)


# ── Files to take home ─────────────────────────────────────────────────────────────────
@require_GET
@for_seats(*CLERKS)
def report(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """The refused rows as CSV: mend them, send them again."""
    data_import = import_of(request.seat.tenant, code)
    lines = [
        [row.line, row.column, reason_text(row.reason_code), unformulated(row.found)]
        for row in problems_of(data_import)
    ]
    stem = "".join(
        letter
        for letter in data_import.file_name.rsplit(".", 1)[0]
        if letter.isalnum() or letter in "-_"
    )
    heads = [_("Line"), _("Column"), _("Reason"), _("Found")]
    return _csv([heads, *lines], name=f"ditolak-{stem or 'data'}")


@require_GET
@for_seats(*CLERKS)
def sample(request: HttpRequest, kind: str, shape: str) -> HttpResponse:
    """An example of one kind of file, with our headings and rows that would be taken in."""
    table = next((table for table in TABLES.values() if table.name == kind), None)
    if table is None or shape not in CONTENT_TYPES:
        raise NotFound()
    lines = _sample_lines(table)
    return (
        _csv(lines, name=f"contoh-{kind}") if shape == CSV else _xlsx(lines, name=f"contoh-{kind}")
    )


def _sample_lines(table: Table) -> list[list[str]]:
    names = [column.name for column in table.columns]
    return [names, *([row.get(name, "") for name in names] for row in table.examples)]


def _csv(lines: list[list], *, name: str) -> HttpResponse:
    text = StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(lines)
    # With the mark, spreadsheets read UTF-8 as such.
    content = text.getvalue().encode("utf-8-sig")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(content, content_type=CONTENT_TYPES[CSV], headers=headers)


def _xlsx(lines: list[list[str]], *, name: str) -> FileResponse:
    book = Workbook()
    sheet = book.active
    for place, line in enumerate(lines, start=1):
        for column, text in enumerate(line, start=1):
            # As text: a spreadsheet takes digits from an identity number else.
            cell = sheet.cell(place, column, text)
            cell.number_format = "@"
            if place == 1:
                cell.font = Font(bold=True)
                sheet.column_dimensions[cell.column_letter].width = max(14, len(text) + 4)
    sheet.freeze_panes = "A2"
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPES[XLSX]
    )
