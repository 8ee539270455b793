"""Long work: who sees it, how it moves, stops, ends, and what becomes of it when its worker dies."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count

import psycopg
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from core import jobs
from core.errors import InvalidInput, NotFound
from core.jobs import LOCK_SPACE, Cancelled, TooManyJobs, cancel, finish, job_task, report
from core.models import Job

pytestmark = pytest.mark.django_db

_numbers = count()
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.fixture
def sent(monkeypatch):
    sent = []
    monkeypatch.setattr(
        jobs.current_app, "send_task", lambda name, **options: sent.append((name, options))
    )
    return sent


@pytest.fixture
def job(sari):
    return Job.objects.create(
        kind="tests.count",
        owner_code=str(sari.code),
        parameters={"language": "id"},
        created_at=NOON,
        progressed_at=NOON,
    )


def work(job, does, **options):
    """Deliver a job to a task that does this."""
    name = f"tests.count_{next(_numbers)}"

    def task(job):
        does(job)

    job_task(name, title="Menghitung", **options)(task)(job_id=job.pk)
    job.refresh_from_db()
    return job


def test_a_job_is_sent_after_commit(sari, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.start_job(kind="tests.count", owner=sari, parameters={"a": 1}, now=NOON)
        assert sent == []

    assert job.parameters == {"a": 1, "language": "id", "back": ""}
    assert [(name, options["kwargs"]) for name, options in sent] == [
        ("tests.count", {"job_id": job.pk})
    ]


def test_a_person_has_a_few_jobs_at_work_at_most(sari, budi):
    for _number in range(jobs.UNFINISHED_AT_MOST):
        jobs.start_job(kind="x", owner=sari, parameters={}, now=NOON)

    with pytest.raises(TooManyJobs):
        jobs.start_job(kind="x", owner=sari, parameters={}, now=NOON)
    jobs.start_job(kind="x", owner=budi, parameters={}, now=NOON)


def test_work_ends_with_its_figures_and_a_file(job):
    def counts(job):
        report(job.pk, done=1, total=4, now=timezone.now())
        finish(
            job.pk, now=timezone.now(), result={"rows": 4}, file=BytesIO(b"a;b"), file_name="x.csv"
        )

    work(job, counts)

    assert (job.state, job.done, job.total, job.result) == ("DONE", 4, 4, {"rows": 4})
    assert default_storage.open(job.file).read() == b"a;b"


def test_a_repeated_delivery_of_a_finished_job_does_nothing(job):
    work(job, lambda job: None)

    work(job, lambda job: pytest.fail("done twice"))


def test_a_delivery_while_somebody_is_at_work_does_nothing(job):
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
    ) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, job.pk])
        work(job, lambda job: pytest.fail("done by two"))
        assert job.state == "WAITING"
        other.execute("SELECT pg_advisory_unlock_all()")

    work(job, lambda job: None)
    assert job.state == "DONE"


def test_what_a_killed_worker_left_is_begun_again_but_not_for_ever(job):
    Job.objects.filter(pk=job.pk).update(state="RUNNING", result={"begun": 2})
    seen = []

    work(job, lambda job: seen.append(job.result["begun"]))
    assert (seen, job.state) == ([3], "DONE")

    Job.objects.filter(pk=job.pk).update(state="RUNNING", result={"begun": 3})
    work(job, lambda job: pytest.fail("kills every worker"))
    assert (job.state, job.result["message"]) == (
        "FAILED",
        "Pekerjaan ini terputus. Silakan mulai lagi.",
    )


def test_work_that_must_not_be_begun_again_fails(job):
    Job.objects.filter(pk=job.pk).update(state="RUNNING", result={"begun": 1})

    work(job, lambda job: pytest.fail("begun again"), resumes=False)

    assert job.state == "FAILED"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidInput("Berkas kosong."), "Berkas kosong."),
        (ZeroDivisionError("/secret/path"), "Terjadi kesalahan"),
    ],
)
def test_failures_are_told_in_words_for_people(job, error, message):
    def fails(job):
        raise error

    work(job, fails)

    assert job.state == "FAILED"
    assert job.result["message"].startswith(message)
    assert "secret" not in job.result["message"]


def test_progress_is_written_seldom(job, django_assert_num_queries):
    Job.objects.filter(pk=job.pk).update(state="RUNNING")
    jobs._reported.clear()

    with django_assert_num_queries(1):
        for done in range(1, 1000):
            report(job.pk, done=done, total=100_000, now=NOON)
    with django_assert_num_queries(2):
        report(job.pk, done=1001, total=100_000, now=NOON)
        report(job.pk, done=1002, total=100_000, now=NOON + timedelta(seconds=1))


def test_a_waiting_job_stops_at_once(job, sari):
    assert cancel(owner=sari, code=job.code, now=NOON).state == "CANCELLED"

    work(job, lambda job: pytest.fail("stopped before"))


def test_a_running_job_stops_at_its_next_report(job, sari):
    def stopped(job):
        cancel(owner=sari, code=job.code, now=NOON)
        with pytest.raises(Cancelled):
            report(job.pk, done=1, total=2, now=timezone.now())
        raise Cancelled

    work(job, stopped)

    assert (job.state, job.done) == ("CANCELLED", 1)


def test_others_do_not_find_a_job(job, sari, budi):
    with pytest.raises(NotFound):
        cancel(owner=budi, code=job.code, now=NOON)
    assert list(jobs.jobs_of(budi)) == []
    assert list(jobs.jobs_of(sari)) == [job]


def test_the_sweep_sends_what_stands_still(job, sent):
    assert jobs.resume(now=NOON + timedelta(seconds=59)) == 0
    assert jobs.resume(now=NOON + timedelta(minutes=1)) == 1

    assert [name for name, _options in sent] == ["tests.count"]


def test_files_go_after_a_week_and_jobs_after_three_months(job):
    work(job, lambda job: finish(job.pk, now=NOON, file=BytesIO(b"x"), file_name="x.csv"))
    name = job.file

    assert jobs.forget_old(now=NOON + timedelta(days=6)) == 0
    assert jobs.forget_old(now=NOON + timedelta(days=7)) == 1
    assert not default_storage.exists(name)

    jobs.forget_old(now=NOON + timedelta(days=90))
    assert not Job.objects.exists()


def test_the_pages_show_a_job_to_its_owner_alone(job, client, sari, budi):
    client.force_login(sari)
    Job.objects.filter(pk=job.pk).update(state="RUNNING", done=1500, total=3000)
    page = client.get(f"/pekerjaan/{job.code}/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "1.500 dari 3.000" in page

    work(job, lambda job: finish(job.pk, now=NOON, file=BytesIO(b"isi"), file_name="x.csv"))
    piece = client.get(f"/pekerjaan/{job.code}/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in piece
    assert "x.csv" in client.get("/pekerjaan/").content.decode()
    file = client.get(f"/pekerjaan/{job.code}/unduh/")
    assert b"".join(file.streaming_content) == b"isi"
    assert file["Content-Disposition"] == 'attachment; filename="x.csv"'

    client.force_login(budi)
    for address in ("", "unduh/"):
        assert client.get(f"/pekerjaan/{job.code}/{address}").status_code == 404
    assert client.post(f"/pekerjaan/{job.code}/batal/").status_code == 404
