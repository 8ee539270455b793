"""
The lines of a sale: what was sold, how many, at which price.

>>> items_total([Item(name="Kopi", quantity=2, price=Decimal("5000"))])
Decimal('10000')
>>> items_total([Item(name="Kopi", quantity=2, price=Decimal("5000")), Item(name="Gorengan")])
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# Tills round each line; the sum may be off by this much.
TOLERANCE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line. `price` is IDR, major units, for one piece; `more` what the till adds for itself."""

    name: str
    id: str | None = None
    quantity: int | None = None
    price: Decimal | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return the line as it is stored and shown: prices as numbers, under both their names."""
        line: dict[str, Any] = {"id": self.id, "name": self.name, "quantity": self.quantity}
        if self.price is not None:
            line |= {"price": _number(self.price), "unitPrice": _number(self.price)}
            if self.quantity is not None:
                line["totalPrice"] = _number(self.quantity * self.price)
        return {name: value for name, value in line.items() if value is not None} | dict(self.more)


def items_total(items: Iterable[Item]) -> Decimal | None:
    """Return the sum of all lines; None when a line lacks its price or quantity, or there is none."""
    lines = list(items)
    if not lines or any(item.price is None or item.quantity is None for item in lines):
        return None
    return sum((item.quantity * item.price for item in lines), Decimal(0))


def items_match(items: Iterable[Item], amount: Decimal) -> bool:
    """Say whether the lines add up to `amount`, as far as they can be added."""
    total = items_total(items)
    return total is None or abs(total - amount) <= TOLERANCE


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
