"""What the list offers to filter by."""

from dataclasses import dataclass, field

from django.db import connection

from banking.selectors.portfolio import consenting
from core.kept import kept

# How long the cities and categories on offer may lag behind.
CHOICES_SECONDS = 60


@dataclass(frozen=True)
class Choices:
    """The cities and categories that consenting merchants name."""

    cities: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)


def directory_choices() -> Choices:
    """Return the cities and categories on offer, in alphabetical order; CHOICES_SECONDS old at most."""
    lists = kept("banking.directory_choices", seconds=CHOICES_SECONDS, find=_choices)
    return Choices(*lists)


def _choices() -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT array_agg(DISTINCT m.city) FILTER (WHERE m.city <> ''),
                array_agg(DISTINCT m.category) FILTER (WHERE m.category <> '')
            FROM merchants_merchant m WHERE {consenting()}"""  # noqa: S608
        )
        return [sorted(names or []) for names in cursor.fetchone()]
