"""After the storm: compare what was acknowledged with what is there."""

import json
import time

import redis

from proof.arena import VISIBILITY_SECONDS, Arena, until
from proof.caller import Caller, sign_in
from proof.ledger import Ledger
from proof.report import Report

QUEUES = ("fast", "ai", "bulk")
QUIET_SECONDS = 180


def wait_for_quiet(arena: Arena, report: Report) -> None:
    """Return when no news waits and no task is queued or at work; a house that never rests fails."""
    begun = time.monotonic()
    # What a killed worker held, the next one takes up when it starts, or a minute and a half later.
    time.sleep(VISIBILITY_SECONDS)
    arena.restart("worker")
    calm = until(lambda: _is_quiet(arena), seconds=QUIET_SECONDS)
    report.expect(calm, "news or tasks were still waiting long after the last kill")
    report.figures["seconds until quiet"] = round(time.monotonic() - begun, 1)


def _is_quiet(arena: Arena) -> bool:
    # One look alone could fall between a task's end and the next one's coming.
    return all(_rests(arena) and not time.sleep(0.3) for _ in range(3))


def _rests(arena: Arena) -> bool:
    with arena.database() as database, redis.Redis.from_url(arena.redis_url) as broker:
        question = "SELECT count(*) FROM core_outboxevent WHERE published_at IS NULL"
        waiting = database.execute(question).fetchone()[0]
        return not waiting and not broker.hlen("unacked") and not any(map(broker.llen, QUEUES))


def recount_sales(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find every acknowledged sale once, with its amount and its shop, and no sale nobody asked for."""
    with arena.database() as database:
        rows = database.execute(
            "SELECT t.description, t.code, t.amount, t.status, u.email"
            " FROM transactions_transaction t JOIN merchants_merchant m ON m.id = t.merchant_id"
            " JOIN accounts_user u ON u.id = m.owner_id WHERE u.email = ANY(%s)",
            [ledger.emails],
        ).fetchall()
    asked, found = ledger.of("sale"), {}
    for marker, *row in rows:
        found.setdefault(marker, []).append(row)
    lost, changed = 0, 0
    for key, answer in ledger.acknowledged_of("sale").items():
        lost += key not in found
        for code, amount, status, email in found.get(key, []):
            told = json.loads(answer.body)["data"]["transactionId"]
            wanted = (told, asked[key].amount, "SUCCESS", asked[key].shop.email)
            changed += (code, amount, status, email) != wanted
    doubled = sum(len(each) > 1 for each in found.values())
    strangers = len(found.keys() - asked.keys())
    report.figures |= {
        "sales acknowledged": len(ledger.acknowledged_of("sale")),
        "lost": lost,
        "doubled": doubled,
    }
    report.expect(not lost, f"{lost} acknowledged sales are gone")
    report.expect(not doubled, f"{doubled} sales are there more than once")
    report.expect(not changed, f"{changed} sales differ from what was acknowledged")
    report.expect(not strangers, f"{strangers} sales that nobody asked for")


def recount_registrations(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find every acknowledged merchant, each with its shop and its consent."""
    with arena.database() as database:
        rows = database.execute(
            "SELECT u.email, count(DISTINCT m.id), count(DISTINCT c.id) FROM accounts_user u"
            " LEFT JOIN merchants_merchant m ON m.owner_id = u.id"
            " LEFT JOIN merchants_consent c ON c.merchant_id = m.id"
            " WHERE u.email = ANY(%s) GROUP BY u.email",
            [ledger.emails],
        ).fetchall()
    found = {email: counts for email, *counts in rows}
    acknowledged = ledger.acknowledged_of("registration")
    lost = sum(found.get(email) != [1, 1] for email in acknowledged)
    half = sum(counts != [1, 1] for counts in found.values())
    report.figures["merchants registered"] = len(acknowledged)
    report.expect(not lost, f"{lost} acknowledged merchants are gone or incomplete")
    report.expect(not half, f"{half} merchants are half there")


def expect_news_delivered(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find a score for each merchant that sold, which only the news of a sale can have made."""
    sales = (
        "transactions_transaction t JOIN merchants_merchant m ON m.id = t.merchant_id"
        " JOIN accounts_user u ON u.id = m.owner_id WHERE u.email = ANY(%s) AND NOT EXISTS"
    )
    with arena.database() as database:
        unscored = database.execute(
            f"SELECT count(DISTINCT m.id) FROM {sales}"
            " (SELECT FROM scoring_latestscore s WHERE s.merchant_id = m.id)",
            [ledger.emails],
        ).fetchone()[0]
        silent = database.execute(
            f"SELECT count(*) FROM {sales}"
            " (SELECT FROM core_outboxevent e WHERE e.topic = 'transaction.recorded'"
            " AND (e.payload->>'transaction_id')::bigint = t.id)",
            [ledger.emails],
        ).fetchone()[0]
    report.expect(not unscored, f"{unscored} merchants sold and have no score")
    report.expect(not silent, f"{silent} sales were never announced")


def expect_books_in_order(arena: Arena, report: Report) -> None:
    """Ask the product's own auditors: daily totals, the audit chain, every score recomputed."""
    for command in ("rebuild_daily_totals", "verify_audit", "replay_scores"):
        result = arena.manage(command, check=False)
        words = (result.stdout + result.stderr).strip()[-500:]
        report.expect(result.returncode == 0, f"{command}: {words}")


def expect_answers_kept(arena: Arena, ledger: Ledger, report: Report, *, keys: list[str]) -> None:
    """Repeat acknowledged calls: each gets the very bytes of its first answer."""
    different = 0
    for key in keys:
        asked, caller = ledger.asked[key], Caller(arena.address)
        if asked.kind != "registration":
            caller.token = sign_in(caller, asked.shop)
        answer = caller.call("POST", asked.path, asked.body, key=asked.key)
        different += answer.body != ledger.acknowledged[key].body
        caller.close()
    report.figures["answers recalled byte for byte"] = len(keys) - different
    report.expect(not different, f"{different} stored answers differ from the first ones")
