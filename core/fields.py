from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models


class RupiahField(models.DecimalField):
    """An amount of rupiah, major units, two decimals, up to 16 digits before the comma."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


POSITIVE = MinValueValidator(Decimal("0.01"))
