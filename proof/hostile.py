"""
What nobody should send: the corpus, and the requests that carry it.

A `Target` is a door with a request that it would take; `attacks_on` lists what to put in its place.
Requests are written when they are sent, because some have ten megabytes.
"""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from urllib.parse import quote

MEGABYTE = 1 << 20

# ── The corpus ─────────────────────────────────────────────────────────────────────────
TEXTS = {
    "nothing": b"",
    "blank": b" \t\r\n",
    "NUL": b"a\x00b",
    "controls": b"\x01\x02\x1b[31m\x7f",
    "right to left": "\u202egnp.exe\u202c\u2066x".encode(),
    "emoji": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿💸".encode(),
    "combining": ("Z" + "\u0301" * 500).encode(),
    "odd digits": "١٢٣４５６".encode(),
    "lone surrogate": b"\xed\xa0\x80",
    "invalid UTF-8": b"\xff\xfe\xc3\x28\xf0\x9f",
    "overlong": b"\xc0\xaf\xe0\x80\x80",
    "BOM": b"\xef\xbb\xbfabc",
    "line separators": "a\u2028b\u0085c\r\nX-Injected: 1".encode(),
    "long": b"x" * 5_000,
    "true": b"true",
    "null": b"null",
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "minus zero": b"-0",
    "beyond a double": b"1e400",
    "below a double": b"1e-400",
    "10,000 digits": b"9" * 10_000,
    "beyond 64 bits": b"9223372036854775808",
    "negative": b"-1",
    "decimal comma": b"1,5",
    "many decimals": b"0." + b"1" * 200,
    "underscores": b"1_000",
    "year 0001": b"0001-01-01",
    "year 9999": b"9999-12-31",
    "30 February": b"2026-02-30",
    "instant of year 0001": b"0001-01-01T00:00:00+14:00",
    "instant of year 9999": b"9999-12-31T23:59:59-12:00",
    "leap second": b"2026-06-30T23:59:60Z",
    "SQL": b"' OR 1=1; DROP TABLE accounts_user;--",
    "LIKE": rb"%_\%\\" * 40,
    "template": b"{{7*7}}${7*7}{% debug %}%(message)s%s%n",
    "markup": b"</script><svg onload=alert(1)>",
    "formula": b"=cmd|' /C calc'!A0",
    "path": b"../../../../etc/passwd",
    "UUID": b"00000000-0000-0000-0000-000000000000",
}
JSON_VALUES = {
    **{
        f"text {name}": json.dumps(text.decode()).encode()
        for name, text in TEXTS.items()
        if name not in ("lone surrogate", "invalid UTF-8", "overlong")
    },
    "escaped surrogate": rb'"\ud800"',
    "surrogates in wrong order": rb'"\udc00\ud800"',
    "raw surrogate": b'"\xed\xa0\x80"',
    "raw invalid UTF-8": b'"\xff\xfe"',
    "raw NUL": b'"\x00"',
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "-0": b"-0",
    "-0.0": b"-0.0",
    "1e400": b"1e400",
    "1e-400": b"1e-400",
    "10,000 digits": b"9" * 10_000,
    "10,000 decimals": b"0." + b"1" * 10_000,
    "2^63": b"9223372036854775808",
    "-2^63-1": b"-9223372036854775809",
    "-1": b"-1",
    "1.5": b"1.5",
    "0.001": b"0.001",
    "leading zero": b"007",
    "hexadecimal": b"0x10",
    "true": b"true",
    "false": b"false",
    "null": b"null",
    "empty list": b"[]",
    "list": b"[1,2,3]",
    "10,000 items": b"[" + b",".join([b"1"] * 10_000) + b"]",
    "empty object": b"{}",
    "object": b'{"$ne":null,"__proto__":{"a":1}}',
    "list of lists": b"[" * 30 + b"]" * 30,
    "list of objects": b'[{"id":null},{"name":[]}]',
    "nothing at all": b"",
}
SEGMENTS = {
    **{name: quote(text[:2_000], safe="").encode() for name, text in TEXTS.items() if text},
    "escaped NUL": b"%00",
    "escaped slash": b"a%2Fb",
    "escaped backslash": b"a%5Cb",
    "dots": b"..",
    "escaped dots": b"%2e%2e%2f%2e%2e",
    "semicolon": b"x;y=1",
    "broken escape": b"%zz%",
    "twice escaped": b"%252e%252e%2500",
    "raw bytes": b"\xff\xfe\xc3",
    "very long": b"a" * 6_000,
    "slashes": b"//////",
    "question": b"%3Fa=b%23c",
}
QUERIES = {
    "10,000 fields": "&".join(f"f{n}={n}" for n in range(10_000)).encode()[:60_000],
    "1,500 fields": "&".join(f"f{n}=" for n in range(1_500))[:7_900].encode(),
    "same field 1,000 times": b"&".join([b"page=1"] * 1_000),
    "broken escapes": b"page=%&limit=%zz&search=%u0041%e0%a4",
    "raw bytes": b"search=\xff\xfe&\xc3\x28=1",
    "escaped NUL": b"search=%00&%00=1",
    "surrogates": b"search=%ed%a0%80&status=%ed%b0%80",
    "only separators": b"&&&===;;;&=&",
    "brackets": b"page[]=1&page[a][b]=2&limit[$gt]=0",
    "format override": b"format=api&_method=DELETE&callback=x",
    "very long": b"search=" + b"x" * 7_000,
}
METHODS = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "get",
    "QUERY", "PROPFIND", "G" * 300, "GE\tT", "", "\x00", "ПОСТ",
]  # fmt: skip
CONTENT_TYPES = {
    "no type": None,
    "empty type": b"",
    "text": b"text/plain",
    "form": b"application/x-www-form-urlencoded",
    "XML": b"application/xml",
    "multipart without boundary": b"multipart/form-data",
    "multipart with long boundary": b"multipart/form-data; boundary=" + b"b" * 5_000,
    "multipart with odd boundary": b'multipart/form-data; boundary="\xff\xfe\x00"',
    "UTF-16": b"application/json; charset=utf-16",
    "unknown charset": b"application/json; charset=klingon",
    "twice": b"application/json, application/json",
    "upper case": b"APPLICATION/JSON",
    "no subtype": b"application/",
    "garbage": b"\xff;;;=\xfe/\x01",
    "parameters": b"application/json" + b";a=b" * 500,
}
HEADERS = {
    "Authorization": [
        b"", b"Bearer", b"Bearer ", b"Bearer a b", b"Bearer \xff\xfe", b"bearer null", b"Basic !!!",
        b"Bearer " + b"a" * 6_000, b"Bearer eyJhbGciOiJub25lIn0.eyJ1c2VySWQiOiIxIn0.",
        b"Bearer a.b.c", b"Bearer eyJhbGciOiJIUzI1NiJ9." + b"A" * 3_000 + b".x", b"\x01",
        b"Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uLyJ9.e30.AAAA",
        b"Bearer " + b"W10.W10.W10", b"Digest username=\"\xff\"",
    ],
    "Accept": [
        b"", b"text/html", b"application/xml", b"*/*;q=\xff", b"garbage", b"a/b;q=1e400", b";",
        b"application/json;version=" + b"9" * 4_000, b"image/png, */*;q=0", b"*", b"/",
    ],
    "Accept-Language": [
        b"", b"xx", b"en;q=NaN", b"../../etc/passwd", b"\xff\xfe", b"id" + b",en" * 1_000,
        b"e" * 3_000, b"en-" + b"a-" * 1_000, b"*;q=-1", b"\x01", b"id_ID@x", b"en;q=1e400",
    ],
    "Idempotency-Key": [
        b"", b"k" * 256, b"k" * 6_000, b"\xff\xfe", "ключ".encode(), b"a\tb", b"\x7f",
        "\u202ek".encode(), b"' OR 1=1--", b"{}",
    ],
    "Cookie": [
        b"=", b";;;", b"sessionid=\xff\xfe", b"sessionid=" + b"a" * 6_000, b"csrftoken=%00",
        b"a=" + b"b; c=" * 500, b"sessionid", b"django_language=../../x", b"sessionid=a\tb",
        b"messages=[[\"__json_message\",0,25,\"x\"]]",
    ],
    "Host": [b"", b"evil.example", b"localhost:99999", b"[::1", b"a\xff", b"a" * 3_000, b"a b"],
    "X-Forwarded-For": [b"1.2.3.4, \xff", b"::ffff:" + b"1" * 2_000, b"unknown", b"%00"],
    "X-Forwarded-Proto": [b"https", b"gopher"],
    "X-Device-ID": [b"\xff", b"d" * 3_000, b"a b", b""],
    "User-Agent": [b"", b"\xff\xfe", b"u" * 6_000, "\u202e💸".encode(), b"${jndi:ldap://x/a}"],
    "Origin": [b"null", b"https://evil.example", b"\xff", b"http://[::1"],
    "Referer": [b"\xff", b"https://[::1", b"x" * 3_000],
    "Content-Encoding": [b"gzip", b"br, gzip", b"\xff"],
    "Content-Language": [b"\xff"],
    "Range": [b"bytes=0-0", b"bytes=-1,-9999999999999999999"],
    "If-None-Match": [b"*", b"\xff"],
    "If-Modified-Since": [b"Mon, 30 Feb 0001 99:99:99 GMT", b"\xff"],
    "Expect": [b"100-continue", b"200-ok"],
    "X-HTTP-Method-Override": [b"DELETE", b"\xff"],
    "HX-Request": [b"true", b"\xff"],
    "HX-Current-URL": [b"http://[::1", b"\xff"],
    "Upgrade": [b"h2c", b"websocket"],
    "X-TIMESTAMP": [b"", b"\xff", b"0001-01-01T00:00:00.000+07:00", b"9" * 3_000],
    "X-SIGNATURE": [b"", b"\xff", b"====", b"QUJD", b"A" * 6_000],
}  # fmt: skip
CONTROLS = [
    b"X-A: a\x00b", b"X-A: a\x01b", b"X-A: a\rb", b"X-A: a\x0bb", b"X A: b", b"X-A : b", b": b",
    b"X-A", b"\x00: a", b" folded", "X-Ä: b".encode(), b"X_A: b", b"X-A: " + b"b" * 20_000,
    b"\r\n".join(b"X-%d: a" % n for n in range(2_000)),
]  # fmt: skip


@cache
def bomb(megabytes: int) -> bytes:
    """Return zeros that inflate to so many megabytes."""
    press = zlib.compressobj(9, wbits=31)
    return b"".join(press.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + press.flush()


BODIES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda valid: b"",
    "half": lambda valid: valid[: len(valid) // 2],
    "twice": lambda valid: valid * 2,
    "trailing garbage": lambda valid: valid + b"\x00garbage",
    "BOM": lambda valid: b"\xef\xbb\xbf" + valid,
    "UTF-16": lambda valid: valid.decode(errors="replace").encode("utf-16"),
    "UTF-32": lambda valid: valid.decode(errors="replace").encode("utf-32"),
    "latin-1": lambda valid: b'{"description":"caf\xe9"}',
    "invalid UTF-8": lambda valid: b"\xff\xfe\xfd" + valid,
    "NULs": lambda valid: bytes(1_000),
    "a text": lambda valid: b'"text"',
    "a number": lambda valid: b"1",
    "null": lambda valid: b"null",
    "a list": lambda valid: b"[" + valid + b"]",
    "empty object": lambda valid: b"{}",
    "duplicate keys": lambda valid: (
        valid[:-1] + b"," + valid[1:] if valid[:1] == b"{" else valid * 2
    ),
    "odd keys": lambda valid: rb'{"":1,"\ud800":2,"\u0000":3,"__proto__":4,"constructor":5}',
    "depth 1,000": lambda valid: b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
    "depth 100,000": lambda valid: b"[" * 100_000 + b"]" * 100_000,
    "open depth 900,000": lambda valid: b'{"a":[' * 150_000,
    "20,000 keys": lambda valid: json.dumps({f"k{n}": n for n in range(20_000)}).encode(),
    "a megabyte": lambda valid: b'{"a":"' + b"x" * (MEGABYTE - 8) + b'"}',
    "a megabyte of digits": lambda valid: b'{"amount":' + b"9" * (MEGABYTE - 20) + b"}",
    "10 MB": lambda valid: b'{"a":"' + b"x" * (10 * MEGABYTE) + b'"}',
    "10 MB of brackets": lambda valid: b"[" * (10 * MEGABYTE),
    "gzip": lambda valid: gzip.compress(valid),
    "gzip bomb": lambda valid: bomb(200),
    "single quotes": lambda valid: valid.replace(b'"', b"'"),
    "comment": lambda valid: b"/*x*/" + valid,
    "XML": lambda valid: (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    ),
    "form": lambda valid: b"a=1&b=%00&c=%zz&" + b"d=1&" * 3_000,
    "5,000 form fields": lambda valid: b"&".join(b"f%d=1" % n for n in range(5_000)),
}
HEADER_ROW = b"transaction_id,occurred_at,amount,payment_method,status\n"
FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "NULs": lambda: bytes(5_000),
    "header only": lambda: HEADER_ROW,
    "formulas": lambda: HEADER_ROW + b'"=cmd|x!A0",@SUM(1),+1,-1,=1\n' * 50,
    "one line of 10 MB": lambda: HEADER_ROW + b"x" * (10 * MEGABYTE),
    "an open quote": lambda: HEADER_ROW + b'"' + b"x,\n" * 50_000,
    "100,000 columns": lambda: b"," * 100_000 + b"\n" + b"," * 100_000,
    "odd rows": lambda: HEADER_ROW
    + b"\n".join(b",".join([text[:300]] * 5) for text in TEXTS.values()),
    "odd columns": lambda: b"\xff\xfe,\x00,amount,amount,amount\n1,2,3,4,5\n",
    "UTF-16": lambda: (HEADER_ROW.decode() + "a,b,c,d,e\n").encode("utf-16"),
    "BOM": lambda: b"\xef\xbb\xbf" + HEADER_ROW + b"A,2026-03-02T12:00:00+07:00,NaN,QRIS,Success\n",
    "old Mac lines": lambda: HEADER_ROW.replace(b"\n", b"\r") + b"a,b,c,d,e\r" * 100,
    "gzip bomb": lambda: bomb(600),
    "nested gzip": lambda: gzip.compress(bomb(50)),
    "cut gzip": lambda: gzip.compress(HEADER_ROW * 1_000)[:60],
    "gzip with garbage": lambda: gzip.compress(HEADER_ROW) + b"\x00garbage",
    "zip": lambda: b"PK\x03\x04" + bytes(500),
    "image": lambda: b"\x89PNG\r\n\x1a\n" + bytes(500),
    "JSON": lambda: b'{"a":1}',
}  # fmt: skip
FRAMINGS = [
    "chunked", "chunked and a length", "broken chunk", "endless chunk size", "negative chunk",
    "short length", "long length", "negative length", "two lengths", "huge length", "length of words",
    "plus length", "no length", "odd coding", "no host", "two hosts", "HTTP/1.0", "HTTP/0.9",
    "HTTP/9.9", "HTTP/2 preface", "absolute address", "bare line feeds", "garbage", "early end",
    "smuggled",
]  # fmt: skip


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
