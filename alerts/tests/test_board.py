"""The board: what each filter keeps, in both orders, page by page; and the trend."""

from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.models import EarlyWarning
from alerts.selectors import BoardFilter, TrendMonth, board, board_counts, monthly_trend, warning_of
from alerts.services import review_warning
from alerts.tests.factories import a_warning
from conftest import NOON
from core.errors import InvalidCursor
from merchants.models import Merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def warnings(warung, kios) -> dict[str, EarlyWarning]:
    """Worst first: c, b, a; newest first: a, b, c."""
    return {
        "a": a_warning(warung, kind="SCORE_DROP", severity="LOW", at=NOON),
        "b": a_warning(warung, kind="REFUND_SPIKE", at=NOON - timedelta(days=1)),
        "c": a_warning(kios, severity="CRITICAL", at=NOON - timedelta(days=2)),
        "closed": a_warning(kios, kind="SCORE_DROP", status="RESOLVED", resolved_at=NOON),
    }


def names(warnings, rows) -> str:
    known = {warning.pk: name for name, warning in warnings.items()}
    return " ".join(known[row.pk] for row in rows)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "c b a"),
        ({"order": "newest"}, "a b c"),
        ({"severity": "LOW"}, "a"),
        ({"kind": "REFUND_SPIKE"}, "b"),
        ({"search": "warung"}, "b a"),
        ({"search": " SARI "}, "b a"),
        ({"search": "KODE"}, ""),
        ({"city": "medan"}, "c"),
        ({"only_open": False}, "c closed b a"),
        ({"only_open": False, "severity": "MEDIUM"}, "closed b"),
        ({"standing": "NEW"}, "c b a"),
        ({"standing": "RESOLVED"}, ""),
        ({"severity": "LOW", "city": "Medan"}, ""),
    ],
)
def test_each_filter_keeps_its_own(budi, warnings, wanted, expected):
    page = board(budi, wanted=BoardFilter(**wanted), limit=10)

    assert names(warnings, page.rows) == expected


def test_a_merchants_code_finds_it(budi, warnings, kios):
    page = board(budi, wanted=BoardFilter(search=kios.code.lower()), limit=10)

    assert names(warnings, page.rows) == "c"


def test_what_the_bank_resolved_leaves_the_board_but_not_the_filter(budi, warnings):
    code = warnings["b"].code
    review_warning(code=code, state="RESOLVED", note="Beres.", by=budi, now=NOON)

    assert names(warnings, board(budi, wanted=BoardFilter(), limit=10).rows) == "c a"
    resolved = board(budi, wanted=BoardFilter(standing="RESOLVED"), limit=10)
    assert names(warnings, resolved.rows) == "b"
    counts = board_counts(budi)
    assert (counts.total, counts.medium, counts.new, counts.resolved) == (2, 0, 2, 1)


@pytest.mark.parametrize("order", ["severity", "newest"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_hold_each_warning_once(budi, order, size):
    for number in range(7):
        shop = Merchant.objects.create(company_name=f"Toko {number}", joined_at=NOON)
        shop.consents.create(text_version="x", granted_at=NOON)
        # Many at the same instant: only the key tells them apart.
        a_warning(shop, severity=("LOW", "CRITICAL")[number % 2])
    wanted = BoardFilter(order=order)
    everything = [row.pk for row in board(budi, wanted=wanted, limit=100).rows]

    page, seen = board(budi, wanted=wanted, limit=size), []
    while True:
        seen += [row.pk for row in page.rows]
        if page.next_cursor is None:
            break
        page = board(budi, wanted=wanted, limit=size, cursor=page.next_cursor)

    assert seen == everything
    assert len(seen) == 7


@pytest.mark.parametrize("cursor", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_cursor_of_nothing_is_refused(budi, cursor):
    with pytest.raises(InvalidCursor):
        board(budi, wanted=BoardFilter(), limit=10, cursor=cursor)


def test_people_of_no_bank_see_their_own_alone(sari, rini, wayan, operator, warnings):
    def seen(person):
        return names(warnings, board(person, wanted=BoardFilter(), limit=10).rows)

    assert [seen(person) for person in (sari, rini, wayan, operator)] == ["b a", "c", "", "c b a"]


def test_one_warning_comes_with_its_steps(budi, warnings, django_assert_num_queries):
    # The warning with merchant and standing, its steps, the bank's reviews.
    with django_assert_num_queries(3):
        warning = warning_of(budi, code=warnings["a"].code)
        assert (warning.merchant.city, list(warning.steps.all())) == ("Bandung", [])
        assert warning.own_reviews == []


def test_the_trend_counts_by_months_of_jakarta(budi, warung):
    # 23.30 on the last day of January in Jakarta, and an hour later.
    january = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)
    a_warning(warung, status="RESOLVED", at=january, resolved_at=january + timedelta(hours=1))
    a_warning(warung, at=january + timedelta(hours=1), severity="CRITICAL")

    assert monthly_trend(budi, months=3, now=NOON) == [
        TrendMonth(date(2026, 1, 1), raised=1, medium=1),
        TrendMonth(date(2026, 2, 1), raised=1, critical=1, resolved=1),
        TrendMonth(date(2026, 3, 1)),
    ]
