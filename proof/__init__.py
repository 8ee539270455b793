"""
Promises put to the proof: `make prove ARGS="crashes --seed 7"`.

A proof is a module of this package with

    NAME, GOAL      its name on the command line, and the promise in one line
    SIZES           {"small": {…}, "large": {…}}: what `run` takes beside the seed, numbers only
    ARENA           keywords for `arena(…)`; None when it needs no running copy. Default {}
    run(arena, *, seed, **sizes) -> Report

`arena` is a whole copy of the product that can be killed piece by piece, `report` keeps the figures.
Small sizes run in `make test`, large ones by `make prove`, which saves them in docs/proof.
"""

import importlib
import pkgutil
from types import ModuleType


def proofs() -> dict[str, ModuleType]:
    """Every proof there is, by name."""
    modules = [
        importlib.import_module(f"proof.{found.name}")
        for found in pkgutil.iter_modules(__path__)
        if not found.name.startswith("__") and not found.ispkg
    ]
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}
