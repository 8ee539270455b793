"""
Ways of spoiling a signed callback, for `webhooks`: whatever differs from what was signed is a forgery.

A family is a function `(rng, genuine, other, keys) -> Delivery`; `other` is a second genuine callback.
"""

import base64
import hashlib
import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from transactions.paylabs.signing import sign, string_to_sign, timestamp_of

PATH = "/api/webhook/paylabs"
OTHER_DOOR = "/api/transactions/webhook/paylabs"
TYPE = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Keys:
    """`gateway` signs genuinely; `ours` and `stranger` are as long and as good, and not the gateway's."""

    gateway: rsa.RSAPrivateKey
    ours: rsa.RSAPrivateKey
    stranger: rsa.RSAPrivateKey


@dataclass(frozen=True)
class Delivery:
    """One POST as it travels. `more` are further headers, in order, doubled ones included."""

    body: bytes
    timestamp: str
    signature: str
    path: str = PATH
    method: str = "POST"
    content_type: str = TYPE
    more: tuple[tuple[str, str], ...] = ()
    family: str = "genuine"
    trade_number: str = ""
    fields: dict = field(default_factory=dict, compare=False)

    @property
    def said(self) -> tuple:
        """What the signature vouches for, and the signature: the same again is no forgery."""
        own = [pair for pair in self.more if pair[0] in ("X-TIMESTAMP", "X-SIGNATURE")]
        return (self.method, self.path, self.body, self.timestamp, self.signature, *own)

    def headers(self) -> list[tuple[str, str]]:
        pairs = [("X-TIMESTAMP", self.timestamp), ("X-SIGNATURE", self.signature), *self.more]
        return [("Content-Type", self.content_type), *(pair for pair in pairs if pair[1] != "-")]


def genuine(keys: Keys, fields: dict, *, now: datetime, path: str = PATH) -> Delivery:
    """Sign a callback as the gateway does."""
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = timestamp_of(now)
    signature = sign(key=keys.gateway, path=path, body=body, timestamp=timestamp)
    number = fields["merchantTradeNo"]
    return Delivery(body, timestamp, signature, path, trade_number=number, fields=fields)


def forgery(rng: random.Random, one: Delivery, other: Delivery, keys: Keys) -> Delivery:
    """Spoil `one` in a way of the generator's choice; never into itself or into `other`."""
    while True:
        family = rng.choice(FAMILIES)
        spoilt = family(rng, one, other, keys)
        if spoilt.said not in (one.said, other.said):
            return replace(spoilt, family=family.__name__.strip("_"))


# ── The body ───────────────────────────────────────────────────────────────────────────
def _body_byte(rng, one, other, keys):
    place, body = rng.randrange(len(one.body)), bytearray(one.body)
    body[place] = (body[place] + rng.randrange(1, 256)) % 256
    return replace(one, body=bytes(body))


def _body_cut(rng, one, other, keys):
    return replace(one, body=one.body[: rng.randrange(len(one.body))])


def _body_piece(rng, one, other, keys):
    """Bytes taken out, put in, or said twice."""
    start = rng.randrange(len(one.body))
    end = min(len(one.body), start + rng.randrange(1, 20))
    middle = rng.choice([b"", rng.randbytes(end - start), one.body[start:end] * 2])
    return replace(one, body=one.body[:start] + middle + one.body[end:])


def _body_edge(rng, one, other, keys):
    edge = rng.choice([b" ", b"\n", b"\r\n", b"\0", b"\xef\xbb\xbf", b"{}", one.body])
    return replace(one, body=rng.choice([edge + one.body, one.body + edge]))


def _written_anew(rng, one, other, keys):
    """The same facts in other bytes, as a program that parses and writes would send."""
    fields, options = dict(one.fields), {"separators": (",", ":"), "ensure_ascii": False}
    match rng.randrange(6):
        case 0:
            options["separators"] = rng.choice([(", ", ": "), (" ,", ":"), (",", " : ")])
        case 1:
            options["indent"] = rng.choice([1, 2, 4, "\t"])
        case 2:
            fields = dict(rng.sample(sorted(fields.items()), len(fields)))
        case 3:
            fields["amount"] = rng.choice([float(fields["amount"]), fields["amount"][:-1]])
        case 4:
            fields["amount"] = rng.choice([int(float(fields["amount"])), f"0{fields['amount']}"])
        case 5:
            fields["note"] = None
    return replace(one, body=json.dumps(fields, **options).encode())


def _other_facts(rng, one, other, keys):
    """Another amount, number, status or shop under the old signature."""
    name = rng.choice(["amount", "merchantTradeNo", "status", "merchantId", "errCode", "requestId"])
    value = rng.choice([other.fields[name], "09", "0", "1.00", f"{one.fields[name]}0", ""])
    body = json.dumps(one.fields | {name: value}, separators=(",", ":"), ensure_ascii=False)
    return replace(one, body=body.encode())


def _key_said_twice(rng, one, other, keys):
    more = json.dumps({"amount": rng.choice(["1.00", other.fields["amount"]])})[1:]
    return replace(one, body=one.body[:-1] + b"," + more.encode())


# ── Swapped between two callbacks ──────────────────────────────────────────────────────
def _swapped(rng, one, other, keys):
    parts = rng.choice([["body"], ["signature"], ["timestamp"], ["body", "timestamp"]])
    return replace(one, **{part: getattr(other, part) for part in parts})


# ── Path and method ────────────────────────────────────────────────────────────────────
def _other_path(rng, one, other, keys):
    paths = [OTHER_DOOR, PATH + "/", "/api/webhook/paylab", "/api//webhook/paylabs"]
    return replace(
        one,
        path=rng.choice(
            [
                *paths,
                "/api/./webhook/paylabs",
                PATH + "/.",
                PATH + rng.choice("sx0"),
                PATH[:-1] + "S",
            ]
        ),
    )


def _other_method(rng, one, other, keys):
    return replace(one, method=rng.choice(["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "POSTS"]))


def _signed_for_another_path(rng, one, other, keys):
    paths = [OTHER_DOOR, PATH + "/", "", "/", "/payment/v2.3/qris/query", PATH[1:], PATH + "?a=1"]
    return _signed(one, keys.gateway, path=rng.choice(paths))


# ── Time ───────────────────────────────────────────────────────────────────────────────
def _timestamp_touched(rng, one, other, keys):
    place = rng.randrange(len(one.timestamp))
    sign = rng.choice("0123456789T:.+-Zz ")
    text = one.timestamp[:place] + sign + one.timestamp[place + 1 :]
    return replace(one, timestamp=rng.choice([text, one.timestamp[:place], "-", ""]).strip())


def _same_instant_in_other_words(rng, one, other, keys):
    instant = datetime.fromisoformat(one.timestamp)
    words = [instant.isoformat(), instant.isoformat(timespec="seconds"), str(instant.timestamp())]
    return replace(one, timestamp=rng.choice([*words, instant.isoformat(sep=" ")]))


def _from_another_time(rng, one, other, keys):
    """Genuinely signed, but long ago or not yet."""
    minutes = rng.choice([-6, -15, -60, -1440, -525_600, 6, 60, 1440])
    then = datetime.fromisoformat(one.timestamp) + timedelta(minutes=minutes)
    return _signed(one, keys.gateway, timestamp=timestamp_of(then))


def _signed_time_that_is_none(rng, one, other, keys):
    words = ["now", "0", "2026-13-01T00:00:00+07:00", one.timestamp[:-6], "9999-12-31T23:59:59Z"]
    return _signed(one, keys.gateway, timestamp=rng.choice(words))


# ── Signature ──────────────────────────────────────────────────────────────────────────
def _signature_byte(rng, one, other, keys):
    raw = bytearray(base64.b64decode(one.signature))
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return replace(one, signature=base64.b64encode(raw).decode())


def _signature_letter(rng, one, other, keys):
    place = rng.randrange(len(one.signature))
    letter = rng.choice("ABCDEFGHabcdefgh0123456789+/=-_")
    return replace(one, signature=one.signature[:place] + letter + one.signature[place + 1 :])


def _signature_written_otherwise(rng, one, other, keys):
    """The right signature in a spelling that only a lenient reader takes for it."""
    text, raw = one.signature, base64.b64decode(one.signature)
    spellings = [
        base64.urlsafe_b64encode(raw).decode(),
        text.rstrip("="),
        text + "=",
        text + "====",
        raw.hex(),
        base64.b32encode(raw).decode(),
        text[:76] + " " + text[76:],
        text[:76] + "\t" + text[76:],
        text[:76] + "\\n" + text[76:],
        text[:64] + "%0A" + text[64:],
        f'"{text}"',
        f"sha256={text}",
        text + "," + text,
        text.swapcase(),
        # The last letter before the padding carries bits that no byte uses.
        text[:-3] + chr(ord(text[-3]) + 1) + "==" if text.endswith("==") else text + "!",
    ]
    return replace(one, signature=rng.choice(spellings))


def _signature_missing(rng, one, other, keys):
    return replace(one, signature=rng.choice(["-", "", "null", "=", "AA==", "undefined", "0"]))


def _signature_cut(rng, one, other, keys):
    raw = base64.b64decode(one.signature)
    cut = rng.choice([raw[: rng.randrange(len(raw))], raw + rng.randbytes(1), b"\0" + raw])
    return replace(one, signature=base64.b64encode(cut).decode())


def _signed_by_somebody_else(rng, one, other, keys):
    return _signed(one, rng.choice([keys.ours, keys.stranger]))


def _other_algorithm(rng, one, other, keys):
    message = string_to_sign(path=one.path, body=one.body, timestamp=one.timestamp)
    key, salt = keys.gateway, padding.PSS.MAX_LENGTH
    raw = rng.choice(
        [
            lambda: key.sign(message, padding.PKCS1v15(), hashes.SHA1()),
            lambda: key.sign(message, padding.PKCS1v15(), hashes.SHA512()),
            lambda: key.sign(
                message, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256()
            ),
            lambda: key.sign(
                hashlib.sha256(message).digest()[:20],
                padding.PKCS1v15(),
                utils.Prehashed(hashes.SHA1()),
            ),
            # What anybody can make: a hash, and a hash under a key that is public.
            lambda: hashlib.sha256(message).digest() * 8,
        ]
    )()
    return replace(one, signature=base64.b64encode(raw).decode())


def _other_words_signed(rng, one, other, keys):
    """The gateway's own signature over nearly the right words."""
    digest = hashlib.sha256(one.body).hexdigest()
    words = [
        f"POST:{one.path}:{digest.upper()}:{one.timestamp}",
        f"GET:{one.path}:{digest}:{one.timestamp}",
        f"post:{one.path}:{digest}:{one.timestamp}",
        f"POST:{one.path}:{digest}",
        f"{one.path}:{digest}:{one.timestamp}",
        f"POST:{one.path}:{digest}:{one.timestamp}\n",
        f"POST:{one.path}:{hashlib.sha256(b'').hexdigest()}:{one.timestamp}",
        one.body.decode(),
    ]
    raw = keys.gateway.sign(rng.choice(words).encode(), padding.PKCS1v15(), hashes.SHA256())
    return replace(one, signature=base64.b64encode(raw).decode())


def _headers_twice(rng, one, other, keys):
    """The genuine header, and beside it another of its name."""
    name = rng.choice(["X-TIMESTAMP", "X-SIGNATURE"])
    value = rng.choice([one.timestamp, other.timestamp, one.signature, other.signature, "x"])
    return replace(one, body=rng.choice([one.body, other.body]), more=((name, value),))


def _headers_in_other_names(rng, one, other, keys):
    """Values where a lenient server might look for them too."""
    names = rng.choice([("X_SIGNATURE", "X_TIMESTAMP"), ("Signature", "Timestamp")])
    more = ((names[0], one.signature), (names[1], one.timestamp))
    return replace(one, signature="-", timestamp=rng.choice(["-", one.timestamp]), more=more)


def _signed(one: Delivery, key, **changed) -> Delivery:
    signed = replace(one, **changed)
    text = sign(key=key, path=signed.path, body=signed.body, timestamp=signed.timestamp)
    # Sent to where the callback belongs, whatever was signed.
    return replace(signed, signature=text, path=one.path)


FAMILIES = (
    *(_body_byte, _body_cut, _body_piece, _body_edge, _written_anew, _other_facts),
    *(_key_said_twice, _swapped, _other_path, _other_method, _signed_for_another_path),
    *(_timestamp_touched, _same_instant_in_other_words, _from_another_time),
    *(_signed_time_that_is_none, _signature_byte, _signature_letter),
    *(_signature_written_otherwise, _signature_missing, _signature_cut, _signed_by_somebody_else),
    *(_other_algorithm, _other_words_signed, _headers_twice, _headers_in_other_names),
)
