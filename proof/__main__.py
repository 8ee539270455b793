"""`python -m proof [NAME …] [--seed N] [--small] [--size name=value]`: put promises to the proof."""

import argparse
import os
import random
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.environment import Copy
from proof import proofs
from proof.arena import arena, missing
from proof.report import FOLDER, Report


def main(arguments: list[str]) -> int:
    known = proofs()
    chosen = _parser(known).parse_args(arguments)
    if reason := missing():
        print(f"No proof without servers of our own: {reason}.", file=sys.stderr)
        return 2
    folder = Copy.from_environment().folder("prove")
    seed = chosen.seed if chosen.seed is not None else random.randrange(1_000_000)
    broken = []
    for name in chosen.names or known:
        sizes = sizes_of(known[name], small=chosen.small, wanted=_pairs(chosen.size))
        print(f"{name}, seed {seed}, {sizes} …", flush=True)
        report = prove(known[name], seed=seed, sizes=sizes, folder=folder / name)
        print(report.show(), flush=True)
        # Small runs show that the machinery works; only large ones are worth keeping.
        report.save(folder / "small" if chosen.small else FOLDER)
        if not report.holds:
            broken.append(name)
            print(f"  Logs and data: {folder / name}", flush=True)
        else:
            shutil.rmtree(folder / name, ignore_errors=True)
    return 1 if broken else 0


def prove(proof, *, seed: int, sizes: Mapping, folder: Path) -> Report:
    """Run one proof on an arena of its own, or without one when it needs none."""
    wanted = getattr(proof, "ARENA", {})
    if wanted is None:
        return proof.run(None, seed=seed, **sizes)
    with arena(folder=folder, **wanted) as house:
        report = proof.run(house, seed=seed, **sizes)
        report.machine["postgresql"] = house.postgres_version
        return report


def sizes_of(proof, *, small: bool, wanted: Mapping[str, str]) -> dict[str, int | float]:
    """
    Return the proof's sizes; PROOF_NAME=value in the environment and `wanted` win, in this order.

    A name that the proof does not have is passed over: it may be another proof's.
    """
    sizes = dict(proof.SIZES["small" if small else "large"])
    for name, value in sizes.items():
        text = wanted.get(name) or os.environ.get(f"PROOF_{name.upper()}") or str(value)
        sizes[name] = type(value)(text)
    return sizes


def _parser(known: Mapping) -> argparse.ArgumentParser:
    lines = "\n".join(f"  {name:12} {proof.GOAL}" for name, proof in known.items())
    parser = argparse.ArgumentParser(
        prog="proof",
        description=__doc__,
        epilog=lines,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[*known, []], metavar="NAME")
    parser.add_argument("--seed", type=int, help="the same choices again; without it a new number")
    parser.add_argument("--small", action="store_true", help="minutes become seconds")
    parser.add_argument("--size", action="append", default=[], metavar="NAME=VALUE")
    return parser


def _pairs(texts: list[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
