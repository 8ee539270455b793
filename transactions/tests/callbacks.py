"""The gateway's callbacks, written and signed by hand, so that tests decide over every byte."""

import json
from datetime import UTC, datetime
from typing import Any

from rest_framework.test import APIClient

from transactions.models import Transaction
from transactions.paylabs.keys import private_key, public_key
from transactions.paylabs.signing import is_signed_by, sign, timestamp_of
from transactions.tests.gateway import Paylabs

PATH = "/api/webhook/paylabs"


def fields_of(sale: Transaction, paylabs: Paylabs, **overrides) -> dict[str, Any]:
    """What the gateway says of a payment."""
    return {
        "merchantId": paylabs.keys["MID"],
        "requestId": "b1d0c1f0a6a34d5c8f6f1e2d3c4b5a69",
        "errCode": "0",
        "paymentType": "QRIS",
        "amount": f"{sale.amount:.2f}",
        "merchantTradeNo": sale.code,
        "platformTradeNo": "2026112100000000001",
        "status": "02",
        "totalTransFee": "7.00",
    } | overrides


def to_bytes(fields: dict) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def headers_for(
    body: bytes, paylabs: Paylabs, *, path: str = PATH, at: datetime | None = None, key: str = ""
) -> dict[str, str]:
    """Sign as the gateway does, or with another private key."""
    timestamp = timestamp_of(at or datetime.now(UTC))
    signer = private_key(key or paylabs.keys["PAYLABS_SIMULATOR_PRIVATE_KEY"])
    return {
        "X-TIMESTAMP": timestamp,
        "X-SIGNATURE": sign(key=signer, path=path, body=body, timestamp=timestamp),
        "X-PARTNER-ID": paylabs.keys["MID"],
    }


def send(body: bytes, headers: dict[str, str], *, path: str = PATH):
    return APIClient().post(path, body, content_type="application/json", headers=headers)


def report(sale: Transaction, paylabs: Paylabs, *, path: str = PATH, at=None, **overrides):
    """Deliver one rightly signed callback and return our answer."""
    body = to_bytes(fields_of(sale, paylabs, **overrides))
    return send(body, headers_for(body, paylabs, path=path, at=at), path=path)


def is_ours(answer, paylabs: Paylabs, *, path: str = PATH) -> bool:
    """Say whether our signature on an answer holds over the bytes that were sent."""
    return is_signed_by(
        key=public_key(paylabs.keys["PAYLABS_SIMULATOR_MERCHANT_KEY"]),
        path=path,
        body=answer.content,
        timestamp=answer["X-TIMESTAMP"],
        signature=answer["X-SIGNATURE"],
    )
