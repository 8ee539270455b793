"""
The text of a QRIS code: tags, two-digit lengths and values, closed by a checksum (EMVCo, merchant-presented).

Codes here are dynamic: they carry the amount of one order.
"""

from decimal import Decimal

NMID = "ID1020030040050"


def qris(*, merchant: str, city: str, amount: Decimal, reference: str) -> str:
    """
    Return the text of one order's code. Names longer than the standard allows are cut.

    >>> qris(merchant="Kopi", city="Bandung", amount=Decimal("10000.00"), reference="P1")[-52:-4]
    '5405100005802ID5904Kopi6007Bandung62060502P16304'
    """
    account = _fields({"00": "ID.CO.PAYLABS.WWW", "01": "936008230000000001", "03": "UMI"})
    national = _fields({"00": "ID.CO.QRIS.WWW", "02": NMID, "03": "UMI"})
    text = _fields(
        {
            "00": "01",
            "01": "12",
            "26": account,
            "51": national,
            "52": "5499",
            "53": "360",
            "54": _plain(amount),
            "58": "ID",
            "59": merchant[:25],
            "60": city[:15],
            "62": _fields({"05": reference[:25]}),
        }
    )
    # The checksum covers its own tag and length.
    text += "6304"
    return f"{text}{crc16(text.encode()):04X}"


def crc16(data: bytes) -> int:
    """
    Return the CRC-16/CCITT-FALSE: polynomial 0x1021, starting from 0xFFFF.

    >>> hex(crc16(b"123456789"))
    '0x29b1'
    """
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
            register &= 0xFFFF
    return register


def _fields(values: dict[str, str]) -> str:
    return "".join(f"{tag}{len(value):02}{value}" for tag, value in values.items())


def _plain(amount: Decimal) -> str:
    """Leave out sen where there are none, as printed codes do."""
    return str(int(amount)) if amount == int(amount) else f"{amount:.2f}"
