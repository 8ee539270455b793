"""The operators' desks, by what lies on them."""

from transactions.admin import gateway, refunds, sales, settlements

__all__ = ["gateway", "refunds", "sales", "settlements"]
