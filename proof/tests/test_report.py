import json

import pytest

from proof import proofs
from proof.__main__ import sizes_of
from proof.report import Report


@pytest.fixture
def report() -> Report:
    return Report("crashes", "nothing is lost", 7, {"kills": 5}, {"lost": 0, "kills": {"web": 2}})


def test_a_saved_report_is_a_line_of_the_page_with_its_command(report, tmp_path):
    report.save(tmp_path)

    page = (tmp_path / "README.md").read_text()
    assert "| [crashes](crashes.json) | nothing is lost | lost 0; kills (web 2) | holds (" in page
    assert 'make prove ARGS="crashes --seed 7 --size kills=5"' in page


def test_a_broken_promise_is_told_in_words(report, tmp_path):
    report.expect(False, "2 sales are gone")

    saved = json.loads(report.save(tmp_path).read_text())

    assert not report.holds
    assert saved["failures"] == ["2 sales are gone"]
    assert "2 sales are gone" in (tmp_path / "README.md").read_text()


def test_sizes_come_from_the_command_then_the_environment_then_the_proof(monkeypatch):
    proof = proofs()["crashes"]
    monkeypatch.setenv("PROOF_KILLS", "500")
    monkeypatch.setenv("PROOF_TILLS", "9")

    sizes = sizes_of(proof, small=False, wanted={"kills": "3"})

    assert sizes == proof.SIZES["large"] | {"kills": 3, "tills": 9}


@pytest.mark.parametrize("name", proofs())
def test_a_proof_has_a_goal_and_both_sizes(name):
    proof = proofs()[name]

    assert proof.GOAL
    assert proof.SIZES["small"].keys() == proof.SIZES["large"].keys()
