"""A number between bands, on a semicircle."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from core.charts.scales import Number, written


@dataclass(frozen=True)
class Band:
    """One part of a gauge, up to a number."""

    upto: Number
    tone: str


RISK_BANDS = (Band(60, "bad"), Band(80, "warn"), Band(100, "ok"))


@dataclass(frozen=True)
class Arc:
    path: str
    tone: str


@dataclass(frozen=True)
class Gauge:
    """A semicircle of bands with a needle; `tone` is that of the band the value lies in."""

    value: Number | None
    high: Number
    bands: tuple[Arc, ...]
    tone: str
    needle: str


def gauge(points: Number | None, bands: Sequence[Band] = RISK_BANDS) -> Gauge:
    """
    Draw `points` between zero and the last band; without points there is no needle.

    >>> gauge(50, [Band(100, "ok")]).needle
    'M100 100L100 34'
    """
    high = bands[-1].upto
    arcs, start = [], 0.0
    for band in bands:
        share = float(band.upto) / float(high)
        # A little air between bands.
        arcs.append(Arc(_arc(start, share - (0.006 if share < 1 else 0)), band.tone))
        start = share + 0.006
    if points is None:
        return Gauge(None, high, tuple(arcs), "", "")
    value = min(max(points, 0), high)
    tone = next((band.tone for band in bands if value < band.upto), bands[-1].tone)
    x, y = _on_arc(float(value) / float(high), radius=66)
    return Gauge(points, high, tuple(arcs), tone, f"M100 100L{x} {y}")


def _arc(start: float, end: float, *, radius: int = 84) -> str:
    (x1, y1), (x2, y2) = _on_arc(start, radius=radius), _on_arc(end, radius=radius)
    return f"M{x1} {y1}A{radius} {radius} 0 0 1 {x2} {y2}"


def _on_arc(share: float, *, radius: int) -> tuple[str, str]:
    angle = pi * (1 - share)
    return written(100 + radius * cos(angle)), written(100 - radius * sin(angle))
