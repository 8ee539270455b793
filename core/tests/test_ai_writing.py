"""A text from the question to the page: asked once, written by a worker, kept or put off."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import monotonic

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import redis_client
from core.ai import OFF, breaker, opine, words, writing
from core.errors import NotFound
from core.models import AiOpinion, AiText

State = AiText.State
FACTS = {"analysis_of": "Omzet", "metric": "Omzet harian", "recent_days": 10,
         "current_rupiah": 1_200_000, "past_rupiah": 2_100_000}  # fmt: skip
SCHEMA = {
    "type": "object",
    "properties": {"analysis": {"type": "string", "minLength": 20, "maxLength": 800}},
    "required": ["analysis"],
}


def asked(**changes):
    question = {"kind": "anomaly", "subject": "s1", "language": "id", "facts": FACTS}
    return words(**question | changes, schema=SCHEMA, instructions="Say it.")


@pytest.fixture
def sent(monkeypatch):
    """The tasks that were sent to the broker, however busy this machine's Redis is."""
    tasks = []
    monkeypatch.setattr("core.ai.texts.ask", lambda question: question())
    monkeypatch.setattr(
        "core.ai.texts.current_app.send_task", lambda name, **how: tasks.append((name, how))
    )
    return tasks


def make_due() -> None:
    AiText.objects.update(due_at=timezone.now() - timedelta(seconds=1))


# ── Asking ─────────────────────────────────────────────────────────────────────────────
def test_without_a_key_nothing_is_asked_and_nothing_is_read(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert asked().state == OFF

    assert not AiText.objects.exists()


def test_a_first_reader_asks_and_nudges_after_the_commit(
    db, qwen, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        found = asked()
        assert sent == []

    text = AiText.objects.get()
    assert (found.text, found.state, found.code) == (None, State.WAITING, text.code)
    assert [(name, how["kwargs"]) for name, how in sent] == [
        ("core.write_ai_text", {"text_id": text.pk})
    ]
    assert qwen.prompts == []


def test_later_readers_ask_no_more_and_read_with_one_statement(
    db, qwen, sent, django_assert_num_queries, django_capture_on_commit_callbacks
):
    asked()
    with django_assert_num_queries(1), django_capture_on_commit_callbacks(execute=True):
        again = asked()

    assert (again.state, AiText.objects.count(), sent) == (State.WAITING, 1, [])


def test_a_written_text_is_read_with_one_statement(db, qwen, sent, django_assert_num_queries):
    asked()
    qwen.write()

    with django_assert_num_queries(1):
        found = asked()

    assert found.text["analysis"].startswith("Omzet harian selama 10 hari terakhir")
    assert (found.state, found.model) == (State.READY, "qwen-plus")
    assert found.written_at is not None


@pytest.mark.parametrize(
    "change", [{"language": "en"}, {"subject": "s2"}, {"facts": FACTS | {"recent_days": 11}}]
)
def test_other_facts_subjects_and_languages_are_other_texts(db, qwen, sent, change):
    asked()
    asked(**change)

    assert AiText.objects.count() == 2


def test_of_facts_that_keep_changing_the_newest_is_asked_about_and_not_at_once(db, qwen, sent):
    for days in range(10, 15):
        asked(facts=FACTS | {"recent_days": days})

    states = list(AiText.objects.order_by("pk").values_list("state", "reason"))
    assert states == [(State.FAILED, "superseded")] * 4 + [(State.WAITING, "")]
    assert AiText.objects.get(state=State.WAITING).due_at > timezone.now() + timedelta(seconds=50)
    assert qwen.write() and qwen.prompts == []


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_ask_once(qwen, sent):
    together = Barrier(6)

    def read(_):
        try:
            together.wait()
            return asked().code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as readers:
        codes = set(readers.map(read, range(6)))

    assert codes == {AiText.objects.get().code}
    assert len(sent) == 1


def test_a_reader_inside_a_transaction_keeps_it_usable(db, qwen, sent):
    with transaction.atomic():
        assert asked().state == State.WAITING
        assert AiText.objects.count() == 1


def test_with_redis_away_texts_are_asked_for_and_written_all_the_same(
    db, qwen, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setitem(redis_client._pause, "until", monotonic() + 60)

    with django_capture_on_commit_callbacks(execute=True):
        assert asked().state == State.WAITING
    assert qwen.write()[0].state == State.READY


# ── Writing ────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_once(qwen, sent):
    asked()
    text = AiText.objects.get()
    together = Barrier(4)

    def work(_):
        try:
            together.wait()
            return writing.write_text(text_id=text.pk, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sorted(workers.map(work, range(4))) == [False, False, False, True]
    assert len(qwen.prompts) == 1


def test_question_and_answer_lie_encrypted(db, qwen, sent):
    asked()
    qwen.write()

    with connection.cursor() as cursor:
        cursor.execute("SELECT prompt, answer FROM core_aitext")
        prompt, answer = cursor.fetchone()
    assert prompt.startswith("v1.") and answer.startswith("v1.")
    assert AiText.objects.get().prompt.startswith("{")


def test_a_lost_nudge_is_found_by_the_sweep(db, qwen):
    asked()

    assert writing.write_waiting_texts() == 1
    assert AiText.objects.get().state == State.READY
    assert writing.write_waiting_texts() == 0


def test_the_text_of_a_worker_that_died_is_written_by_another(db, qwen, sent):
    asked()
    writing._claim(AiText.objects.get().pk, now=timezone.now())
    assert writing.write_waiting_texts() == 0

    make_due()

    assert writing.write_waiting_texts() == 1
    assert AiText.objects.get().state == State.READY


def test_a_text_that_kills_its_workers_is_given_up(db, qwen, sent):
    asked()
    for _ in range(4):
        make_due()
        claimed = writing._claim(AiText.objects.get().pk, now=timezone.now())
    assert claimed.attempts == 4
    make_due()

    assert qwen.write()[0].state == State.FAILED
    assert qwen.prompts == []


AWAY = {
    "hang": "timeout",
    "slow": "timeout",
    "drip": "timeout",
    "hang_up": "no connection: ConnectError",
    "huge": "no connection: ConnectError",
    "429": "HTTP 429",
    "500": "HTTP 500",
    "garbage": "odd answer: AttributeError",
    "empty": "odd answer: IndexError",
}


@pytest.mark.parametrize(("mode", "reason"), AWAY.items())
def test_without_an_answer_in_time_a_text_waits_for_another_try(
    db, qwen, sent, settings, mode, reason
):
    if reason == "timeout":
        settings.QWEN_TIMEOUT_SECONDS = 0.4
    qwen.behave(mode, seconds=20 if mode == "slow" else None)
    asked()
    started = monotonic()

    text = qwen.write()[0]

    assert monotonic() - started < 4
    assert (text.state, text.reason, text.attempts) == (State.WAITING, reason, 1)
    assert text.due_at > timezone.now() + timedelta(seconds=25)
    assert len(qwen.prompts) == 1


def test_nobody_there_is_a_text_that_waits(db, qwen, sent, settings):
    settings.QWEN_BASE_URL = "http://127.0.0.1:9/v1"
    asked()

    assert qwen.write()[0].state == State.WAITING


def test_a_busy_ai_is_asked_again_when_it_says_so(db, qwen, sent):
    qwen.behave("429")
    asked()

    assert qwen.write()[0].due_at > timezone.now() + timedelta(seconds=40)


def test_after_three_tries_a_text_fails_and_is_asked_for_again_after_a_pause(db, qwen, sent):
    qwen.behave("500")
    asked()
    for _ in range(3):
        make_due()
        text = qwen.write()[0]
    assert (text.state, text.attempts, len(qwen.prompts)) == (State.FAILED, 3, 3)
    assert asked().state == State.FAILED

    make_due()
    qwen.reset()

    assert asked().state == State.WAITING
    assert qwen.write()[0].state == State.READY


@pytest.mark.parametrize("mode", ["400", "401"])
def test_a_refusal_is_not_tried_again(db, qwen, sent, mode):
    qwen.behave(mode)
    asked()

    text = qwen.write()[0]

    assert (text.state, text.reason) == (State.FAILED, f"HTTP {mode}")


UNFIT = {
    "invented": "number 87,3%",
    "promises": "says pasti",
    "leads": "leads to 0812-3456-7890",
    "not_json": "not JSON",
    "nested": "not JSON",
    "wrong_shape": "without analysis",
    "not_texts": "shape of analysis",
    "endless": "length of analysis",
    "other_language": "other language",
    "chinese": "character U+8FD9",
}


@pytest.mark.parametrize(("mode", "reason"), UNFIT.items())
def test_an_answer_that_does_not_pass_is_kept_and_never_shown(db, qwen, sent, mode, reason):
    qwen.behave(mode)
    asked()

    text = qwen.write()[0]

    assert (text.state, text.reason) == (State.REJECTED, reason)
    assert text.answer
    assert asked().text is None
    make_due()
    assert qwen.write() and len(qwen.prompts) == 1


def test_a_fenced_answer_is_read(db, qwen, sent):
    qwen.behave("fenced")
    asked()

    assert qwen.write()[0].state == State.READY


# ── The breaker ────────────────────────────────────────────────────────────────────────
@pytest.fixture(params=["shared", "own"])
def breaking(request, monkeypatch):
    """The breaker with Redis, and without it."""
    if request.param == "own":
        monkeypatch.setattr(breaker, "_shared", lambda _question, *, instead: instead())
    breaker.succeeded()
    yield
    breaker.succeeded()


def many_asked(count: int) -> None:
    for number in range(count):
        asked(subject=f"s{number}")


def test_after_five_failures_in_a_row_nobody_calls(db, qwen, sent, breaking):
    qwen.behave("500")
    many_asked(9)

    texts = qwen.write()

    assert len(qwen.prompts) == breaker.FAILURES
    assert [text.attempts for text in texts] == [1] * 5 + [0] * 4


def test_one_bad_question_does_not_close_the_door_for_others(db, qwen, sent, breaking):
    qwen.behave("400")
    many_asked(7)

    assert {text.reason for text in qwen.write()} == {"HTTP 400"}
    assert len(qwen.prompts) == 7


def test_a_wrong_key_does(db, qwen, sent, breaking, settings):
    settings.QWEN_API_KEY = "wrong"
    many_asked(7)

    states = [text.state for text in qwen.write()]
    assert states == [State.FAILED] * 5 + [State.WAITING] * 2


def end_the_pause() -> None:
    redis_client.quick_redis().delete(breaker.OPEN)
    breaker._own.open_until = 0.0


def test_after_the_pause_one_call_tries_and_the_next_failure_begins_another(
    db, qwen, sent, breaking
):
    qwen.behave("500")
    many_asked(9)
    qwen.write()
    end_the_pause()

    qwen.write()

    assert len(qwen.prompts) == breaker.FAILURES + 1
    assert not breaker.lets_pass()


def test_a_call_that_succeeds_after_the_pause_lets_everybody_pass(db, qwen, sent, breaking):
    qwen.behave("500", times=5)
    many_asked(9)
    qwen.write()
    end_the_pause()

    texts = qwen.write()

    assert [text.state for text in texts[5:]] == [State.READY] * 4
    assert breaker.lets_pass()


def test_after_a_pause_only_one_worker_tries(qwen):
    for _ in range(breaker.FAILURES):
        breaker.failed()
    end_the_pause()

    assert [breaker.lets_pass() for _ in range(3)] == [True, False, False]


# ── Keeping and judging ────────────────────────────────────────────────────────────────
def test_texts_older_than_180_days_are_forgotten_with_their_opinions(db, qwen, sent):
    now = timezone.now()
    asked()
    asked(subject="s2")
    old, young = AiText.objects.order_by("pk")
    opine(code=old.code, person_code="p1", is_useful=True, now=now)
    AiText.objects.filter(pk=old.pk).update(asked_at=now - timedelta(days=181))

    assert writing.forget_old_texts(now=now) == 1
    assert list(AiText.objects.all()) == [young]
    assert not AiOpinion.objects.exists()


def test_a_person_has_one_opinion_and_may_change_it(db, qwen, sent):
    now, code = timezone.now(), asked().code
    opine(code=code, person_code="p1", is_useful=True, now=now)
    opine(code=code, person_code="p1", is_useful=False, now=now)

    assert [opinion.is_useful for opinion in AiOpinion.objects.all()] == [False]


def test_nobody_judges_a_text_that_is_not_there(db):
    with pytest.raises(NotFound):
        opine(
            code="5e0f7a2c-0000-4000-8000-000000000000",
            person_code="p",
            is_useful=True,
            now=timezone.now(),
        )
