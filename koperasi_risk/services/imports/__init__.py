"""
Files of members, savings, loans and instalments: sent, tried, then taken in or withdrawn.

A trial stores nothing but what it found. Taking in keeps the good rows and leaves the refused ones out;
what is there already stays as it is, so that a file may be sent again. What no single row can tell (an
account overdrawn, a schedule that does not add up) is judged by the whole file.
"""

import uuid
from datetime import datetime, timedelta
from typing import BinaryIO

from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, jobs
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.models import Job
from core.tenancy import tenant_scope
from koperasi_risk.models import DataImport, Tenant
from koperasi_risk.services.imports.opening import FileRefused
from koperasi_risk.services.imports.work import Tally, read_through

CHECK, TAKE_IN = "koperasi_risk.check_import", "koperasi_risk.take_in_import"
MAX_BYTES = 20 * 1024 * 1024
# A file with people's identity numbers is not kept for longer than somebody needs to decide.
KEEP_UNDECIDED = timedelta(days=7)
State = DataImport.State


class ImportNotFound(NotFound):
    code = "import_not_found"


class FileTooLarge(InvalidInput):
    status = 413
    code = "file_too_large"


class ImportDecided(Conflict):
    code = "import_decided"


@transaction.atomic
def start_import(*, tenant: Tenant, kind: str, file, by: User, now: datetime) -> DataImport:
    """Keep a file and start the job that tries it. Raises FileTooLarge, TooManyJobs."""
    if file.size > MAX_BYTES:
        text = _("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024**2}
        raise FileTooLarge(text, fields={"file": text})
    code = uuid.uuid4()
    data_import = DataImport.objects.create(
        tenant=tenant, code=code, kind=kind, file_name=_named(file.name), by=by, sent_at=now,
        file=f"imports/{code}",
    )  # fmt: skip
    _start(CHECK, data_import, by=by, now=now)
    default_storage.save(data_import.file, file)
    _record("koperasi.import_sent", data_import, by=by, now=now)
    return data_import


def _named(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[-120:] or "data"


def _start(kind: str, data_import: DataImport, *, by: User, now: datetime) -> Job:
    parameters = {"tenant": data_import.tenant_id, "import": str(data_import.code), "person": by.pk}
    back = reverse("koperasi_risk:import", args=[data_import.code])
    return jobs.start_job(kind=kind, owner=by, parameters=parameters, back=back, now=now)


@transaction.atomic
def save_import(*, tenant: Tenant, code: uuid.UUID, by: User, now: datetime) -> DataImport:
    """
    Take in a file that was tried: a job stores its good rows. Twice at once it happens once.

    Raises ImportNotFound, ImportDecided, TooManyJobs.
    """
    data_import = _locked(tenant, code)
    if data_import.state == State.IMPORTING and is_at_work(data_import):
        return data_import
    _require_decidable(data_import, State.CHECKED, State.IMPORTING)
    _move(data_import, State.IMPORTING)
    _start(TAKE_IN, data_import, by=by, now=now)
    _record("koperasi.import_saved", data_import, by=by, now=now)
    return data_import


@transaction.atomic
def withdraw_import(*, tenant: Tenant, code: uuid.UUID, by: User, now: datetime) -> DataImport:
    """Throw a file away that was tried; repeating is nothing. Raises ImportNotFound, ImportDecided."""
    data_import = _locked(tenant, code)
    if data_import.state == State.WITHDRAWN:
        return data_import
    _require_decidable(data_import, State.CHECKED, State.CHECKING, State.IMPORTING)
    _close(data_import, State.WITHDRAWN, now=now)
    _record("koperasi.import_withdrawn", data_import, by=by, now=now)
    return data_import


def _locked(tenant: Tenant, code: uuid.UUID) -> DataImport:
    imports = DataImport.objects.of(tenant).select_for_update(of=("self",))
    data_import = imports.filter(code=code).first()
    if data_import is None:
        raise ImportNotFound()
    return data_import


def is_at_work(data_import: DataImport) -> bool:
    """Say whether a job is still reading the file; one may have been stopped before it began."""
    about = {"parameters__import": str(data_import.code), "kind__in": (CHECK, TAKE_IN)}
    return Job.objects.filter(state__in=jobs.UNFINISHED, **about).exists()


def _require_decidable(data_import: DataImport, *states: str) -> None:
    is_idle = data_import.state == State.CHECKED or not is_at_work(data_import)
    if data_import.state not in states or not is_idle:
        raise ImportDecided(
            _("This file cannot be decided about: %(state)s.")
            % {"state": data_import.get_state_display()}
        )


# ── The jobs ───────────────────────────────────────────────────────────────────────────
def run_check(job: Job) -> None:
    """Try the file of a job; stopped half-way it is withdrawn. Beginning again is safe."""
    _run(job, is_trial=True, done=State.CHECKED, stopped=State.WITHDRAWN)


def run_take_in(job: Job) -> None:
    """Take in the file of a job; stopped half-way, what was taken in stays, and the rest may follow."""
    _run(job, is_trial=False, done=State.DONE, stopped=State.CHECKED)


def _run(job: Job, *, is_trial: bool, done: str, stopped: str) -> None:
    data_import, by = _of(job)
    if data_import.state != (State.CHECKING if is_trial else State.IMPORTING):
        return
    watch = _Watch(job)
    try:
        with _opened(data_import) as file:
            read_through(
                file=file, data_import=data_import, by=by, now=timezone.now(), is_trial=is_trial,
                on_progress=watch.tell,
            )  # fmt: skip
    except FileRefused as refusal:
        data_import.refusal = refusal.message[:300]
        _end(data_import, State.REFUSED, watch.tally, by=by)
        raise
    except jobs.Cancelled:
        _end(data_import, stopped, watch.tally, by=by)
        jobs.cancelled(job.pk, now=timezone.now(), result=watch.figures)
    except Unavailable:
        # A sweep begins the job again.
        raise
    except Exception:
        data_import.refusal = _("Something went wrong on our side. Please send the file again.")
        _end(data_import, State.REFUSED if is_trial else stopped, watch.tally, by=by)
        raise
    else:
        _end(data_import, done, watch.tally, by=by)
        jobs.finish(job.pk, now=timezone.now(), result=watch.figures)


def _of(job: Job) -> tuple[DataImport, User]:
    by = User.objects.get(pk=job.parameters["person"])
    with tenant_scope(job.parameters["tenant"]):
        imports = DataImport.objects.of(job.parameters["tenant"])
        return imports.get(code=job.parameters["import"]), by


def _opened(data_import: DataImport) -> BinaryIO:
    try:
        return default_storage.open(data_import.file)
    except OSError as error:
        raise FileRefused("lost") from error


class _Watch:
    """How far the reading is, for whoever waits for it."""

    def __init__(self, job: Job):
        self.job, self.tally = job, Tally()

    def tell(self, tally: Tally) -> None:
        self.tally = tally
        jobs.report(self.job.pk, done=tally.rows, total=0, now=timezone.now())

    @property
    def figures(self) -> dict[str, int]:
        return dict(vars(self.tally))


def _end(data_import: DataImport, state: str, tally: Tally, *, by: User) -> None:
    now = timezone.now()
    with tenant_scope(data_import.tenant_id):
        for name, count in vars(tally).items():
            setattr(data_import, name, count)
        if state == State.CHECKED:
            _move(data_import, state)
        else:
            _close(data_import, state, now=now)
        verb = {State.CHECKED: "checked", State.DONE: "taken_in", State.REFUSED: "refused"}
        _record(f"koperasi.import_{verb.get(state, 'withdrawn')}", data_import, by=by, now=now)


def _move(data_import: DataImport, state: str) -> None:
    data_import.state = state
    data_import.save()


def _close(data_import: DataImport, state: str, *, now: datetime) -> None:
    """End an import; its file goes once that is certain."""
    file, data_import.file, data_import.finished_at = data_import.file, "", now
    _move(data_import, state)
    if file:
        transaction.on_commit(lambda: default_storage.delete(file))


def _record(action: str, data_import: DataImport, *, by: User | None, now: datetime) -> None:
    audit.record(
        action,
        now=now,
        by=by,
        subject=data_import,
        tenant=data_import.tenant_id,
        kind=data_import.kind,
        **{name: getattr(data_import, name) for name in vars(Tally())},
    )


def forget_undecided(*, tenant: Tenant, now: datetime) -> int:
    """Withdraw files about which nobody decided for a week; return how many."""
    old = DataImport.objects.of(tenant).filter(sent_at__lt=now - KEEP_UNDECIDED).exclude(file="")
    with transaction.atomic():
        found = list(old.select_for_update(of=("self",)))
        for data_import in found:
            _close(data_import, State.WITHDRAWN, now=now)
            _record("koperasi.import_withdrawn", data_import, by=None, now=now)
    return len(found)
