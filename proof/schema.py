"""
Inputs that schemathesis draws from the OpenAPI document, good and bad, for every operation and role.

A route of tomorrow is drawn from the document like those of today. Where document and answer differ,
one of them is wrong: both count as a fault.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from proof.arena import Arena
from proof.caller import Caller, Shop, sign_in
from proof.report import Report

NAME = "schema"
GOAL = "inputs drawn from the OpenAPI document get no 5xx and answers of the promised shape"
# `examples` for each operation and role, beside the edges of each field: of every operation by every
# role, or (not `everywhere`) by the role it is meant for; a koperasi's people keep to their own then.
SIZES = {"small": {"examples": 2, "everywhere": 0}, "large": {"examples": 150, "everywhere": 1}}
ARENA = {"env": {"JWT_ACCESS_TOKEN_EXPIRY": "12h"}}
# The demo's people, with their published passwords.
ROLES = {
    "anonymous": None,
    "merchant": Shop("merchant.a@example.com", "DummyPass123"),
    "bank": Shop("bank1@bca.com", "BankPass123"),
    "officer": Shop("petugas@mekar.example", "KoperasiPass123"),
    "manager": Shop("wayan@mekar.example", "KoperasiPass123"),
}
KOPERASI_ROLES = {"officer", "manager"}
KOPERASI, RESULTS = "/api/koperasi/risk/", "/api/koperasi/risk/result/"
RULES = ("/api/koperasi/risk/config", "/api/koperasi/risk/monitor")
# Away by its settings, and saying so.
UNAVAILABLE = {"gateway_not_configured", "qris_not_available"}
# What no schema can say: one figure at least, a cursor that stands, a first day before the last, few decimals.
RULED_BEYOND = [
    *("/api/merchant/what-if", "/api/transactions", "/api/transactions/export.csv"),
    *("/api/bank/alerts", "/api/bank/loan-applications", "/api/koperasi/risk/config"),
]
SALES_FILE = (
    "transaction_id,occurred_at,amount,payment_method,status\n"
    "P-1,2026-03-02T12:00:00+07:00,15000,QRIS,Success\nP-2,never,1,QRIS,Success\n"
)
_MOST_FAULTS = 20


def run(arena: Arena, *, seed: int, examples: int, everywhere: int) -> Report:
    sizes = {"examples": examples, "everywhere": everywhere}
    report = Report(name=NAME, goal=GOAL, seed=seed, sizes=sizes)
    started = time.monotonic()
    arena.manage("seed_demo")
    document = Caller(arena.address).call("GET", "/api-docs/schema").json
    bindings = _bindings(document, arena.address)
    _show_in(document, bindings)
    tally = Tally()
    for role in ROLES:
        for phase, within in _rounds(role, everywhere=bool(everywhere)):
            config = _config(arena.address, role, phase, bindings, seed=seed, examples=examples)
            _drive(_schema(document, config, role, arena.address, within), tally)
    tally.tell(report, operations=_operations(document))
    report.seconds = time.monotonic() - started
    return report


def samples_of(address: str) -> dict[str, str | int]:
    """Return, by the path it belongs under, a code of something that is there."""
    merchant, bank = (_signed_in(address, role) for role in ("merchant", "bank"))
    boundary = {"Content-Type": "multipart/form-data; boundary=b"}
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="sales.csv"\r\n\r\n'
    file = f"{head}{SALES_FILE}\r\n--b--\r\n".encode()
    sent = merchant.call("POST", "/api/transactions/import", raw=file, headers=boundary)
    applications = _data(bank, "/api/bank/loan-applications")["applications"]
    return {
        "/api/bank/loan-applications/": applications[0]["applicationId"],
        "/api/bank/alerts/": _data(bank, "/api/bank/alerts")["alerts"][0]["id"],
        "/api/transactions/imports/": sent.json["data"]["importId"],
        "/api/transactions/": _data(merchant, "/api/transactions")[0]["transactionId"],
        "/api/merchant/consents/": _data(merchant, "/api/merchant/consents")[0]["id"],
        "/api/bank/merchants/": _data(merchant, "/api/merchant/dashboard")["merchantId"],
        **_samples_of_koperasi(address),
    }


def _samples_of_koperasi(address: str) -> dict[str, int]:
    officer, manager = (_signed_in(address, role) for role in ("officer", "manager"))
    place = place_of(address)
    results = (
        officer.call("GET", f"{RESULTS}{number}", headers=place) for number in range(1, 1_000)
    )
    found = (answer.json for answer in results if answer.status == 200)
    result = next(result for result in found if result["decision"] == "approve")
    rules = manager.call("GET", RULES[0], headers=place).json["data"]
    return {RESULTS: result["member_id"], f"{RULES[0]}/": rules[-1]["id"]}


def place_of(address: str) -> dict[str, str]:
    """Return the header by which a koperasi's people say where they stand."""
    own = _data(_signed_in(address, "officer"), "/api/koperasi/tenants")
    return {"X-Tenant-ID": str(own[0]["tenant_id"])}


def _signed_in(address: str, role: str) -> Caller:
    caller = Caller(address)
    caller.token = sign_in(caller, ROLES[role])
    return caller


def _data(caller: Caller, path: str):
    return caller.call("GET", path).json["data"]


def sample_for(path: str, samples: dict[str, str | int]) -> str | int | None:
    """Return the sample of the longest prefix that fits a path with holes."""
    fitting = [prefix for prefix in samples if path.startswith(prefix) and "{" in path]
    return samples[max(fitting, key=len)] if fitting else None


def home_of(path: str, operation: dict) -> str:
    """Name the role that an operation is meant for."""
    if not any(operation.get("security", ())):
        return "anonymous"
    if path.startswith("/api/koperasi/"):
        return "manager" if path.startswith(RULES) else "officer"
    return "bank" if path.startswith("/api/bank/") else "merchant"


# ── Driving ────────────────────────────────────────────────────────────────────────────


def _rounds(role: str, *, everywhere: bool) -> Iterator[tuple[str, str]]:
    """Phases, each with the role whose operations it keeps to ("" is all of them)."""
    abroad = "" if everywhere or role not in KOPERASI_ROLES else role
    # What the document itself shows works as it stands.
    yield "examples", role
    yield "coverage", "" if everywhere else role
    yield "fuzzing", abroad
    # One call's answer leads to the next call.
    yield "stateful", abroad


def _bindings(document: dict, address: str) -> list[tuple[str, str, str | int, float]]:
    """List what is there already: path, parameter, value, and how often it is to be taken."""
    samples = samples_of(address)
    known = [
        (path, f"path.{hole}", sample, 0.6)
        for path in document["paths"]
        for hole in re.findall(r"\{(\w+)\}", path)
        if (sample := sample_for(path, samples))
    ]
    inside = [path for path in document["paths"] if path.startswith(KOPERASI)]
    (header, tenant), *_ = place_of(address).items()
    known += [(path, f"header.{header}", int(tenant), 0.8) for path in inside]
    return known + [(path, "body.member_id", samples[RESULTS], 0.6) for path in inside]


def _show_in(document: dict, bindings: list) -> None:
    """Make what is there the document's own examples, with which operations work as they stand."""
    for path, parameter, value, _ in bindings:
        place, _, name = parameter.partition(".")
        for operation in document["paths"][path].values():
            for shown in operation.get("parameters", ()):
                if (shown["in"], shown["name"]) == (place, name):
                    shown["example"] = value
            for body in operation.get("requestBody", {}).get("content", {}).values():
                for shown in body.get("examples", {}).values():
                    if place == "body" and name in shown["value"]:
                        shown["value"][name] = value


def _config(
    address: str, role: str, phase: str, bindings: list, *, seed: int, examples: int
) -> SchemathesisConfig:
    phases = ("examples", "coverage", "fuzzing", "stateful")
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": address,
            # One after the other, so that a seed means something.
            "workers": 1,
            "continue-on-failure": True,
            "phases": {name: {"enabled": name == phase} for name in phases},
            "generation": {
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
                "with-security-parameters": role == "anonymous",
                # No text may hold NUL, which a schema cannot say; proof/inputs.py sends it.
                "allow-x00": False,
            },
            "checks": {
                # Whoever is away says why; `Tally` looks at that.
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
            },
            "dictionaries": {
                f"known-{place}": {"values": [value]}
                for place, (_, _, value, _) in enumerate(bindings)
            },
            "operations": [
                {
                    "include-path": path,
                    "parameters": {
                        parameter: {"dictionary": f"known-{place}", "probability": how_often}
                    },
                }
                for place, (path, parameter, _, how_often) in enumerate(bindings)
            ]
            + [
                {"checks": {"positive_data_acceptance": {"enabled": False}}, **chosen}
                # Strong passwords, numbers that ring: bodies have rules of their own.
                for chosen in ({"include-method": "POST"}, {"include-path": RULED_BEYOND})
            ],
        }
    )


def _schema(document: dict, config: SchemathesisConfig, role: str, address: str, within: str):
    paths = {
        path: kept
        for path, operations in document["paths"].items()
        if (kept := {m: o for m, o in operations.items() if within in ("", home_of(path, o))})
    }
    copy = json.loads(json.dumps(document | {"paths": paths}))
    schema = schemathesis.openapi.from_dict(copy, config=config)
    if ROLES[role]:
        _sign_in(schema, role, address)
    return schema


def _sign_in(schema, role: str, address: str) -> None:
    caller = Caller(address)
    caller.token = sign_in(caller, ROLES[role])

    class Bearer:
        def get(self, case, context):
            return caller.token

        def set(self, case, token, context):
            case.headers["Authorization"] = f"Bearer {token}"

    schema.auth(refresh_interval=None)(Bearer)

    @schema.hook("after_call")
    def come_back(context, case, response):
        if case.path.endswith("/logout") and response.status_code == 200:
            caller.token = sign_in(caller, ROLES[role])


def _drive(schema, tally: "Tally") -> None:
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tally.take(event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            tally.note("schemathesis itself", str(getattr(event, "info", event)))


# ── Counting ───────────────────────────────────────────────────────────────────────────


@dataclass
class Tally:
    answers: Counter = field(default_factory=Counter)
    answered_well: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")

    def take(self, recorder) -> None:
        """Count a scenario's calls and keep what its checks complained about."""
        for case_id, call in recorder.interactions.items():
            label = recorder.cases[case_id].value.operation.label
            self._count(label, call)
            for check in recorder.checks.get(case_id, ()):
                if check.failure_info:
                    failure = check.failure_info.failure
                    self.note(f"{check.name} at {label}", f"{failure.message} {_shown(call)}")

    def note(self, fault: str, example: str) -> None:
        self.faults[fault] += 1
        self.first.setdefault(fault, " ".join(example.split())[:600])

    def _count(self, label: str, call) -> None:
        response = call.response
        self.answers[str(response.status_code) if response else "none"] += 1
        if response is None:
            self.note(f"no answer at {label}", _shown(call))
            return
        self.answered_well[label] += response.status_code < 300
        self.slowest = max(self.slowest, (response.elapsed, label))
        if response.status_code == 503 and _code(response.content) not in UNAVAILABLE:
            self.note(f"503 without its reason at {label}", _shown(call))

    def tell(self, report: Report, *, operations: set[str]) -> None:
        report.figures |= {
            "inputs": self.answers.total(),
            "answers": dict(sorted(self.answers.items())),
            "operations": len(operations),
            "slowest": f"{self.slowest[0] * 1000:.0f} ms at {self.slowest[1]}",
            "operations that never succeeded": ", ".join(
                sorted(label for label in operations if not self.answered_well[label])
            )
            or "none",
        }
        for fault, times in self.faults.most_common(_MOST_FAULTS):
            report.failures.append(f"{times} × {fault}: {self.first[fault]}")


def _operations(document: dict) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }


def _code(body: bytes) -> str:
    try:
        return json.loads(body)["code"]
    except (ValueError, KeyError, TypeError):
        return ""


def _shown(call) -> str:
    status = call.response.status_code if call.response else "no answer"
    answer = call.response.content[:200] if call.response else b""
    request = call.request
    path = request.uri.partition("//")[2].partition("/")[2]
    return (
        f"[{request.method} /{path[:200]} {(request.body or b'')[:200]!r} -> {status} {answer!r}]"
    )
