"""A merchant's file of sales on the page, and the job that reads it."""

import gzip

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core import jobs
from core.jobs import cancel
from core.models import Job
from transactions.models import SalesImport, Transaction
from transactions.services import imports
from transactions.services.import_jobs import start_import
from transactions.tasks import import_sales_task

pytestmark = pytest.mark.django_db

HEADER = "transaction_id,occurred_at,amount,payment_method,status\n"


@pytest.fixture
def now():
    return timezone.now()


def rows(*numbers, amount="15000"):
    return "".join(
        f"A-{number},2026-03-01T12:00:00+07:00,{amount},QRIS,Success\n" for number in numbers
    )


def started(sari, warung, now, text, name="sales.csv"):
    file = ContentFile(text if isinstance(text, bytes) else text.encode(), name=name)
    return start_import(merchant=warung, file=file, by=sari, now=now)


def done(job):
    import_sales_task(job_id=job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_the_job_reads_the_file_and_reports_refused_lines(sari, warung, now, pack):
    text = HEADER + rows(1, 2) + rows(3, amount="=1+1")

    job = done(started(sari, warung, now, pack(text)))

    assert job.state == "DONE"
    assert job.result == {"read": 3, "added": 2, "repeated": 0, "refused": 1}
    assert job.file_name == "ditolak-sales.csv"
    report = default_storage.open(job.file).read().decode()
    assert report.splitlines()[1].startswith("4,invalid_amount,")
    assert not default_storage.exists(f"jobs/{job.code}.upload")


def test_a_file_that_is_refused_says_why(sari, warung, now):
    job = done(started(sari, warung, now, "name,price\nKopi,1\n"))

    assert job.state == "FAILED"
    assert "transaction_id" in job.result["message"]
    assert not SalesImport.objects.exists()


def test_stopping_keeps_what_was_read(sari, warung, now, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK_ROWS", 2)
    monkeypatch.setattr(jobs, "WRITE_SHARE", 10**9)
    job = started(sari, warung, now, HEADER + rows(*range(6)))
    read_on = imports._Work.add

    def add(self, chunk):
        if self.sales_import.rows_read == 2:
            cancel(owner=sari, code=job.code, now=now)
        return read_on(self, chunk)

    monkeypatch.setattr(imports._Work, "add", add)
    done(job)

    assert (job.state, SalesImport.objects.get().status) == ("CANCELLED", "STOPPED")
    assert job.result == {"read": 4, "added": 4, "repeated": 0, "refused": 0}
    assert Transaction.objects.count() == 4


def test_a_file_read_twice_adds_nothing_twice(sari, warung, now):
    job = started(sari, warung, now, HEADER + rows(1, 2))
    upload = default_storage.open(f"jobs/{job.code}.upload").read()
    done(job)
    # As a killed worker leaves it.
    Job.objects.filter(pk=job.pk).update(state="RUNNING", result={"begun": 1})
    default_storage.save(f"jobs/{job.code}.upload", ContentFile(upload))

    done(job)

    assert (job.result["added"], job.result["repeated"]) == (0, 2)


def test_the_page_takes_a_file_and_leads_to_its_job(client, sari, warung):
    client.force_login(sari)
    assert "Impor penjualan" in client.get("/m/penjualan/impor/").content.decode()

    file = SimpleUploadedFile("a.csv", (HEADER + rows(1)).encode())
    answer = client.post("/m/penjualan/impor/", {"file": file})

    job = Job.objects.get()
    assert answer["Location"] == f"/pekerjaan/{job.code}/"
    assert "/m/penjualan/impor/" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("content", [None, b""])
def test_the_page_refuses_what_is_no_file(client, sari, warung, content):
    client.force_login(sari)
    body = {} if content is None else {"file": SimpleUploadedFile("a.csv", content)}

    answer = client.post("/m/penjualan/impor/", body)

    assert answer.status_code == 400
    assert not Job.objects.exists()


def test_the_page_refuses_a_file_that_is_too_large(client, sari, warung, settings):
    settings.SALES_IMPORT_MAX_BYTES = 10
    client.force_login(sari)

    answer = client.post(
        "/m/penjualan/impor/", {"file": SimpleUploadedFile("a.csv", HEADER.encode())}
    )

    assert answer.status_code == 400
    assert "lebih besar dari" in answer.content.decode()
