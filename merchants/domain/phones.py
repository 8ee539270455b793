"""
Phone numbers of Indonesia, written one way: E.164.

    >>> to_e164("0812-3456-7890")
    '+6281234567890'
    >>> to_e164("+62 812-3456-789")
    '+628123456789'
"""

import re

import phonenumbers

_WRITTEN = re.compile(r"\+?[0-9 ().-]+", re.ASCII)


def to_e164(text: str) -> str:
    """
    Return an Indonesian number in E.164, whatever spaces, dashes and brackets it was typed with.

    Raises ValueError for anything else, numbers of other countries included.
    """
    if not _WRITTEN.fullmatch(text):
        raise ValueError("not a phone number")
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    if not phonenumbers.is_valid_number_for_region(number, "ID"):
        raise ValueError("not a valid number of Indonesia")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
