"""
Where the lines of a chart go: plain arithmetic, drawn by `templates/components/*.html`.

Coordinates are texts, so that no language writes them with a comma. Gaps are None.
Lines and bars are drawn in percent of their plot: the style sheet keeps room for the labels,
and their letters stay as large as any on the page however narrow it is.

>>> [str(tick) for tick in nice_ticks(3, 187)]
['0', '100', '200']
"""

from core.charts.bars import Bar, BarChart, bar_chart, stacked
from core.charts.gauges import RISK_BANDS, Band, Gauge, gauge
from core.charts.lines import LineChart, Series, line_chart
from core.charts.parts import Event
from core.charts.scales import Number, nice_ticks, written
from core.charts.sparklines import Sparkline, sparkline

__all__ = [
    "RISK_BANDS",
    "Band",
    "Bar",
    "BarChart",
    "Event",
    "Gauge",
    "LineChart",
    "Number",
    "Series",
    "Sparkline",
    "bar_chart",
    "gauge",
    "line_chart",
    "nice_ticks",
    "sparkline",
    "stacked",
    "written",
]
