"""A web server of our own under the benchmark, and the CPU that it and PostgreSQL burn."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from django.db import connection

WORKERS, THREADS = 2, 4


@dataclass(frozen=True)
class Server:
    """A running copy: where it listens and its first process."""

    port: int
    process: subprocess.Popen

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def cpu(self) -> dict[int, float]:
        """Return the CPU seconds so far of each web process and each database session of ours, by pid."""
        mine = psutil.Process(self.process.pid)
        web = [child.pid for child in [mine, *mine.children(recursive=True)]]
        return {pid: _cpu_of(pid) for pid in (*web, *_sessions())}


def cpu_between(before: dict[int, float], after: dict[int, float]) -> float:
    """Return the CPU seconds burnt between two looks, by processes that were there at the second."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _sessions() -> list[int]:
    # Only our own sessions: other servers, and the housekeeping of this one, are not the request's.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _cpu_of(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


@contextmanager
def web_server():
    """Run gunicorn as `make demo` does, with rate limits out of the way."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    limits = {
        f"RATE_LIMIT_{name}": "100000000"
        for name in ("SIGN_IN", "REGISTER", "RESET", "REFRESH", "HEAVY", "WRITE", "READ")
    }
    command = [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--worker-class", "gthread",
        "--workers", str(WORKERS), "--threads", str(THREADS), "--bind", f"127.0.0.1:{port}",
        "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip
    environment = os.environ | limits | {"LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(command, env=environment)
    server = Server(port=port, process=process)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(server: Server) -> None:
    for _ in range(100):
        try:
            status, _body = call(server.connect(), "GET", "/health/ready")
        except OSError:
            status = 0
        if status == 200:
            return
        time.sleep(0.1)
    raise RuntimeError("the web server did not become ready")


def call(connection, method: str, path: str, *, token: str = "", body=None) -> tuple[int, bytes]:
    """Make one request on a kept connection; return status and body."""
    headers = {"Content-Type": "application/json"} | (
        {"Authorization": f"Bearer {token}"} if token else {}
    )
    connection.request(method, path, body=json.dumps(body) if body else None, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def sign_in(server: Server, *, email: str, password: str) -> str:
    """Return an access token. Raises RuntimeError when the door stays shut."""
    status, body = call(
        server.connect(), "POST", "/api/auth/login", body={"email": email, "password": password}
    )
    if status != 200:
        raise RuntimeError(f"sign-in answered {status}: {body[:200]!r}")
    return json.loads(body)["data"]["accessToken"]
