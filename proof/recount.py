"""After the storm: compare what was acknowledged with what is there, here and at the gateway."""

import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing

import redis

from proof.arena import VISIBILITY_SECONDS, Arena, until
from proof.caller import Caller, sign_in
from proof.ledger import Ledger
from proof.report import Report

QUEUES = ("fast", "ai", "bulk")
QUIET_SECONDS = 240
SALES = {"cash sale": "CASH", "qris sale": "QRIS"}
PAID_THERE = "02"
# Whose rows are recounted: a proof may share its house with others.
OURS = (
    "transactions_transaction t JOIN merchants_merchant m ON m.id = t.merchant_id"
    " JOIN accounts_user u ON u.id = m.owner_id AND u.email = ANY(%s)"
)


# ── Quiet ──────────────────────────────────────────────────────────────────────────────
def wait_for_quiet(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Return when nothing is queued, at work or owed; a house that never rests fails."""
    begun = time.monotonic()
    # What a killed worker held, the next one takes up when it starts, or a minute and a half later.
    time.sleep(VISIBILITY_SECONDS)
    arena.restart("worker")
    calm = until(lambda: _is_quiet(arena, ledger), seconds=QUIET_SECONDS)
    report.expect(calm, f"never at rest: {_unrest(arena, ledger)} still waited at the end")
    report.figures["seconds until quiet"] = round(time.monotonic() - begun, 1)


def _is_quiet(arena: Arena, ledger: Ledger | None = None) -> bool:
    ledger = ledger or Ledger()
    # One look alone could fall between a task's end and the next one's coming.
    return not any(_unrest(arena, ledger) or time.sleep(0.3) for _ in range(3))


def _unrest(arena: Arena, ledger: Ledger) -> dict[str, int]:
    """What waits: news, tasks, refunds asked for, payments that the gateway has and we have not."""
    with arena.database() as database, redis.Redis.from_url(arena.redis_url) as broker:
        news = "SELECT count(*) FROM core_outboxevent WHERE published_at IS NULL"
        refunds = (
            f"SELECT count(*) FROM {OURS} JOIN transactions_refund r ON r.transaction_id = t.id"
            " WHERE r.status = 'REQUESTED'"
        )
        waits = {
            "news": database.execute(news).fetchone()[0],
            "refunds": database.execute(refunds, [ledger.emails]).fetchone()[0],
            "tasks": sum(map(broker.llen, QUEUES)) + broker.hlen("unacked"),
            "payments": len(_paid_there(arena) & _pending_here(arena, ledger)),
        }
    return {name: count for name, count in waits.items() if count}


def _pending_here(arena: Arena, ledger: Ledger) -> set[str]:
    question = f"SELECT t.code FROM {OURS} WHERE t.status NOT IN ('SUCCESS', 'REFUNDED')"
    return {code for (code,) in _ask(arena, question, ledger.emails)}


# ── Sales ──────────────────────────────────────────────────────────────────────────────
def recount_sales(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find every acknowledged sale once, with its amount and its shop, and no sale nobody asked for."""
    question = f"SELECT t.description, t.code, t.amount, t.method, u.email FROM {OURS}"
    found = defaultdict(list)
    for marker, *row in _ask(arena, question, ledger.emails):
        found[marker].append(tuple(row))
    asked, acknowledged = ledger.of(*SALES), ledger.acknowledged_of(*SALES)
    wanted = {
        key: (
            answer.json["data"]["transactionId"],
            asked[key].amount,
            SALES[asked[key].kind],
            asked[key].shop.email,
        )
        for key, answer in acknowledged.items()
    }
    _compare("sales", wanted, found, asked, report)


def recount_registrations(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find every acknowledged merchant whole: one account, one shop, one consent."""
    question = (
        "SELECT u.email, count(DISTINCT m.id), count(DISTINCT c.id) FROM accounts_user u"
        " LEFT JOIN merchants_merchant m ON m.owner_id = u.id"
        " LEFT JOIN merchants_consent c ON c.merchant_id = m.id"
        " WHERE u.email = ANY(%s) GROUP BY u.email"
    )
    found = {email: [tuple(row)] for email, *row in _ask(arena, question, ledger.emails)}
    asked = ledger.of("registration")
    wanted = dict.fromkeys(ledger.acknowledged_of("registration"), (1, 1))
    _compare("merchants", wanted, found, asked, report)


# ── Money through the gateway ──────────────────────────────────────────────────────────
def recount_payments(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find each payment counted once, with the gateway's fee, and each order with a sale."""
    if not arena.gateway_url:
        return
    question = (
        "SELECT t.code, (t.amount * 100)::bigint, (t.fee_amount * 100)::bigint, t.status,"
        " (SELECT count(*) FROM transactions_paymentevent e"
        "  WHERE e.transaction_id = t.id AND e.kind = 'PAID'),"
        " (SELECT count(*) FROM core_outboxevent o WHERE o.topic = 'transaction.paid'"
        "  AND (o.payload->>'transaction_id')::bigint = t.id)"
        f" FROM {OURS} WHERE t.method = 'QRIS'"
    )
    here = {code: row for code, *row in _ask(arena, question, ledger.emails)}
    there = {
        code: (amount, fee, status)
        for code, amount, fee, status in rows_at_gateway(
            arena, "SELECT trade_no, amount, fee, status FROM orders"
        )
    }
    wrong = Counter()
    for code, (amount, fee, status, counted, announced) in here.items():
        if code in there and amount != there[code][0]:
            wrong["orders of another amount"] += 1
        is_paid = there.get(code, (0, 0, ""))[2] == PAID_THERE
        if is_paid != (status in ("SUCCESS", "REFUNDED")):
            wrong["payments lost or invented"] += 1
        if is_paid and (counted, announced, fee) != (1, 1, there[code][1]):
            wrong["payments not counted exactly once with their fee"] += 1
    wrong["payable codes without a sale"] = len(_orphans(arena, there))
    codes = {
        ledger.acknowledged[asked.sale].json["data"]["transactionId"]
        for asked in ledger.of("payment").values()
        if asked.key in ledger.acknowledged
    }
    wrong["acknowledged payments lost"] = sum(
        here[code][2] not in ("SUCCESS", "REFUNDED") for code in codes
    )
    report.figures["payments at the gateway"] = len(codes)
    _blame(wrong, report)


def _orphans(arena: Arena, orders) -> set[str]:
    with arena.database() as database:
        rows = database.execute(
            "SELECT code FROM transactions_transaction WHERE code = ANY(%s)", [list(orders)]
        )
        return orders.keys() - {code for (code,) in rows}


def recount_refunds(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find each refund once, paid back once at the gateway, and every sale's sum of them."""
    question = (
        "SELECT r.reason, r.code::text, r.amount, u.email, r.status, t.method, r.code"
        f" FROM {OURS} JOIN transactions_refund r ON r.transaction_id = t.id"
    )
    rows = _ask(arena, question, ledger.emails)
    found = defaultdict(list)
    for marker, code, amount, email, *_ in rows:
        found[marker].append((code, amount, email))
    asked = ledger.of("refund")
    wanted = {
        key: (answer.json["data"]["refundId"], asked[key].amount, asked[key].shop.email)
        for key, answer in ledger.acknowledged_of("refund").items()
    }
    _compare("refunds", wanted, found, asked, report)
    wrong = Counter({"sales whose refunds do not add up": len(_sums_that_differ(arena, ledger))})
    if arena.gateway_url:
        there = dict(
            rows_at_gateway(arena, "SELECT refund_no, amount FROM refunds WHERE NOT rejected")
        )
        here = {
            code.hex: amount * 100
            for _, _, amount, _, status, method, code in rows
            if (status, method) == ("PROCESSED", "QRIS")
        }
        wrong["refunds that the gateway and we see differently"] = sum(
            here.get(code) != amount for code, amount in there.items() if code in here
        ) + len(here.keys() - there.keys())
        ours = {code.hex for *_, code in rows}
        wrong["refunds at the gateway alone"] = len(_strange_refunds(arena, there.keys() - ours))
    _blame(wrong, report)


def _strange_refunds(arena: Arena, numbers) -> set[str]:
    """Which refund numbers of the gateway are in no row of ours."""
    with arena.database() as database:
        rows = database.execute("SELECT code FROM transactions_refund").fetchall()
    return set(numbers) - {code.hex for (code,) in rows}


def _sums_that_differ(arena: Arena, ledger: Ledger) -> list:
    question = (
        f"SELECT t.code FROM {OURS} LEFT JOIN transactions_refund r"
        " ON r.transaction_id = t.id AND r.status = 'PROCESSED' GROUP BY t.id"
        " HAVING t.refunded_amount <> coalesce(sum(r.amount), 0)"
        " OR (t.status = 'REFUNDED') <> (t.refunded_amount = t.amount)"
    )
    return _ask(arena, question, ledger.emails)


# ── News, books, answers ───────────────────────────────────────────────────────────────
def expect_news_delivered(arena: Arena, ledger: Ledger, report: Report) -> None:
    """Find a score for each merchant that was paid, which only the news of a sale can have made."""
    paid = f"{OURS} WHERE t.status IN ('SUCCESS', 'REFUNDED')"
    unscored = _ask(
        arena,
        f"SELECT DISTINCT m.id FROM {paid}"
        " AND NOT EXISTS (SELECT FROM scoring_latestscore s WHERE s.merchant_id = m.id)",
        ledger.emails,
    )
    silent = _ask(
        arena,
        f"SELECT t.id FROM {OURS} WHERE 1 <> (SELECT count(*) FROM core_outboxevent e"
        " WHERE e.topic = 'transaction.recorded'"
        " AND (e.payload->>'transaction_id')::bigint = t.id)",
        ledger.emails,
    )
    report.expect(not unscored, f"{len(unscored)} merchants sold and have no score")
    report.expect(not silent, f"{len(silent)} sales were not announced exactly once")


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


# ── Helpers ────────────────────────────────────────────────────────────────────────────
def _compare(what: str, wanted: dict, found: dict, asked: dict, report: Report) -> None:
    """Blame what is lost, doubled, changed, or there although nobody asked for it."""
    lost = len(wanted.keys() - found.keys())
    doubled = sum(len(rows) > 1 for rows in found.values())
    changed = sum(rows != [wanted[key]] for key, rows in found.items() if key in wanted)
    _blame(
        Counter(
            {
                f"acknowledged {what} lost": lost,
                f"{what} doubled": doubled,
                f"{what} that differ from their answer": changed,
                f"{what} nobody asked for": len(found.keys() - asked.keys()),
            }
        ),
        report,
    )
    figures = report.figures
    figures[f"{what} acknowledged"] = len(wanted)
    figures["lost"] = figures.get("lost", 0) + lost
    figures["doubled"] = figures.get("doubled", 0) + doubled


def _blame(wrong: Counter, report: Report) -> None:
    for what, count in wrong.items():
        report.expect(not count, f"{count} {what}")


def _ask(arena: Arena, question: str, emails: list[str]) -> list[tuple]:
    with arena.database() as database:
        return database.execute(question, [emails]).fetchall()


def rows_at_gateway(arena: Arena, question: str) -> list[tuple]:
    """Ask the simulator's own store: tables `orders` and `refunds`, amounts in sen."""
    with closing(sqlite3.connect(arena.env["PAYLABS_SIMULATOR_STORE"], timeout=10)) as store:
        return store.execute(question).fetchall()


def _paid_there(arena: Arena) -> set[str]:
    if not arena.gateway_url:
        return set()
    question = "SELECT trade_no FROM orders WHERE status = '02'"
    return {code for (code,) in rows_at_gateway(arena, question)}
