"""What sells and what that suggests, from counted facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProductInsights:
    pass


def product_insights():
    pass
