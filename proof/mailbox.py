"""A mail server that keeps what it gets: just enough SMTP for Django."""

import email
import email.policy
import socketserver
import threading
from contextlib import suppress
from email.message import EmailMessage


class Mailbox:
    """
    Every mail that arrived, in order of arrival; from a port of its own while the block lasts.

    `answers` says what a person's address is answered instead of "250 ok"; an empty answer hangs up.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.mails, self._server.answers = self.mails, self.answers

    @property
    def address(self) -> tuple[str, int]:
        return self._server.server_address

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in list(self.mails) if mail["To"] == address]

    def __enter__(self) -> "Mailbox":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    mails: list[EmailMessage]
    answers: dict[str, str]


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):
            self._converse()

    def _converse(self) -> None:
        self._say("220 mailbox")
        while line := self.rfile.readline():
            word = line.split(b" ", 1)[0].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self.server.mails.append(self._mail())
            if word == b"QUIT":
                self._say("221 bye")
                return
            if not (answer := self._answer(line)):
                return
            self._say(answer)

    def _answer(self, line: bytes) -> str:
        about = line.decode(errors="replace")
        return next(
            (answer for address, answer in self.server.answers.items() if f"<{address}>" in about),
            "250 ok",
        )

    def _mail(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
