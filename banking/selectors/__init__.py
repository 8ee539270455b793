"""What a bank may know of the merchants that consented."""

from banking.selectors.merchants import (
    Overview,
    ScoreNotAvailable,
    merchant_overview,
    merchant_score,
)
from banking.selectors.portfolio import (
    ORDERS,
    PortfolioFilter,
    PortfolioPage,
    PortfolioRow,
    portfolio_page,
)

__all__ = [
    "ORDERS",
    "Overview",
    "PortfolioFilter",
    "PortfolioPage",
    "PortfolioRow",
    "ScoreNotAvailable",
    "merchant_overview",
    "merchant_score",
    "portfolio_page",
]
