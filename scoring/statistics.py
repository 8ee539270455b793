"""
How well scores tell trouble from its absence: plain statistics, no Django.

    auc     how often a merchant that got into trouble had the lower score, ties counting half
    psi     how far a distribution of scores has moved
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

Z_95 = 1.959964
BINS = range(0, 101, 10)


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve with its 95 % interval after DeLong."""

    value: float
    low: float
    high: float


def auc(*, troubled: Sequence[int], fine: Sequence[int]) -> Auc | None:
    """
    Return the probability that a troubled merchant scores lower than a fine one.

    None without anybody on either side. 0.5 is what guessing gives.

    >>> auc(troubled=[10, 20], fine=[30, 40]).value, auc(troubled=[5], fine=[5]).value
    (1.0, 0.5)
    """
    if not troubled or not fine:
        return None
    of_troubled = _shares_above(troubled, sorted(fine))
    of_fine = [1 - share for share in _shares_above(fine, sorted(troubled))]
    value = sum(of_troubled) / len(of_troubled)
    error = sqrt(_mean_variance(of_troubled) + _mean_variance(of_fine))
    return Auc(value, max(0.0, value - Z_95 * error), min(1.0, value + Z_95 * error))


def psi(*, expected: Sequence[int], actual: Sequence[int]) -> float | None:
    """
    Return the population stability index over bins of ten points; below 0.1 little has moved.

    An empty bin counts as half a merchant, so that the index stays finite.

    >>> psi(expected=[50] * 10, actual=[50] * 10)
    0.0
    """
    if not expected or not actual:
        return None
    pairs = zip(_bin_shares(expected), _bin_shares(actual), strict=True)
    return sum((after - before) * log(after / before) for before, after in pairs)


def _shares_above(values: Sequence[int], others: Sequence[int]) -> list[float]:
    """For each value, the share of the (sorted) others that lie above it, ties counting half."""
    return [
        1 - (bisect_left(others, value) + bisect_right(others, value)) / (2 * len(others))
        for value in values
    ]


def _mean_variance(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)


def _bin_shares(points: Sequence[int]) -> list[float]:
    counts = [0] * (len(BINS) - 1)
    for value in points:
        counts[min(value // 10, len(counts) - 1)] += 1
    return [(count or 0.5) / len(points) for count in counts]
