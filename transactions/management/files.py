"""What commands that read a file have in common: renamed columns, and a report of refused lines."""

import csv
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError


class RefusalReport:
    """A CSV of refused lines, made when there is the first one; `row_of` words one of them."""

    def __init__(self, path: Path, *, columns: Sequence[str], row_of: Callable[[Any], Iterable]):
        self.path, self.columns, self.row_of = path, columns, row_of
        self.stream = None

    def add(self, refused: Sequence) -> None:
        """Write some refused lines down."""
        if refused and self.stream is None:
            self.stream = self.path.open("w", newline="", encoding="utf-8")
            self.writer = csv.writer(self.stream)
            self.writer.writerow(self.columns)
        for line in refused:
            self.writer.writerow(self.row_of(line))

    def close(self) -> None:
        if self.stream:
            self.stream.close()


def renamed_columns(
    pairs: Sequence[str], *, ours: Collection[str], returncode: int = 1
) -> dict[str, str]:
    """Read `--map ours=theirs` pairs. Raises CommandError for one that is none."""
    renamed = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(renamed) < len(pairs) or renamed.keys() - set(ours):
        text = f"--map takes ours=theirs; ours are {', '.join(ours)}."
        raise CommandError(text, returncode=returncode)
    return renamed
