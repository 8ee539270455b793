"""
What a movement does to the balance of a savings account, and which movements may be.

Only verified and approved movements count. Principal and mandatory savings (simpanan pokok, wajib) are
given back when a member leaves, and not before; fees are paid besides, and are in no balance.
"""

from decimal import Decimal

KEPT_UNTIL_EXIT = ("PRINCIPAL", "MANDATORY")
WITHDRAWAL, CORRECTION, LEFT = "WITHDRAWAL", "CORRECTION", "LEFT"
ZERO = Decimal(0)


def effect(kind: str, amount: Decimal) -> Decimal:
    """
    Return what a movement adds to a balance; a correction has its own sign.

    >>> effect("WITHDRAWAL", Decimal(50_000))
    Decimal('-50000')
    """
    return -amount if kind == WITHDRAWAL else amount


def is_bound(account_kind: str, movement_kind: str, *, member_status: str) -> bool:
    """Say whether money must stay where it is because its member has not left."""
    return movement_kind == WITHDRAWAL and account_kind in KEPT_UNTIL_EXIT and member_status != LEFT


def is_covered(added: Decimal, *, balance: Decimal, blocked: Decimal) -> bool:
    """
    Say whether a balance bears what is taken; what is blocked as collateral stays.

    >>> is_covered(Decimal(-80), balance=Decimal(100), blocked=Decimal(30))
    False
    """
    return added >= ZERO or balance + added >= max(blocked, ZERO)
