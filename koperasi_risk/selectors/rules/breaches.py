"""Whom rules hit: counted over every member who has not left, by the newest values of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import quantiles

from koperasi_risk.domain.catalogue import Factor, find
from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.domain.values import NOT_AVAILABLE, Missing, Value
from koperasi_risk.models import Tenant
from koperasi_risk.selectors.measured import Measured, newest_of_members, readable
from koperasi_risk.selectors.rules.in_force import active_rules


@dataclass(frozen=True)
class Breaches:
    """
    Of the members that a rule judged, how many breach it; those with missing data are apart.

    Whom the factor does not concern is judged, and passes. A factor that nobody knows judges nobody.
    """

    breached: int = 0
    judged: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Distribution:
    """How one factor's values lie among the members; None where nobody has one."""

    count: int
    missing: int
    not_applicable: int
    minimum: Decimal | None = None
    lower_quartile: Decimal | None = None
    median: Decimal | None = None
    upper_quartile: Decimal | None = None
    maximum: Decimal | None = None


def breach_counts(tenant: Tenant) -> dict[int, Breaches]:
    """Return for each rule in force, by its number, how many members breach it now."""
    rules = list(active_rules(tenant))
    factors = {rule.pk: find(rule.factor) for rule in rules}
    keys = sorted({factor.key for factor in factors.values() if factor})
    members = [member for member in newest_of_members(tenant, keys) if member.has_facts]
    values = {key: list(readable(members, place)) for place, key in enumerate(keys)}
    return {rule.pk: _count(factors[rule.pk], rule.threshold, values) for rule in rules}


def breaches_of(tenant: Tenant, content: RuleContent) -> Breaches:
    """Return how many members would breach a rule being written: its factor and threshold suffice."""
    factor = find(content.factor)
    return _count(
        factor, content.threshold, {factor.key: _values(tenant, factor)} if factor else {}
    )


def distribution_of(tenant: Tenant, factor: Factor) -> Distribution:
    """Return how a factor's values lie among the members now."""
    values = _values(tenant, factor)
    numbers = sorted(value for value in values if not isinstance(value, Missing))
    missing = sum(_is_missing(value) for value in values)
    return Distribution(
        count=len(numbers),
        missing=missing,
        not_applicable=len(values) - len(numbers) - missing,
        **_quartiles(numbers),
    )


def _values(tenant: Tenant, factor: Factor) -> list[Value]:
    members: Iterable[Measured] = newest_of_members(tenant, [factor.key])
    return list(readable((member for member in members if member.has_facts), 0))


def _count(factor: Factor | None, threshold: Decimal, values: dict[str, list[Value]]) -> Breaches:
    if factor is None:
        return Breaches()
    measured = values[factor.key]
    missing = sum(_is_missing(value) for value in measured)
    breached = sum(
        factor.is_breached(value, threshold) for value in measured if not isinstance(value, Missing)
    )
    return Breaches(breached=breached, judged=len(measured) - missing, missing=missing)


def _is_missing(value: Value) -> bool:
    return isinstance(value, Missing) and value.status == NOT_AVAILABLE


def _quartiles(numbers: Sequence[Decimal]) -> dict[str, Decimal]:
    if not numbers:
        return {}
    lower, median, upper = (
        quantiles(numbers, n=4, method="inclusive") if len(numbers) > 1 else numbers * 3
    )
    return {
        "minimum": numbers[0],
        "lower_quartile": lower,
        "median": median,
        "upper_quartile": upper,
        "maximum": numbers[-1],
    }
