"""What a proof found, kept in docs/proof: figures for people, JSON for the next run."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.environment import ROOT

FOLDER = ROOT / "docs" / "proof"
INTRODUCTION = """# Proofs

Each line is a promise put to the proof on a running copy of the product: `make prove` runs them all,
prints what it finds and writes this page. A failing run is kept too. The same seed makes the same
choices; what the processes make of them, they decide anew. More of it: `PROOF_KILLS=500`, or
`--size kills=500`. Small sizes of all of them but `ai` are part of `make test`.
"""


@dataclass
class Report:
    """
    The outcome of one proof. `figures` are counted, `failures` say what broke the promise.

    No path and no address of the machine belongs in it: it is published.
    """

    name: str
    goal: str
    seed: int
    sizes: dict[str, int | float]
    figures: dict[str, object] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    machine: dict[str, object] = field(default_factory=lambda: machine())
    commit: str = field(default_factory=lambda: commit())

    @property
    def holds(self) -> bool:
        return not self.failures

    @property
    def command(self) -> str:
        sizes = " ".join(f"--size {name}={value}" for name, value in self.sizes.items())
        return f'make prove ARGS="{self.name} --seed {self.seed} {sizes}"'

    def expect(self, holds: object, failure: str) -> None:
        """Note a failure unless the promise holds."""
        if not holds:
            self.failures.append(failure)

    def show(self) -> str:
        """The report as lines of text."""
        verdict = "holds" if self.holds else "IS BROKEN"
        figures = [f"  {name}: {_figure(value)}" for name, value in self.figures.items()]
        failures = [f"  ✗ {failure}" for failure in self.failures]
        heading = f"{self.name}: {self.goal} – {verdict} ({self.seconds:.0f} s, seed {self.seed})"
        return "\n".join([heading, *figures, *failures])

    def save(self, folder: Path = FOLDER) -> Path:
        """Write the figures, and draw the page of all proofs anew."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        text = json.dumps(asdict(self) | {"command": self.command}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n")
        write_page(folder)
        return path


def write_page(folder: Path = FOLDER) -> None:
    """Draw README.md from the saved reports."""
    saved = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    head = ["| Proof | Promise | Figures | Result |", "| --- | --- | --- | --- |"]
    again = ["## The same again", "", "```", *(report["command"] for report in saved), "```"]
    lines = [INTRODUCTION, *head, *(_row(report) for report in saved), "", *again]
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def _row(saved: dict) -> str:
    figures = "; ".join(f"{name} {_figure(value)}" for name, value in saved["figures"].items())
    result = "; ".join(saved["failures"]) or "holds"
    run = f"{saved['date']}, {saved['commit']}, seed {saved['seed']}, {_box(saved['machine'])}"
    cells = [
        f"[{saved['name']}]({saved['name']}.json)",
        saved["goal"],
        figures,
        f"{result} ({run})",
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _box(machine: dict) -> str:
    return f"{machine['cores']} cores, {machine['memory_gb']} GB"


def _figure(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_figure(each)}" for name, each in value.items()) + ")"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def machine() -> dict[str, object]:
    """What the proof ran on, in words that name nobody's machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def commit() -> str:
    """The checkout's commit; `+` says that files were changed since."""
    head = _git("rev-parse", "--short=10", "HEAD")
    return head + ("+" if head and _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
