"""
The server: chat completions as the product calls them, and what a tester drives it with.

    POST …/chat/completions      OpenAI's format; the last message is the product's JSON
    POST /control/behave         {"mode": "slow", "seconds": 2, "times": 1, "key": ""}
    GET  /control/prompts        every question since the last reset: its headers' key and its messages
    POST /control/reset          forgets everything and releases answers that hang
    GET  /health

Nobody signs in to the control: POSTs must be JSON, which pages of other sites cannot send.
"""

import hmac
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from deploy.simulators.qwen import behaviours, wording

KEPT_PROMPTS = 1000
MAX_BODY = 1_000_000
_prompts: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    """One connection; every answer closes it."""

    server_version = "Qwen simulator"
    sys_version = ""
    # Set by `serve`: the only key that is let in; empty lets every key in.
    key = ""

    def do_GET(self):
        match self.path:
            case "/health":
                self._say({"prompts": len(_prompts)})
            case "/control/prompts":
                self._say({"prompts": list(_prompts)})
            case _:
                self._say({"error": "not found"}, status=404)

    def do_POST(self):
        try:
            body = self._body()
        except ValueError as error:
            self._say({"error": {"message": str(error), "code": "invalid_request"}}, status=400)
            return
        if self.path.endswith("/chat/completions"):
            self._complete(body)
        elif self.path == "/control/behave":
            self._behave(body)
        elif self.path == "/control/reset":
            _prompts.clear()
            behaviours.reset()
            self._say({"prompts": 0})
        else:
            self._say({"error": "not found"}, status=404)

    # ── The chat ──
    def _complete(self, body: dict[str, Any]) -> None:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not key or (self.key and not hmac.compare_digest(key, self.key)):
            self._fail(401)
            return
        _prompts.append({"key": key, "model": body.get("model"), "messages": body["messages"]})
        del _prompts[:-KEPT_PROMPTS]
        behaviour = behaviours.take(key)
        mode = behaviour.mode
        if mode in behaviours.STATUSES:
            self._fail(behaviours.STATUSES[mode])
        elif mode == "hang":
            behaviours.wait(behaviour.seconds)
        elif mode == "hang_up":
            self.close_connection = True
        elif mode == "garbage":
            self._send(200, b"<!doctype html><h1>Maintenance</h1>", "text/html")
        elif mode == "huge":
            self._send(200, b'{"padding": "' + b"x" * behaviours.HUGE + b'"}')
        else:
            if mode == "slow":
                behaviours.wait(behaviour.seconds)
            content = json.dumps(_completion(body, mode)).encode()
            self._send(200, content, pause=behaviour.seconds if mode == "drip" else 0)

    def _behave(self, body: dict[str, Any]) -> None:
        try:
            behaviours.order(**body)
        except (TypeError, ValueError) as error:
            self._say({"error": str(error)}, status=400)
            return
        self._say(body)

    def _fail(self, status: int) -> None:
        message = {"message": f"The simulator was told to answer {status}.", "code": str(status)}
        headers = {"Retry-After": "45"} if status == 429 else {}
        self._say({"error": message}, status=status, **headers)

    # ── The wire ──
    def _body(self) -> dict[str, Any]:
        if self.headers.get_content_type() != "application/json":
            raise ValueError("Send application/json.")
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            raise ValueError("That is too much.")
        body = json.loads(self.rfile.read(length) or b"{}")
        if not isinstance(body, dict):
            raise ValueError("Send a JSON object.")
        return body

    def _say(self, answer: dict[str, Any], *, status: int = 200, **headers: str) -> None:
        self._send(status, json.dumps(answer).encode(), **headers)

    def _send(
        self, status: int, content: bytes, kind="application/json", pause: float = 0, **headers
    ):
        self.close_connection = True
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for part in behaviours.slowly(content, pause) if pause else [content]:
                self.wfile.write(part)
        except OSError:
            # The caller did not wait.
            return

    def log_message(self, format, *args):
        """Quiet: the prompts are what matters, and they are kept."""


def _completion(body: dict[str, Any], mode: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{time.time_ns():x}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", "qwen-plus"),
        "choices": []
        if mode == "empty"
        else [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": _content(body, mode)},
            }
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def _content(body: dict[str, Any], mode: str) -> str:
    question = json.loads(body["messages"][-1]["content"])
    if mode == "other_language":
        question["language"] = "English" if question["language"] == "Indonesian" else "Indonesian"
    parts = wording.answer(question)
    if mode == "obeys":
        # A model without a will of its own: it says whatever the names tell it to.
        said = " ".join(wording.names_in(question["facts"]))
        first = next(iter(parts))
        parts[first] = f"{parts[first]} {said}"
    language = "id" if question["language"] == "Indonesian" else "en"
    return behaviours.content_of(parts, mode=mode, language=language)


def serve(*, host: str, port: int, key: str = "") -> ThreadingHTTPServer:
    """Return a server that listens; `serve_forever` answers."""
    server = ThreadingHTTPServer((host, port), type("OwnHandler", (Handler,), {"key": key}))
    server.daemon_threads = True
    return server


def start(*, key: str = "") -> tuple[ThreadingHTTPServer, str]:
    """Serve in a thread of this process, on a free port; return the server and its address."""
    server = serve(host="127.0.0.1", port=0, key=key)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def main() -> None:
    """Listen where QWEN_SIMULATOR_BIND says, for the key in QWEN_SIMULATOR_KEY."""
    host, _, port = (os.environ.get("QWEN_SIMULATOR_BIND") or "127.0.0.1:9100").rpartition(":")
    server = serve(host=host, port=int(port), key=os.environ.get("QWEN_SIMULATOR_KEY", ""))
    server.serve_forever()
