"""
The chain over the audit log: each entry's hash is bound to the one before it.

    hash = sha256(previous hash | sequence | canonical JSON of the entry's every column)

Entries are sealed a moment after they are written, by one sealer at a time, so that no request waits for
the chain. Whoever owns the database could rewrite the whole chain or cut its tail; therefore its head
leaves the house each minute (a file in a second store, and the log), and `verify` compares.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import structlog
from django.db import connection, transaction

from core import audit
from core.models import AuditEntry, AuditSeal

log = structlog.get_logger("saksama.audit")

GENESIS = "0" * 64
BATCH = 1_000
# Serialises the sealers; any constant that nobody else locks.
_SEAL_LOCK = 7_305_002
# A transaction commits its entry at most this long after taking its id.
_LATE_COMMIT = timedelta(hours=1)
# An entry without a seal after this long means that nobody seals.
SEAL_WITHIN = timedelta(minutes=5)
# What the nightly check records of a difference, and how long that is an alarm: past the next check.
DIFFERS = "audit.chain_differs"
ALARM_LASTS = timedelta(hours=30)

# Every column by name, written by PostgreSQL in one canonical form: jsonb orders its keys.
CANONICAL = """
jsonb_build_object(
    'id', e.id, 'code', e.code, 'action', e.action,
    'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'actor_code', e.actor_code, 'actor_role', e.actor_role,
    'subject_type', e.subject_type, 'subject_code', e.subject_code,
    'reason', e.reason, 'detail', e.detail, 'request_id', e.request_id, 'address', host(e.address)
)::text
"""


@dataclass(frozen=True)
class Head:
    """The last link at some moment."""

    sequence: int
    hash: str


@dataclass
class Verdict:
    """What `verify` found. `difference` is the first proof of tampering; warnings are not proof."""

    entries: int = 0
    heads: int = 0
    # Entries that tell of a time long before the entries sealed before them.
    belated: int = 0
    difference: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.difference


def link(*, previous: str, sequence: int, entry: str) -> str:
    """
    Return the hash of one link.

    >>> link(previous=GENESIS, sequence=1, entry='{}')[:12]
    '02747cfb5282'
    """
    return sha256(f"{previous}|{sequence}|{entry}".encode()).hexdigest()


# ── Sealing ────────────────────────────────────────────────────────────────────────────


def seal(*, now: datetime, everything: bool = False) -> int:
    """
    Bind waiting entries to the chain, in the order of their ids; return how many.

    Another sealer at work: returns 0 at once. `everything` also looks for entries that were committed
    more than an hour after they took their id.
    """
    after = 0 if everything else _settled_id(now)
    total = 0
    while sealed := _seal_batch(after=after, now=now):
        total += len(sealed)
        after = sealed[-1].entry_id
    return total


@transaction.atomic
def _seal_batch(*, after: int, now: datetime) -> list[AuditSeal]:
    if not _am_the_sealer():
        return []
    last = head() or Head(sequence=0, hash=GENESIS)
    seals = []
    for entry_id, entry in _waiting(after=after):
        sequence = last.sequence + 1
        digest = link(previous=last.hash, sequence=sequence, entry=entry)
        seals.append(
            AuditSeal(
                sequence=sequence,
                entry_id=entry_id,
                previous_hash=last.hash,
                hash=digest,
                sealed_at=now,
            )
        )
        last = Head(sequence=sequence, hash=digest)
    return AuditSeal.objects.bulk_create(seals)


def _am_the_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEAL_LOCK])
        return cursor.fetchone()[0]


def head() -> Head | None:
    """Return the last link, or None before the first."""
    row = AuditSeal.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return Head(*row) if row else None


def _settled_id(now: datetime) -> int:
    # Ids are taken before they are committed: a low one may appear late. Below this one, none will.
    settled = AuditSeal.objects.filter(sealed_at__lt=now - _LATE_COMMIT).order_by("-sequence")
    return settled.values_list("entry_id", flat=True).first() or 0


def _waiting(*, after: int) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, {CANONICAL} FROM core_auditentry e"  # noqa: S608 (a constant)
            " WHERE e.id > %s AND NOT EXISTS"
            " (SELECT FROM core_auditseal s WHERE s.entry_id = e.id AND s.entry_id > %s)"
            " ORDER BY e.id LIMIT %s",
            [after, after, BATCH],
        )
        return cursor.fetchall()


# ── The head leaves the house ──────────────────────────────────────────────────────────


def export_head(*, path: Path, now: datetime) -> Head | None:
    """Append the present head to `path`, a JSON line that has reached the disk, and log it."""
    last = head()
    if last is None:
        return None
    line = {"sequence": last.sequence, "hash": last.hash, "at": now.isoformat()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(_newline_if_torn(file) + json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    log.info("audit_head", **line)
    return last


def _newline_if_torn(file) -> bytes:
    # A crash may have left half a line.
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def read_heads(lines: Iterable[str]) -> tuple[list[Head], list[str]]:
    """Read exported heads; return them and a warning for each line that is none."""
    heads, warnings = [], []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            heads.append(Head(sequence=int(row["sequence"]), hash=str(row["hash"])))
        except (ValueError, KeyError, TypeError):
            warnings.append(f"line {number} of the exported heads is unreadable")
    return heads, warnings


# ── Verifying ──────────────────────────────────────────────────────────────────────────


def verify(*, now: datetime, heads: Iterable[Head] = ()) -> Verdict:
    """
    Recompute the whole chain and compare it with the exported `heads`.

    Streams: memory does not grow with the log. Stops at the first difference.
    """
    verdict = Verdict()
    exported: dict[int, Head] = {}
    for known in heads:
        twin = exported.setdefault(known.sequence, known)
        if twin != known:
            verdict.difference = f"two different heads were exported for seal {known.sequence}"
            return verdict
    verdict.heads = len(exported)
    verdict.difference = _first_difference(verdict, exported)
    if verdict.holds and (unsealed := _unsealed(before=now - SEAL_WITHIN)):
        verdict.warnings.append(f"{unsealed} entries wait for their seal for too long")
    if verdict.belated:
        verdict.warnings.append(
            f"{verdict.belated} entries tell of a time long before their neighbours: added afterwards?"
        )
    return verdict


def watch(*, path: Path, now: datetime) -> Verdict:
    """Verify against the heads exported to `path`; a difference is logged, recorded and `alarmed`."""
    heads, warnings = [], ["no exported heads: a cut tail would not be noticed"]
    if path.exists():
        with path.open() as lines:
            heads, warnings = read_heads(lines)
    verdict = verify(now=now, heads=heads)
    for warning in (*warnings, *verdict.warnings):
        log.warning("audit_chain_warning", warning=warning)
    if not verdict.holds:
        log.error("audit_chain_differs", difference=verdict.difference)
        audit.record(DIFFERS, now=now, difference=verdict.difference)
    return verdict


def alarmed(*, now: datetime) -> bool:
    """Whether the last nightly checks found a difference; any process can tell, by the audit log."""
    return AuditEntry.objects.filter(action=DIFFERS, at__gt=now - ALARM_LASTS).exists()


def _first_difference(verdict: Verdict, exported: Mapping[int, Head]) -> str:
    sequence, previous, newest = 0, GENESIS, float("-inf")
    for *row, epoch in _links():
        sequence += 1
        if fault := _fault(row, sequence=sequence, previous=previous):
            return fault
        previous = row[3]
        if sequence in exported and exported[sequence].hash != previous:
            return f"seal {sequence} is not the one that was exported: the chain was rewritten"
        verdict.entries = sequence
        if epoch < newest - _LATE_COMMIT.total_seconds():
            verdict.belated += 1
        newest = max(newest, epoch)
    if (last := max(exported, default=0)) > sequence:
        return f"seals {sequence + 1} to {last} are gone: the tail was cut"
    return ""


def _fault(row: list, *, sequence: int, previous: str) -> str:
    stored_sequence, entry_id, previous_hash, digest, entry = row
    if stored_sequence != sequence:
        return f"seal {sequence} is missing"
    if previous_hash != previous:
        return f"seal {sequence} does not follow the one before it"
    if entry is None:
        return f"entry {entry_id} (seal {sequence}) was deleted"
    if link(previous=previous, sequence=sequence, entry=entry) != digest:
        return f"entry {entry_id} or its seal {sequence} was changed"
    return ""


def _links() -> Iterator[tuple]:
    with _streaming() as cursor:
        cursor.execute(
            f"SELECT s.sequence, s.entry_id, s.previous_hash, s.hash,"  # noqa: S608 (a constant)
            f" CASE WHEN e.id IS NOT NULL THEN {CANONICAL} END, extract(epoch FROM e.at)::float8"
            " FROM core_auditseal s LEFT JOIN core_auditentry e ON e.id = s.entry_id"
            " ORDER BY s.sequence"
        )
        yield from cursor


@contextmanager
def _streaming():
    """A cursor on the server's side: rows arrive as they are read."""
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="audit_chain") as cursor:
            cursor.itersize = 5_000
            yield cursor


def _unsealed(*, before: datetime) -> int:
    return AuditEntry.objects.filter(seal=None, at__lt=before).count()
