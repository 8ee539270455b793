"""
The requests that carry what nobody should send.

A `Target` is a door with a request that it would take; `attacks_on` lists what to put in its place.
Requests are written when they are sent, because some have ten megabytes.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import quote

from proof.corpus import (
    BODIES,
    CONTENT_TYPES,
    CONTROLS,
    FILES,
    FRAMINGS,
    HEADER_ROW,
    HEADERS,
    JSON_VALUES,
    METHODS,
    QUERIES,
    SEGMENTS,
    TEXTS,
)

# ── Doors ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Target:
    """A door, by which credentials it opens, and a request that it would take."""

    method: str
    path: str
    holes: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    fields: dict = field(default_factory=dict)
    kind: str = "json"
    enveloped: bool = True
    bare: bool = False
    credentials: tuple[tuple[str, bytes], ...] = ()
    role: str = "anonymous"

    @property
    def name(self) -> str:
        return f"{self.method} {self.path} ({self.role})"

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def has_body(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH")

    def body(self) -> bytes:
        if not self.has_body:
            return b""
        if self.kind == "multipart":
            return in_parts(HEADER_ROW)
        if self.kind == "form":
            return as_form({name: str(value).encode() for name, value in self.fields.items()})
        return json.dumps(self.fields).encode()

    def content_type(self) -> bytes:
        return {
            "json": b"application/json",
            "form": b"application/x-www-form-urlencoded",
            "multipart": b"multipart/form-data; boundary=limit",
        }[self.kind]


def as_form(fields: dict[str, bytes]) -> bytes:
    return "&".join(
        f"{quote(name)}={quote(value, safe='')}" for name, value in fields.items()
    ).encode()


def in_parts(file: bytes, *, name: bytes = b"sales.csv", boundary: bytes = b"limit") -> bytes:
    """Return a file as a multipart body."""
    head = b'Content-Disposition: form-data; name="file"; filename="' + name + b'"'
    return b"--%b\r\n%b\r\n\r\n%b\r\n--%b--\r\n" % (boundary, head, file, boundary)


def wire(
    target: Target,
    *,
    method: str | None = None,
    path: bytes | None = None,
    query: bytes = b"",
    body: bytes | None = None,
    content_type: bytes | None = b"=",
    headers: dict[str, bytes] | None = None,
    raw: bytes = b"",
) -> bytes:
    """Write a request; what is not said is as the target would take it. `raw` are header lines."""
    body = target.body() if body is None else body
    said = {"Host": b"localhost", "Accept-Language": b"en", **dict(target.credentials)}
    kind = target.content_type() if content_type == b"=" else content_type
    if body or target.has_body:
        said |= {"Content-Length": b"%d" % len(body)} | (
            {} if kind is None else {"Content-Type": kind}
        )
    said |= {**(headers or {}), "Connection": b"close"}
    lines = b"".join(b"%b: %b\r\n" % (name.encode(), value) for name, value in said.items())
    address = (target.path.encode() if path is None else path) + (b"?" + query if query else b"")
    first = b"%b %b HTTP/1.1\r\n" % (
        (target.method if method is None else method).encode(),
        address,
    )
    return first + lines + (raw + b"\r\n" if raw else b"") + b"\r\n" + body


# ── Attacks ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Attack:
    """One input: `family` and `what` name it, `write` gives its bytes."""

    target: Target
    family: str
    what: str
    write: Callable[[], bytes]

    @property
    def name(self) -> str:
        return f"{self.target.name}: {self.family}, {self.what}"


def attacks_on(target: Target) -> Iterator[Attack]:
    """List every input of the corpus that fits a door."""
    send = partial(wire, target)
    for family, what, write in (*_values(target), *_addresses(target, send)):
        yield Attack(target, family, what, write)
    if target.path.startswith("/admin/"):
        # One frame around all of its pages.
        return
    framings = (("framing", name, partial(_framed, target, name)) for name in FRAMINGS)
    for family, what, write in (*_bodies(target, send), *_heads(send), *framings):
        yield Attack(target, family, what, write)


def _values(target: Target):
    if target.kind == "json" and target.has_body:
        for place in places(target.fields):
            for name, value in JSON_VALUES.items():
                yield "field", f"{place} {name}", partial(_with_values, target, {place: value})
    if target.kind == "form":
        for place in target.fields:
            for name, value in TEXTS.items():
                fields = {each: str(said).encode() for each, said in target.fields.items()}
                body = as_form(fields | {place: value})
                yield "field", f"{place} {name}", partial(wire, target, body=body)
    if target.kind == "multipart":
        for name, file in FILES.items():
            yield "file", name, lambda file=file: wire(target, body=in_parts(file()))
        for name, text in TEXTS.items():
            body = in_parts(HEADER_ROW, name=text[:500])
            yield "file name", name, partial(wire, target, body=body)
        for name, body in _BROKEN_PARTS.items():
            yield "parts", name, partial(wire, target, body=body)


_BROKEN_PARTS = {
    "no end": in_parts(HEADER_ROW)[:-12],
    "other boundary": in_parts(HEADER_ROW, boundary=b"other"),
    "no blank line": in_parts(HEADER_ROW).replace(b"\r\n\r\n", b"\r\n"),
    "no name": in_parts(HEADER_ROW).replace(b'name="file"; ', b""),
    "no file name": in_parts(HEADER_ROW).replace(b'; filename="sales.csv"', b""),
    "odd encoding": in_parts(HEADER_ROW).replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1
    ),
    "a thousand parts": in_parts(b"x")[:-11] * 1_000,
    "long head": in_parts(HEADER_ROW, name=b"n" * 20_000),
    "star name": in_parts(HEADER_ROW).replace(b'filename="', b"filename*=utf-99''%ff%00; x=\""),
    "text twice": in_parts(b"a")[:-11] + in_parts(b"b"),
    "only the end": b"--limit--\r\n",
    "nothing": b"",
}


def places(fields: dict, prefix: tuple = ()) -> Iterator[tuple]:
    """List the way to each value of a body, containers included."""
    for key, value in fields.items() if isinstance(fields, dict) else enumerate(fields):
        yield (*prefix, key)
        if isinstance(value, dict | list):
            yield from places(value, (*prefix, key))


def _with_values(target: Target, values: dict[tuple, bytes]) -> bytes:
    """Write the target's request with raw JSON in some places."""
    fields = json.loads(json.dumps(target.fields))
    marks = {}
    for number, (place, value) in enumerate(sorted(values.items(), key=str)):
        marks[f'"@{number}@"'.encode()] = value
        *way, last = place
        holder = fields
        for step in way:
            holder = holder[step] if isinstance(holder, dict | list) else None
        if isinstance(holder, dict | list):
            holder[last] = f"@{number}@"
    body = json.dumps(fields).encode()
    for mark, value in marks.items():
        body = body.replace(mark, value)
    return wire(target, body=body)


def _addresses(target: Target, send):
    for hole in target.holes:
        for name, segment in SEGMENTS.items():
            path = target.path.encode().replace(hole.encode(), segment)
            yield "path", name, partial(send, path=path)
    for name in target.query:
        for what, text in TEXTS.items():
            query = f"{quote(name)}={quote(text[:6_000], safe='')}".encode()
            yield "query field", f"{name} {what}", partial(send, query=query)
    for name, query in QUERIES.items():
        yield "query", name, partial(send, query=query)
    for method in METHODS:
        yield "method", repr(method[:10]), partial(send, method=method)


def _bodies(target: Target, send):
    for name, body in BODIES.items():
        yield "body", name, lambda body=body: send(body=body(target.body()))
    for name, kind in CONTENT_TYPES.items():
        yield "content type", name, partial(send, content_type=kind)


def _heads(send):
    for name, values in HEADERS.items():
        for number, value in enumerate(values):
            yield "header", f"{name} {number}", partial(send, headers={name: value})
    for number, line in enumerate(CONTROLS):
        yield "header line", str(number), partial(send, raw=line)


def _framed(target: Target, name: str) -> bytes:
    body = target.body() or b"{}"
    head = (
        wire(replace(target, method=target.method), body=body).partition(b"\r\n\r\n")[0] + b"\r\n"
    )
    length = b"Content-Length: %d\r\n" % len(body)
    unframed = head.replace(length, b"")
    chunk = b"%x\r\n%b\r\n" % (len(body), body)
    coded = unframed + b"Transfer-Encoding: chunked\r\n"
    first, _, rest = head.partition(b"\r\n")
    return {
        "chunked": coded + b"\r\n" + chunk + b"0\r\n\r\n",
        "chunked and a length": coded + length + b"\r\n" + chunk + b"0\r\n\r\n",
        "broken chunk": coded + b"\r\nzz\r\n" + body,
        "endless chunk size": coded + b"\r\n" + b"f" * 5_000 + b"\r\n",
        "negative chunk": coded + b"\r\n-1\r\n" + body,
        "short length": unframed + b"Content-Length: 1\r\n\r\n" + body,
        "long length": unframed + b"Content-Length: %d\r\n\r\n" % (len(body) + 500) + body,
        "negative length": unframed + b"Content-Length: -1\r\n\r\n" + body,
        "two lengths": head + b"Content-Length: 1\r\n\r\n" + body,
        "huge length": unframed + b"Content-Length: 99999999999999999999\r\n\r\n" + body,
        "length of words": unframed + b"Content-Length: many\r\n\r\n" + body,
        "plus length": unframed + b"Content-Length: +%d\r\n\r\n" % len(body) + body,
        "no length": unframed + b"\r\n" + body,
        "odd coding": unframed + b"Transfer-Encoding: gzip, x\r\n\r\n" + body,
        "no host": head.replace(b"Host: localhost\r\n", b"") + b"\r\n" + body,
        "two hosts": head + b"Host: evil.example\r\n\r\n" + body,
        "HTTP/1.0": first.replace(b"/1.1", b"/1.0") + b"\r\n" + rest + b"\r\n" + body,
        "HTTP/0.9": b"GET " + target.path.encode() + b"\r\n\r\n",
        "HTTP/9.9": first.replace(b"/1.1", b"/9.9") + b"\r\n" + rest + b"\r\n" + body,
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "absolute address": head.replace(b" /", b" http://evil.example/", 1) + b"\r\n" + body,
        "bare line feeds": (head + b"\r\n" + body).replace(b"\r\n", b"\n"),
        "garbage": b"\x16\x03\x01\x02\x00" + bytes(range(256)) + b"\r\n\r\n",
        "early end": head[: len(head) // 2],
        "smuggled": coded + length + b"\r\n0\r\n\r\nGET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n",
    }[name]


# ── Chance ─────────────────────────────────────────────────────────────────────────────
_CRUMBS = [
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", rb"\u0000", rb"\ud800", b"\x00", b"\xff", b"%00",
    b"%", b"&", b"=", b"null", b"true", b"NaN", b"1e999", b"-", b".", b"9" * 400, b"\r\n", b"--limit",
    "💸".encode(), b" ", b"[" * 50, b'{"a":' * 20,
]  # fmt: skip


def mutant(targets: list[Target], rng: random.Random) -> Attack:
    """Make up an input: several fields at once, or a body with bytes cut, doubled and put in."""
    target = rng.choice([each for each in targets if each.has_body])
    if target.kind == "json" and target.fields and rng.random() < 0.5:
        ways = list(places(target.fields))
        chosen = rng.sample(ways, rng.randint(1, min(4, len(ways))))
        values = {way: rng.choice([*JSON_VALUES.values()]) for way in chosen}
        return Attack(target, "chance fields", "", partial(_with_values, target, values))
    body = _scratched(target.body(), rng)
    return Attack(target, "chance bytes", repr(body[:80]), partial(wire, target, body=body))


def _scratched(body: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(body) + 1)
        end = min(len(body), start + rng.randrange(6))
        put = rng.choice([b"", rng.choice(_CRUMBS), body[start:end] * 3, rng.randbytes(3)])
        body = body[:start] + put + body[end:]
    return body
