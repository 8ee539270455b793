import uuid
from itertools import product

import pytest
from django.utils import timezone

from core.errors import InvalidCursor
from core.keyset import beyond, place_of
from core.models import Job

ORDERS = [
    [way + name for way, name in zip(ways, ("kind", "done", "pk"), strict=True)]
    for ways in product(("", "-"), repeat=3)
]


@pytest.fixture
def rows(db) -> list[Job]:
    """Rows of which several share one key, and several share two."""
    now = timezone.now()
    return Job.objects.bulk_create(
        Job(kind=kind, done=done, created_at=now, progressed_at=now)
        for kind, done in ("b1", "a2", "b2", "a2", "b1", "c1")
    )


@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
def test_each_place_has_all_that_follows_beyond_it(rows, order):
    jobs = Job.objects.order_by(*order)
    everything = list(jobs)

    for number, job in enumerate(everything):
        place = place_of(Job.objects.all(), code=job.code, order=order)
        assert list(jobs.filter(beyond(place, order))) == everything[number + 1 :]
        assert list(jobs.filter(beyond(place, order, including=True))) == everything[number:]


@pytest.mark.parametrize("code", ["", "x", "7", str(uuid.UUID(int=1))])
def test_a_cursor_that_no_row_has_is_refused(rows, code):
    with pytest.raises(InvalidCursor):
        place_of(Job.objects.all(), code=code, order=["pk"])


def test_a_place_must_fit_its_order():
    with pytest.raises(ValueError, match="shorter"):
        beyond((1,), ["kind", "pk"])
