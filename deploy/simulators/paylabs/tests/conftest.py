"""A merchant's side for the simulator: signed calls, and an address that hears callbacks."""

import json
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from transactions.paylabs.keys import private_key, public_key
from transactions.paylabs.signing import is_signed_by, sign, timestamp_of

NOTIFY_PATH = "/api/webhook/paylabs"


@dataclass(frozen=True)
class Heard:
    """One callback as it arrived."""

    body: bytes
    headers: Message
    is_signed: bool

    @property
    def fields(self) -> dict:
        return json.loads(self.body)


@dataclass
class Merchant:
    """Hears callbacks; acknowledges them as `answers` says, then honestly."""

    keys: dict[str, str]
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def hear(self, body: bytes, headers: Message) -> tuple[int, bytes, dict]:
        signed = is_signed_by(
            key=public_key(self.keys["PUBLIC_KEY"]),
            path=NOTIFY_PATH,
            body=body,
            timestamp=headers.get("X-TIMESTAMP", ""),
            signature=headers.get("X-SIGNATURE", ""),
        )
        answer = self.answers.pop(0) if self.answers else "acknowledged"
        self.heard.append(Heard(body, headers, signed))
        return self._answer(answer, body)

    def _answer(self, answer: str, body: bytes) -> tuple[int, bytes, dict]:
        if answer == "error":
            return 500, b"Internal Server Error", {}
        code = "1" if answer == "refused" else "0"
        acknowledgement = {"requestId": json.loads(body)["requestId"], "errCode": code}
        text, timestamp = json.dumps(acknowledgement).encode(), timestamp_of(datetime.now(UTC))
        signed = b"other bytes" if answer == "badly signed" else text
        key = private_key(self.keys["PRIVATE_KEY"])
        signature = sign(key=key, path=NOTIFY_PATH, body=signed, timestamp=timestamp)
        return 200, text, {"X-TIMESTAMP": timestamp, "X-SIGNATURE": signature}


@contextmanager
def listening(merchant: Merchant, *, port: int = 0):
    """Let a merchant listen at an address of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text, headers = merchant.hear(body, self.headers)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        merchant.url = f"http://127.0.0.1:{server.server_port}{NOTIFY_PATH}"
        yield merchant
        server.shutdown()


@pytest.fixture
def merchant(paylabs):
    with listening(Merchant(paylabs.keys)) as merchant:
        yield merchant


@pytest.fixture
def an_order(paylabs, merchant):
    """Return a function that opens an order and returns its trade number."""

    def create(**overrides) -> str:
        trade_no = secrets.token_hex(12)
        fields = {
            "merchantTradeNo": trade_no,
            "paymentType": "QRIS",
            "amount": "10000.00",
            "productName": "Kopi Susu",
            "notifyUrl": merchant.url,
            "expire": 900,
        }
        answer = paylabs.call("qris/create", **(fields | overrides))
        assert answer["errCode"] == "0", answer
        return answer["merchantTradeNo"]

    return create
