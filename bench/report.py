"""Tables for people, JSON for comparing runs."""

import json
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


@dataclass
class Table:
    """Rows of one benchmark. Numbers are rounded for reading; JSON keeps them whole."""

    name: str
    columns: Sequence[str]
    rows: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, **row) -> None:
        self.rows.append(row)

    def show(self) -> None:
        cells = [[_cell(row.get(name)) for name in self.columns] for row in self.rows]
        widths = [
            max(len(name), *(len(line[index]) for line in cells)) if cells else len(name)
            for index, name in enumerate(self.columns)
        ]
        print(f"\n{self.name}")
        for line in [list(self.columns), ["─" * width for width in widths], *cells]:
            print(
                "  "
                + "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
            )
        for note in self.notes:
            print(f"  {note}")

    def save(self) -> Path:
        """Write the run under VAR_DIR/bench and return the file."""
        now = datetime.now(UTC)
        folder = settings.VAR_DIR / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name.replace(' ', '-')}-{now:%Y%m%d-%H%M%S}.json"
        run = {"name": self.name, "at": now.isoformat(), "machine": platform.platform()}
        path.write_text(json.dumps(run | {"rows": self.rows, "notes": self.notes}, indent=1))
        return path


def _cell(value) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value if value is not None else "–")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` is 0–1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median_ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000
