import pytest

from koperasi_risk.tests.factories import a_koperasi, a_rule

FACTORS = ["tenor", "Usia Anggota", "usia pinjaman", "angsuran", "agunan"]


@pytest.fixture
def rules(mekar) -> list[int]:
    return [a_rule(mekar, factor, threshold=at).pk for at, factor in enumerate(FACTORS)]


def numbers(answer) -> list[int]:
    assert answer.status_code == 200, answer.json()
    return [rule["id"] for rule in answer.json()["data"]]


def facts(answer) -> dict:
    return answer.json()["meta"]["pagination"]


@pytest.mark.parametrize("prefix", ["/koperasi/risk/", "/api/koperasi/risk/"])
def test_rules_are_listed_in_the_envelope_by_number(engine, rules, prefix):
    answer = engine.get("config", prefix=prefix)

    assert list(answer.json()) == ["success", "message", "data", "meta", "errors"]
    assert numbers(answer) == sorted(rules)
    assert facts(answer) == {"has_next": False, "has_prev": False, "limit": 10}


def test_an_empty_list_is_a_list(engine):
    assert engine.get("config").json()["data"] == []


def test_only_the_own_koperasis_rules_are_listed(engine, rules):
    with a_koperasi("KSP Lain") as other:
        a_rule(other, "tenor")

    assert numbers(engine.get("config")) == rules


def test_pages_follow_one_another_by_their_cursors(engine, rules):
    seen, cursor = [], "0"
    for _ in range(3):
        answer = engine.get(f"config?limit=2&cursor={cursor}")
        seen.append(numbers(answer))
        cursor = facts(answer).get("next_cursor")

    assert seen == [rules[:2], rules[2:4], rules[4:]]
    assert cursor is None


def test_a_page_in_the_middle_says_how_to_go_on_and_back(engine, rules):
    page = facts(engine.get(f"config?limit=2&cursor={rules[1]}"))

    assert page == {
        "next_cursor": str(rules[3]),
        "prev_cursor": "0",
        "has_next": True,
        "has_prev": True,
        "limit": 2,
    }


def test_the_way_back_shows_the_page_before(engine, rules):
    last = facts(engine.get(f"config?limit=2&cursor={rules[3]}"))

    assert "next_cursor" not in last
    assert numbers(engine.get(f"config?limit=2&cursor={last['prev_cursor']}")) == rules[2:4][:2]


@pytest.mark.parametrize("cursor", ["", "0"])
def test_the_first_page_has_none_before_it(engine, rules, cursor):
    page = facts(engine.get(f"config?limit=2&cursor={cursor}"))

    assert (page["has_prev"], "prev_cursor" in page) == (False, False)


def test_a_full_last_page_has_no_next_cursor(engine, rules):
    page = facts(engine.get("config?limit=5"))

    assert page == {"has_next": False, "has_prev": False, "limit": 5}


@pytest.mark.parametrize("cursor", ["999999999999", "9" * 25])
def test_past_the_end_is_an_empty_page(engine, rules, cursor):
    answer = engine.get(f"config?cursor={cursor}")

    assert numbers(answer) == []
    assert facts(answer)["has_next"] is False


def test_a_cursor_is_a_position_whosever_number_it_is(engine, mekar, rules):
    engine.delete(f"config/{rules[1]}")

    assert numbers(engine.get(f"config?cursor={rules[1]}")) == rules[2:]


def test_empty_values_are_as_good_as_none(engine, rules):
    answer = engine.get("config?term=&factor=&threshold=&limit=&cursor=")

    assert numbers(answer) == rules
    assert facts(answer)["limit"] == 10


@pytest.mark.parametrize(
    ("limit", "taken"), [("1", 1), ("100", 100), ("101", 100), ("9" * 25, 100)]
)
def test_a_page_has_a_hundred_rules_at_most(engine, rules, limit, taken):
    assert facts(engine.get(f"config?limit={limit}"))["limit"] == taken


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in ["0", "-1", "1.5", "x", "true", "1e1", "٣"]),
        *(("cursor", value) for value in ["-1", "1.5", "x", "0x1", "1 2", "MQ=="]),
        *(("threshold", value) for value in ["x", "1,5", "NaN", "Infinity", "1e3", "--1", "٣"]),
    ],
)
def test_a_query_that_is_no_good_names_its_field(engine, name, value):
    answer = engine.get(f"config?{name}={value}")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("term=usia", [1, 2]),
        ("term=USIA", [1, 2]),
        ("term=a%20a", [1]),
        ("term=%25", []),
        ("term=_", []),
        ("term=tidak-ada", []),
        ("factor=usia%20anggota", [1]),
        ("factor=usia", []),
        ("factor=TENOR", [0]),
        ("threshold=2", [2]),
        ("threshold=2.0", [2]),
        ("threshold=2.0000001", []),
        ("threshold=-2", []),
        ("threshold=+2", [2]),
        ("term=usia&threshold=1", [1]),
        ("unknown=1", [0, 1, 2, 3, 4]),
    ],
)
def test_rules_are_narrowed(engine, rules, query, found):
    assert numbers(engine.get(f"config?{query}")) == [rules[place] for place in found]


def test_pages_of_a_narrowed_list_stay_narrowed(engine, rules):
    first = engine.get("config?term=usia&limit=1")
    second = engine.get(f"config?term=usia&limit=1&cursor={facts(first)['next_cursor']}")

    assert numbers(first) + numbers(second) == rules[1:3]
    assert facts(second)["has_next"] is False


@pytest.mark.parametrize("cursor", [0, 1])
def test_a_list_costs_the_same_however_long(
    engine, mekar, rules, cursor, django_assert_max_num_queries
):
    for number in range(20):
        a_rule(mekar, f"faktor {number}")

    with django_assert_max_num_queries(9 + cursor):
        engine.get(f"config?limit=50&cursor={cursor * rules[1]}")
