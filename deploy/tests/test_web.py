"""The web process as it runs in a container: it starts only with good secrets and leaves nobody halfway."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from accounts.services.sessions import open_session
from deploy.local.environment import ROOT
from deploy.local.processes import choose_port
from transactions.models import DailyTotal, Transaction
from transactions.services.sales import NewSale, create_sale

REQUIRED = (
    *("SECRET_KEY", "JWT_ACCESS_TOKEN_SECRET", "JWT_REFRESH_TOKEN_SECRET"),
    *("ENCRYPTION_KEYS", "BLIND_INDEX_KEY", "DATABASE_URL", "REDIS_URL"),
)
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def environment(tmp_path: Path, **changes: str | None) -> dict[str, str]:
    """Our own, on the test database, with files of its own."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    values = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database,
        "VAR_DIR": str(tmp_path),
        "WEB_WORKERS": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


@contextmanager
def web(tmp_path: Path):
    """Run `deploy/web.sh` until it answers; yield its process and its port."""
    port = choose_port(18000 + os.getpid() % 10000)
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "deploy/web.sh"],
            cwd=ROOT,
            env=environment(tmp_path, PORT=str(port)),
            stdout=log,
            stderr=log,
        )
    try:
        assert soon(lambda: call(port, "GET", "/health/live")[0] == 200, seconds=60)
        yield process, port
    finally:
        process.kill() if process.poll() is None else None
        process.wait()


def call(port: int, method: str, path: str, *, token: str = "", body=None) -> tuple[int, dict]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with suppress(ConnectionRefusedError):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
        line.request(method, path, body=body and json.dumps(body), headers=headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    return 0, {}


def soon(holds, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Within one transaction PostgreSQL shows what it showed first.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_a_sale_in_flight_is_finished_and_answered_when_the_web_server_is_told_to_stop(
    tmp_path, sari, warung
):
    now = datetime.now(UTC)
    create_sale(merchant=warung, sale=NewSale(method="CASH", amount=Decimal(1000)), now=now)
    token = open_session(user=sari, now=now).access
    sale = {"type": "CASH", "amount": 5000}

    with web(tmp_path) as (process, port), ThreadPoolExecutor(1) as till:
        with transaction.atomic():
            # The sale's last step waits for the day's row, which we hold.
            list(DailyTotal.objects.select_for_update())
            answer = till.submit(
                call, port, "POST", "/api/transactions/create", token=token, body=sale
            )
            assert soon(somebody_waits, seconds=20)
            process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert process.poll() is None
        status, body = answer.result(timeout=30)
        process.wait(20)

    assert (status, body["data"]["amount"]) == (201, "5000.00")
    assert Transaction.objects.filter(code=body["data"]["transactionId"]).exists()
    assert DailyTotal.objects.get().paid_amount == 6000


@pytest.mark.parametrize("name", REQUIRED)
def test_a_copy_without_a_secret_does_not_start(tmp_path, name):
    values = environment(tmp_path, **{name: None})

    ended = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=values,
        capture_output=True,
        text=True,
    )

    assert ended.returncode != 0
    assert f"Set the {name} environment variable" in ended.stderr


def test_a_copy_with_a_short_secret_does_not_start(tmp_path):
    values = environment(tmp_path, SECRET_KEY="short")

    ended = subprocess.run(
        ["sh", "deploy/web.sh"], cwd=ROOT, env=values, capture_output=True, text=True, timeout=60
    )

    assert ended.returncode != 0
    assert "SECRET_KEY needs at least 32 characters" in ended.stderr
