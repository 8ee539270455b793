"""
Read the import graph of our apps from their source, and name the arrows that run the wrong way.

The house is drawn in the architecture: floors look down, the roof sees everything, the bedrock nothing.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FLOORS = {
    "core": 0,
    "accounts": 1,
    "merchants": 2,
    "koperasi_risk": 2,
    "fraud": 2,
    "transactions": 3,
    "scoring": 4,
    "alerts": 5,
    "banking": 6,
}
# The outside of the house: people, machines and clocks knock here. Templates and requests pass through
# `templatetags`, `middleware` and `context`, the start-up through `apps` and `checks`.
ROOF = {
    "api", "portal", "admin", "tasks", "management", "demo", "tests",
    "middleware", "templatetags", "context", "apps", "migrations",
}  # fmt: skip
# Django's own checks of an app stand directly in it; deeper down the word is anybody's.
START_UP_CHECKS = "checks"
# Plain Python that every bedrock rests on, and libraries without a framework in them.
COMMON_BEDROCK = {"core.money", "core.dates", "core.tables"}
PLAIN_LIBRARIES = {"phonenumbers", "openpyxl"}
# What an app may wire itself to in `config`.
WIRING = {("core.outbox", "config.events")}


@dataclass(frozen=True)
class Arrow:
    """One module imports another."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


def arrows(root: Path) -> list[Arrow]:
    """Return every import in our apps, inside functions too, except in their tests."""
    return [
        Arrow(source=module, target=target)
        for app in FLOORS
        for path in sorted((root / app).rglob("*.py"))
        if "tests" not in path.parts and "migrations" not in path.parts
        for module in [_module(path, root)]
        for target in _imports(path, module, root)
    ]


def _module(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, module: str, root: Path, *, top_level: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, module, is_package=path.name == "__init__.py")
            for alias in node.names:
                yield _named(base, alias.name, root)


def _base(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".")[: None if is_package else -1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _named(base: str, name: str, root: Path) -> str:
    # `from core import outbox` means the module; `from core.outbox import announce` its content.
    inner = root.joinpath(*base.split("."), name)
    return f"{base}.{name}" if inner.with_suffix(".py").exists() or inner.is_dir() else base


# ── The law ────────────────────────────────────────────────────────────────────────────


def faults(found: list[Arrow]) -> list[str]:
    """Name every arrow that breaks a rule of the house."""
    return [f"{arrow}: {why}" for arrow in found if (why := _fault(arrow))]


def _fault(arrow: Arrow) -> str:
    source, target = arrow.source.split("."), arrow.target.split(".")
    if _is_bedrock(source) and not _may_lie_under_bedrock(source, target):
        return "the bedrock knows plain Python and itself alone"
    if target[0] == "config":
        return "" if (arrow.source, arrow.target) in WIRING else "only the wiring knows the wiring"
    if target[0] not in FLOORS:
        return ""
    if _is_roof(source):
        return ""
    if _is_roof(target):
        return "nothing imports the roof"
    if FLOORS[target[0]] > FLOORS[source[0]]:
        return "an arrow runs upward"
    if FLOORS[target[0]] == FLOORS[source[0]] and target[0] != source[0]:
        return "neighbours on one floor do not know each other"
    return ""


def _is_roof(module: list[str]) -> bool:
    return any(part in ROOF for part in module[1:]) or module[1:] == [START_UP_CHECKS]


def _is_bedrock(module: list[str]) -> bool:
    return "domain" in module[1:] or ".".join(module) in COMMON_BEDROCK


def _may_lie_under_bedrock(source: list[str], target: list[str]) -> bool:
    return (
        target[0] in sys.stdlib_module_names | PLAIN_LIBRARIES
        or ".".join(target) in COMMON_BEDROCK
        or ("domain" in target and target[:2] == source[:2])
    )


def circles(root: Path) -> list[list[str]]:
    """Return groups of our modules that import each other in a circle while they load."""
    graph: dict[str, set[str]] = {}
    for app in FLOORS:
        for path in sorted((root / app).rglob("*.py")):
            if "tests" not in path.parts and "migrations" not in path.parts:
                module = _module(path, root)
                graph[module] = set(_imports(path, module, root, top_level=True)) - {module}
    return _strongly_connected(graph)


def _strongly_connected(graph: dict[str, set[str]]) -> list[list[str]]:
    reaches = {module: _reachable(graph, module) for module in graph}
    groups = {
        tuple(sorted(other for other in reaches[module] if module in reaches.get(other, ())))
        for module in graph
    }
    return [list(group) for group in sorted(groups) if len(group) > 1]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), ()):
            if target in graph and target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen
