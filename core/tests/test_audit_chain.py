import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from structlog.testing import capture_logs

from config.celery import app
from conftest import NOON
from core.audit import record
from core.audit_chain import (
    CANONICAL,
    DIFFERS,
    GENESIS,
    Head,
    alarmed,
    export_head,
    head,
    link,
    read_heads,
    seal,
    verify,
    watch,
)
from core.models import AuditEntry, AuditSeal
from core.tasks import verify_audit_task
from core.tests.hands import owners_cursor, side_by_side

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sealed(transactional_db):
    """Ten sealed entries; returns the exported head."""
    for number in range(10):
        record("rule.published", now=NOON + timedelta(seconds=number), number=number)
    seal(now=NOON + timedelta(seconds=20))
    return head()


def test_seals_every_entry_in_the_order_of_ids(sealed):
    seals = list(AuditSeal.objects.order_by("sequence"))

    assert [one.sequence for one in seals] == list(range(1, 11))
    assert [one.entry_id for one in seals] == list(
        AuditEntry.objects.order_by("id").values_list("id", flat=True)
    )
    assert seals[0].previous_hash == GENESIS
    assert verify(now=NOON, heads=[sealed]).holds


def test_the_hash_covers_every_column():
    for column in AuditEntry._meta.local_fields:
        assert f"'{column.column}', " in CANONICAL


def test_a_hash_can_be_recomputed_by_hand(sealed):
    entry = AuditEntry.objects.order_by("id").first()
    columns = {
        "id": entry.id, "at": "2026-03-02T05:00:00.000000Z", "code": str(entry.code),
        "action": "rule.published", "detail": {"number": 0}, "reason": "", "address": None,
        "actor_code": "", "actor_role": "", "request_id": entry.request_id, "subject_code": "", "subject_type": "",
    }  # fmt: skip
    # PostgreSQL orders the keys of jsonb by length, then by bytes.
    ordered = dict(sorted(columns.items(), key=lambda pair: (len(pair[0]), pair[0])))

    digest = link(previous=GENESIS, sequence=1, entry=json.dumps(ordered))

    assert digest == AuditSeal.objects.get(sequence=1).hash


def test_sealing_again_changes_nothing(sealed):
    assert seal(now=NOON) == 0
    assert head() == sealed


@committed
def test_seals_an_entry_that_was_committed_late():
    taken, may_commit = Event(), Event()

    def slow(_):
        with transaction.atomic():
            record("rule.published", now=NOON)
            taken.set()
            may_commit.wait(10)

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(side_by_side, 1, slow)
        taken.wait(10)
        record("rule.retired", now=NOON)
        assert seal(now=NOON) == 1
        may_commit.set()
        late.result()

    assert seal(now=NOON) == 1
    assert [entry.action for entry in AuditEntry.objects.order_by("seal__sequence")] == [
        "rule.retired",
        "rule.published",
    ]
    assert verify(now=NOON).holds


@committed
def test_looks_among_old_ids_only_when_asked():
    old = AuditEntry.objects.create(at=NOON, action="rule.published")
    with owners_cursor() as cursor:
        cursor.execute("DELETE FROM core_auditentry")
    record("rule.retired", now=NOON)
    seal(now=NOON)
    old.save(force_insert=True)
    tomorrow = NOON + timedelta(days=1)

    assert seal(now=tomorrow) == 0
    assert seal(now=tomorrow, everything=True) == 1


@committed
def test_many_sealers_make_one_chain():
    for number in range(300):
        record("rule.published", now=NOON, number=number)

    sealed_by_each = side_by_side(4, lambda _: seal(now=NOON))

    assert sum(sealed_by_each) == 300
    assert verify(now=NOON).entries == 300


# ── Tampering: each really done, in the owner's role ───────────────────────────────────

TAMPERING = {
    "a changed reason": "UPDATE core_auditentry SET reason = 'x' WHERE id = {middle}",
    "a changed detail": "UPDATE core_auditentry SET detail = '{{}}' WHERE id = {middle}",
    "a changed instant": "UPDATE core_auditentry SET at = at + interval '1 us' WHERE id = {middle}",
    "an added address": "UPDATE core_auditentry SET address = '10.0.0.1' WHERE id = {middle}",
    "another actor": "UPDATE core_auditentry SET actor_code = 'x' WHERE id = {middle}",
    "a deleted entry": "DELETE FROM core_auditentry WHERE id = {middle}",
    "a deleted entry and its seal": (
        "DELETE FROM core_auditentry WHERE id = {middle};"
        "DELETE FROM core_auditseal WHERE entry_id = {middle}"
    ),
    "two swapped entries": (
        "UPDATE core_auditentry e SET detail = o.detail FROM core_auditentry o"
        " WHERE (e.id, o.id) IN (({middle}, {next}), ({next}, {middle}))"
    ),
    "two swapped seals": (
        "UPDATE core_auditseal SET entry_id = -1 WHERE entry_id = {middle};"
        "UPDATE core_auditseal SET entry_id = {middle} WHERE entry_id = {next};"
        "UPDATE core_auditseal SET entry_id = {next} WHERE entry_id = -1"
    ),
    "a changed hash": "UPDATE core_auditseal SET hash = repeat('a', 64) WHERE entry_id = {middle}",
    "a changed link": (
        "UPDATE core_auditseal SET previous_hash = repeat('a', 64) WHERE entry_id = {middle}"
    ),
    "a forged seal at the end": (
        "INSERT INTO core_auditentry (code, at, action, actor_code, actor_role, subject_type,"
        " subject_code, reason, detail, request_id) VALUES"
        " (gen_random_uuid(), now(), 'forged', '', '', '', '', '', '{{}}', '');"
        "INSERT INTO core_auditseal (sequence, entry_id, previous_hash, hash, sealed_at)"
        " SELECT 11, max(id), repeat('b', 64), repeat('c', 64), now() FROM core_auditentry"
    ),
    "a cut tail": (
        "DELETE FROM core_auditseal WHERE sequence > 7;"
        "DELETE FROM core_auditentry WHERE id > {middle} + 2"
    ),
    "an emptied log": "TRUNCATE core_auditseal; TRUNCATE core_auditentry",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_is_found(sealed, statement):
    middle = AuditEntry.objects.order_by("id")[4].pk

    with owners_cursor() as cursor:
        cursor.execute(statement.format(middle=middle, next=middle + 1))

    assert not verify(now=NOON, heads=[sealed]).holds


def test_a_chain_rewritten_from_the_middle_is_found_by_its_exported_head(sealed):
    with owners_cursor() as cursor:
        cursor.execute("UPDATE core_auditentry SET reason = 'x' WHERE detail->>'number' = '4'")
        cursor.execute("DELETE FROM core_auditseal WHERE sequence > 4")
    seal(now=NOON)

    assert verify(now=NOON).holds
    assert "rewritten" in verify(now=NOON, heads=[sealed]).difference


def test_a_tail_cut_and_grown_again_is_found_by_its_exported_head(sealed):
    with owners_cursor() as cursor:
        cursor.execute("DELETE FROM core_auditseal WHERE sequence > 8")
        cursor.execute("DELETE FROM core_auditentry WHERE (detail->>'number')::int > 7")
    for number in range(5):
        record("rule.published", now=NOON, number=100 + number)
    seal(now=NOON)

    assert "rewritten" in verify(now=NOON, heads=[sealed]).difference


def test_an_entry_added_afterwards_is_pointed_out(sealed):
    record("rule.published", now=NOON - timedelta(hours=3))
    seal(now=NOON)

    verdict = verify(now=NOON)

    assert verdict.holds
    assert "added afterwards" in verdict.warnings[0]


def test_entries_without_a_seal_are_pointed_out(sealed):
    record("rule.published", now=NOON)

    assert verify(now=NOON + timedelta(minutes=4)).warnings == []
    assert "wait for their seal" in verify(now=NOON + timedelta(minutes=6)).warnings[0]


def test_an_empty_log_holds(db):
    assert verify(now=NOON).holds


# ── The application's role ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("table", ["core_auditentry", "core_auditseal"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET id = id",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_the_application_may_not_touch_the_chain(db, table, statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


# ── The exported head ──────────────────────────────────────────────────────────────────


def test_each_export_appends_a_line(sealed, tmp_path):
    path = tmp_path / "audit" / "heads.jsonl"

    export_head(path=path, now=NOON)
    export_head(path=path, now=NOON + timedelta(minutes=1))

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["at"] for line in lines] == [
        "2026-03-02T05:00:00+00:00",
        "2026-03-02T05:01:00+00:00",
    ]
    assert {line["hash"] for line in lines} == {sealed.hash}


def test_half_a_line_left_by_a_crash_harms_no_other(sealed, tmp_path):
    path = tmp_path / "heads.jsonl"
    path.write_text('{"sequence": 1')

    export_head(path=path, now=NOON)

    heads, warnings = read_heads(path.read_text().splitlines())
    assert heads == [sealed]
    assert warnings == ["line 1 of the exported heads is unreadable"]


def test_an_empty_chain_exports_nothing(db, tmp_path):
    assert export_head(path=tmp_path / "heads.jsonl", now=NOON) is None
    assert not (tmp_path / "heads.jsonl").exists()


def test_two_heads_for_one_seal_are_a_difference(sealed):
    heads = [Head(sequence=3, hash="a" * 64), Head(sequence=3, hash="b" * 64)]

    assert "two different heads" in verify(now=NOON, heads=heads).difference


def test_the_command_says_that_the_log_holds(sealed, tmp_path, capsys):
    path = tmp_path / "heads.jsonl"
    export_head(path=path, now=NOON)

    call_command("verify_audit", heads=path)

    assert "holds: 10 entries, 1 exported heads" in capsys.readouterr().out


def test_the_command_fails_with_the_first_difference(sealed, tmp_path):
    path = tmp_path / "heads.jsonl"
    export_head(path=path, now=NOON)
    with owners_cursor() as cursor:
        cursor.execute("DELETE FROM core_auditseal WHERE sequence > 6")

    with pytest.raises(CommandError, match="seals 7 to 10 are gone") as failure:
        call_command("verify_audit", heads=path)

    assert failure.value.returncode == 1


def test_the_command_wants_the_heads_it_was_told_of(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_audit", heads=tmp_path / "absent.jsonl")


def test_the_nightly_check_says_nothing_about_a_whole_chain(sealed, tmp_path):
    path = tmp_path / "heads.jsonl"
    export_head(path=path, now=NOON)

    assert watch(path=path, now=NOON).holds
    assert not alarmed(now=NOON)


def test_the_nightly_check_cries_out_at_a_changed_entry(sealed, settings, tmp_path, client):
    settings.AUDIT_HEAD_FILE = tmp_path / "none.jsonl"
    with owners_cursor() as cursor:
        cursor.execute("UPDATE core_auditentry SET reason = 'x' WHERE detail->>'number' = '4'")

    with capture_logs() as lines:
        verify_audit_task()

    errors = [line["event"] for line in lines if line["log_level"] == "error"]
    assert errors == ["audit_chain_differs"]
    assert "was changed" in AuditEntry.objects.get(action=DIFFERS).detail["difference"]
    assert "audit_chain_differs 1.0" in client.get("/metrics").content.decode()


def test_the_alarm_ends_when_the_next_check_finds_nothing(sealed):
    record(DIFFERS, now=NOON, difference="entry 1 was changed")

    assert alarmed(now=NOON + timedelta(hours=29))
    assert not alarmed(now=NOON + timedelta(hours=31))


def test_the_nightly_check_is_on_the_clock():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert verify_audit_task.name in scheduled
