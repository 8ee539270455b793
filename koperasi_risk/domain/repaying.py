"""
How money that a member pays is spread over instalments: oldest first, and in each one penalty, then
interest (jasa), then principal.

    An instalment owes Rp 1.000.000 principal, Rp 120.000 interest and Rp 5.000 penalty. Rp 300.000 pays
    the penalty, the interest, and Rp 175.000 of the principal; the rest is due as before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
PARTS = ("penalty", "interest", "principal")


@dataclass(frozen=True, slots=True)
class Owed:
    """What is unpaid of one instalment; the same shape says what of it is paid."""

    id: int
    principal: Decimal = ZERO
    interest: Decimal = ZERO
    penalty: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.penalty


def spread(amount: Decimal, owed: Iterable[Owed], *, order: Sequence[str] = PARTS) -> list[Owed]:
    """
    Return what of each instalment is paid; `owed` come oldest first, those that get nothing are left out.

    Raises ValueError when more is paid than owed.
    """
    rest, shares = amount, []
    for line in owed:
        if not rest:
            break
        share = {}
        for part in order:
            share[part] = min(rest, getattr(line, part))
            rest -= share[part]
        if any(share.values()):
            shares.append(Owed(line.id, **share))
    if rest:
        raise ValueError("more is paid than owed")
    return shares
