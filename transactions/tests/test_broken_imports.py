from datetime import timedelta

import pytest

from config.celery import app
from core.models import AuditEntry, OutboxEvent
from merchants.models import Merchant
from transactions.models import SalesImport, Transaction
from transactions.services import imports
from transactions.services.broken_imports import TAKEN_FOR_DEAD, close_broken_imports
from transactions.services.imports import Reading, import_sales
from transactions.tasks import close_broken_imports_task
from transactions.tests.factories import a_sale
from transactions.tests.test_imports import NOW, a_file, a_row

LATER = NOW + TAKEN_FOR_DEAD + timedelta(minutes=1)


@pytest.fixture
def killed(db, monkeypatch):
    """Return a function that starts an import which is killed after its first two rows."""

    def die(_sales_import):
        raise SystemExit

    def start(*rows: str, **reading) -> SalesImport:
        with monkeypatch.context() as patched, pytest.raises(SystemExit):
            patched.setattr(imports, "CHUNK_ROWS", 2)
            # A killed process finishes nothing.
            patched.setattr(imports, "_finish", lambda *_, **__: None)
            import_sales(
                file=a_file(*rows),
                name="sales.csv",
                reading=Reading(**reading),
                now=NOW,
                on_progress=die,
            )
        return SalesImport.objects.latest("pk")

    return start


def test_a_broken_import_is_closed_and_those_whose_sales_it_added_are_announced(killed, kios):
    a_sale(kios, recorded_at=NOW - timedelta(minutes=1))
    rows = [a_row(n, merchant=f"T-{n}") for n in range(3)]
    broken = killed(*rows, create_merchants=True)
    assert (broken.status, broken.rows_added) == ("RUNNING", 2)

    assert close_broken_imports(now=LATER) == 1

    broken.refresh_from_db()
    assert (broken.status, broken.finished_at) == ("FAILED", LATER)
    added = Merchant.objects.filter(code__in=["T-0", "T-1"]).order_by("pk")
    assert OutboxEvent.objects.get(topic="sales.imported").payload == {
        "import_id": broken.pk,
        "merchant_ids": list(added.values_list("pk", flat=True)),
    }
    assert AuditEntry.objects.get(action="sales.import_broken_off").detail == {"added": 2}


def test_a_merchants_own_broken_import_announces_that_merchant(killed, warung):
    Merchant.objects.filter(pk=warung.pk).update(code="M-1")
    warung.refresh_from_db()
    killed(*[a_row(n) for n in range(3)], merchant=warung)

    close_broken_imports(now=LATER)

    assert OutboxEvent.objects.get().payload["merchant_ids"] == [warung.pk]


def test_an_import_that_added_nothing_announces_nothing(db):
    SalesImport.objects.create(file_name="a.csv", started_at=NOW)

    assert close_broken_imports(now=LATER) == 1

    assert not OutboxEvent.objects.exists()


def test_closing_again_changes_nothing(killed):
    killed(*[a_row(n, merchant="T-1") for n in range(3)], create_merchants=True)
    close_broken_imports(now=LATER)

    assert close_broken_imports(now=LATER + timedelta(hours=1)) == 0

    assert OutboxEvent.objects.count() == 1


def test_an_import_that_may_still_live_is_left_alone(db):
    SalesImport.objects.create(file_name="a.csv", started_at=NOW)
    SalesImport.objects.create(file_name="b.csv", started_at=NOW - timedelta(days=1), status="DONE")

    assert close_broken_imports(now=NOW + TAKEN_FOR_DEAD) == 0


def test_reading_the_file_again_adds_the_rest(killed):
    rows = [a_row(n, merchant="T-1") for n in range(5)]
    killed(*rows, create_merchants=True)
    close_broken_imports(now=LATER)

    import_sales(file=a_file(*rows), name="sales.csv", reading=Reading(), now=LATER)

    assert Transaction.objects.count() == 5


def test_the_sweep_is_on_the_clock():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert close_broken_imports_task.name in scheduled
