"""One running copy for all small proofs; each leaves it running, with its data in it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from proof.arena import arena, missing

# Clocks that a test need not wait for.
QUICK = {"DATA_KEY_REFRESH_SECONDS": "3"}


@pytest.fixture(scope="session")
def house():
    if reason := missing():
        pytest.skip(reason)
    # Not pytest's own folder, which PostgreSQL's user may not enter when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="saksama-proof-"))
    folder.chmod(0o711)
    try:
        with arena(folder=folder / "house", pages=True, env=QUICK) as house:
            yield house
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def prove(house):
    """Run a proof in its small size; whatever breaks the promise fails the test, in its own words."""

    def run(proof, *, seed: int = 1):
        report = proof.run(house, seed=seed, **proof.SIZES["small"])
        assert report.holds, report.show()
        return report

    return run
