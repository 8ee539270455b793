"""The officer's and the merchant's pages beside 10,000 shops and a shop of a million sales."""

import time

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from alerts.services import scan
from banking.services.loans import make_application
from bench import data
from bench.report import Table, median_ms, percentile
from bench.servers import Server, web_server
from merchants.models import Merchant
from scoring.models import CreditScore
from scoring.services.runs import continue_run, start_run

LOADS = 20
WEEKS = 26

# Scores of past weeks, so that trends have something to draw: today's, a little worse or better.
_PAST_SCORES = """
INSERT INTO scoring_creditscore ({columns})
SELECT {values}
FROM scoring_creditscore s JOIN scoring_latestscore l ON l.score_id = s.id,
    generate_series(1, %(weeks)s) AS week
WHERE NOT EXISTS (
    SELECT 1 FROM scoring_creditscore o
    WHERE o.merchant_id = s.merchant_id AND o.as_of_day < s.as_of_day - 3)
"""
_PAST = {
    "code": "gen_random_uuid()",
    "run_id": "NULL",
    "as_of": "s.as_of - week * interval '7 days'",
    "as_of_day": "s.as_of_day - (week * 7)::int",
    "calculated_at": "s.calculated_at - week * interval '7 days'",
    "points": "least(100, greatest(0, s.points + (s.merchant_id + week * 7) %% 13 - 6))",
}


def officers_pages(merchants: int = 10_000, sales: int = 1_000_000, loads: int = LOADS) -> Table:
    """Time each page as it is loaded and as it is reloaded. Goal: p95 at most 300 ms, 120 kB compressed."""
    officer, shop = _town(merchants, sales)
    table = Table("pages", ["page", "p50_ms", "p95_ms", "kb_sent", "kb_compressed"])
    with web_server() as server:
        for name, person, path in _visits(officer, shop):
            table.add(page=name, **_timed(server, _cookie(person), path, loads))
    table.notes.append("one visitor; kB is the page itself, without its style sheets and scripts")
    return table


def _town(merchants: int, sales: int) -> tuple[User, Merchant]:
    """A bank's portfolio: shops with scores, their past, warnings, and some loans to decide."""
    now = timezone.now()
    data.many_merchants(merchants, now=now)
    shop, officer = data.merchant_with_sales(sales), data.a_bank_officer()
    run = start_run(as_of=now, now=now)
    while not run.finished_at:
        run = continue_run(run=run, now=timezone.now())
    _add_past_scores()
    scan(now=now)
    _add_applications(officer, now)
    data.vacuum()
    return officer, shop


def _add_past_scores() -> None:
    columns = [field.column for field in CreditScore._meta.concrete_fields if field.column != "id"]
    values = ", ".join(_PAST.get(name, f"s.{name}") for name in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            _PAST_SCORES.format(columns=", ".join(columns), values=values), {"weeks": WEEKS}
        )


def _add_applications(officer: User, now) -> None:
    if officer.organisation.loan_applications.exists():
        return
    for shop in Merchant.objects.visible_to(officer).order_by("pk")[:200]:
        make_application(
            by=officer,
            merchant_code=shop.code,
            amount=5_000_000 + shop.pk * 1_000,
            tenor_months=12,
            submit=bool(shop.pk % 2),
            now=now,
        )


def _visits(officer: User, shop: Merchant) -> list[tuple[str, User, str]]:
    bank = [
        ("home", "/portal/"),
        ("merchants", "/portal/merchant/"),
        ("merchants, filtered", "/portal/merchant/?band=HIGH&kota=Bandung"),
        ("merchants, searched", "/portal/merchant/?cari=toko+99"),
        *(
            (f"merchant, {tab}", f"/portal/merchant/{shop.code}/?tab={tab}")
            for tab in ("ringkasan", "transaksi", "pinjaman", "peringatan", "riwayat")
        ),
        ("compare", f"/portal/merchant/bandingkan/?kode={shop.code}&kode=BENCH-1&kode=BENCH-2"),
        ("warnings", "/portal/peringatan/"),
        ("applications", "/portal/pengajuan/"),
        ("applications, board", "/portal/pengajuan/?tampilan=papan"),
        ("new application", f"/portal/pengajuan/baru/?merchant={shop.code}"),
        ("loans", "/portal/pinjaman/"),
        ("simulator", f"/portal/simulasi/?merchant={shop.code}"),
        ("notices", "/portal/pemberitahuan/"),
    ]
    own = [
        ("shop: home", "/m/"),
        ("shop: score", "/m/skor/"),
        ("shop: warnings", "/m/peringatan/"),
        ("shop: offers", "/m/penawaran/"),
        ("shop: sales", "/m/penjualan/"),
    ]
    return [(name, officer, path) for name, path in bank] + [
        (name, shop.owner, path) for name, path in own
    ]


def _cookie(person: User) -> str:
    visitor = Client()
    visitor.force_login(person)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in visitor.cookies.items())


def _timed(server: Server, cookie: str, path: str, loads: int) -> dict:
    line, seconds = server.connect(), []
    headers = {"Cookie": cookie, "Accept-Language": "id"}
    sizes = [_load(line, path, headers)[1]]
    packed = len(_load(line, path, headers | {"Accept-Encoding": "gzip"})[0])
    for _ in range(loads):
        started = time.perf_counter()
        sizes.append(_load(line, path, headers)[1])
        seconds.append(time.perf_counter() - started)
    return {
        "p50_ms": median_ms(seconds),
        "p95_ms": percentile(seconds, 0.95) * 1000,
        "kb_sent": max(sizes) / 1000,
        "kb_compressed": packed / 1000,
    }


def _load(line, path: str, headers: dict) -> tuple[bytes, int]:
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body, len(body)
