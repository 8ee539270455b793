"""What nobody should send, by the place that it is put in: texts, values, headers, bodies, files."""

import gzip
import json
import zlib
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

MEGABYTE = 1 << 20

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
