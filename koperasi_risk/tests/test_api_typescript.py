"""A client written from the guide's own types compiles against what this API really answers, and works."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from koperasi_risk.tests.factories import a_koperasi, a_member, a_rule

HERE = Path(__file__).parent / "typescript"
OPTIONS = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"]
OPTIONS += ["--target", "es2022", "--lib", "es2022,dom", "--skipLibCheck"]
RULE = {"weight": 0.4, "threshold": 3, "risk_category": "sedang", "auto_action": "reject"}

pytestmark = pytest.mark.skipif(
    not shutil.which("tsc"), reason="no TypeScript compiler (tsc) here; .ci/run brings one"
)


def tsc(folder: Path, *files: str, emit: bool = False) -> subprocess.CompletedProcess:
    """Compile; with `emit` into modules that Node runs."""
    how = ["--module", "commonjs"] if emit else ["--module", "esnext", "--noEmit"]
    how += ["--moduleResolution", "node10" if emit else "bundler"]
    return subprocess.run(
        ["tsc", *OPTIONS, *how, *files], cwd=folder, capture_output=True, text=True
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    for file in HERE.glob("*.ts"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def answers(engine, mekar) -> dict[str, tuple[str, dict]]:
    """Answers of the views, each with the type that it is to be of."""
    late = a_member(mekar)
    a_rule(mekar, "membership_months", threshold=600, auto_action="REJECT")
    rule = engine.post("config", RULE | {"factor": "tenor"})
    changed = RULE | {"factor": "usia", "action_payload": {"tiers": [{"over": 5}], "note": None}}
    with_payload = engine.post("config", changed)
    middle = engine.get(f"config?limit=1&cursor={rule.json()['data']['id'] - 1}")
    loan = {"member_id": late.pk, "amount": 1_000_000, "tenor_months": 10}
    enveloped = "APIResponse<RiskRule>"
    return {
        "score": ("RiskResult", engine.post("score", {"member_id": late.pk}).json()),
        "result": ("RiskResult", engine.get(f"result/{late.pk}").json()),
        "monitor": ("Monitor", engine.get("monitor").json()),
        "rule": (enveloped, rule.json()),
        "ruleWithPayload": (enveloped, with_payload.json()),
        "onlyPage": ("RiskRuleListResponse", engine.get("config").json()),
        "middlePage": ("RiskRuleListResponse", middle.json()),
        "deleted": (
            "APIResponse<null>",
            engine.delete(f"config/{rule.json()['data']['id']}").json(),
        ),
        "invalid": ("ErrorResponse", engine.post("config", {}).json()),
        "conflict": ("ErrorResponse", engine.post("config", changed).json()),
        "missing": ("ErrorResponse", engine.get("result/999999").json()),
        "nowhere": ("ErrorResponse", engine.get("nowhere").json()),
        "rejected": ("ErrorResponse", engine.post("loan-check", loan).json()),
    }


def record(folder: Path, answers: dict[str, tuple[str, dict]]) -> None:
    lines = [
        "import type { ErrorResponse, Monitor } from './client';",
        "import type { APIResponse, RiskResult, RiskRule, RiskRuleListResponse } from './types';",
        *(
            f"export const {name} = {json.dumps(body)} satisfies {kind};"
            for name, (kind, body) in answers.items()
        ),
    ]
    (folder / "recorded.ts").write_text("\n".join(lines) + "\n")


def test_what_is_answered_is_of_the_guides_types(folder, answers):
    record(folder, answers)

    compiled = tsc(folder, "checks.ts", "recorded.ts", "client.ts")

    assert compiled.returncode == 0, compiled.stdout


def test_wrong_answers_do_not_compile(folder, answers):
    wrong = {
        "score": {"level": "LOW"},
        "rule": {"meta": {"request_id": "x"}},
        "middlePage": {"errors": {"factor": "x"}},
    }
    taken = {name: (answers[name][0], answers[name][1] | change) for name, change in wrong.items()}
    record(folder, taken)

    compiled = tsc(folder, "recorded.ts")

    assert compiled.returncode != 0
    # Two lines of imports go before.
    assert all(f"recorded.ts({line}," in compiled.stdout for line in (3, 4, 5)), compiled.stdout


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not shutil.which("node"), reason="no Node here")
def test_the_client_works_against_the_running_product(folder, live_server, api, wayan):
    with a_koperasi("KSP Mekar", wayan) as tenant:
        member = a_member(tenant)
    bearer = api(wayan)._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    # Node's own types are not here: what the tour needs of Node it is told in a line.
    (folder / "node.d.ts").write_text("declare const process: { argv: string[] };\n")
    compiled = tsc(folder, "tour.ts", "node.d.ts", emit=True)
    assert compiled.returncode == 0, compiled.stdout

    ran = subprocess.run(
        ["node", "tour.js", live_server.url, f"stale,{bearer}", str(tenant.pk), str(member.pk)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["refreshes"] == 1
    assert told["listed"] == ["tenor", "usia", "agunan"]
    assert told["taken"][0] == 409 and told["taken"][1].startswith("factor: ")
    assert (told["removed"], told["gone"]) == (None, 404)
    assert told["result"]["member_id"] == member.pk
    assert told["again"] == told["result"]
    assert sum(told["monitor"].values()) == 1
