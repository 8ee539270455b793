"""The compose file asks only for what is there, and hands every process its secrets."""

import re
from fnmatch import fnmatch

import pytest
import yaml

from deploy.local.environment import ROOT

COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SIMULATORS = {"paylabs", "qwen"}
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def test_web_worker_and_beat_are_built_by_the_dockerfile():
    stages = set(re.findall(r"^FROM \S+ AS (\w+)", DOCKERFILE, flags=re.M))

    assert {"migrate", "web", "worker", "beat"} <= set(OURS)
    for service in OURS.values():
        build = service["build"]
        assert (ROOT / "deploy" / build["context"] / build["dockerfile"]).is_file()
        assert build.get("target") is None or build["target"] in stages


@pytest.mark.parametrize("name", sorted(set(OURS) - SIMULATORS))
def test_every_process_reads_the_secrets_of_the_env_file(name):
    assert OURS[name]["env_file"] == "../.env"


def test_the_simulator_is_given_its_own_settings_and_nothing_else():
    own = {"MID", "PAYLABS_SIMULATOR_PRIVATE_KEY", "PAYLABS_SIMULATOR_MERCHANT_KEY"}
    given = set(OURS["paylabs"]["environment"])

    assert OURS["paylabs"]["env_file"] == []
    assert own <= given
    assert all(name.startswith("PAYLABS_SIMULATOR_") for name in given - own)


def test_the_played_ai_is_given_its_own_settings_and_nothing_else():
    assert OURS["qwen"]["env_file"] == []
    assert all(name.startswith("QWEN_SIMULATOR_") for name in OURS["qwen"]["environment"])


def test_every_variable_without_a_default_is_in_the_example():
    settings = (ROOT / "config" / "settings.py").read_text()
    needed = set(re.findall(r'env(?:\.\w+)?\("([A-Z_]+)"\)', settings))
    example = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.M)

    assert {"SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL"} <= needed
    assert needed <= set(example)


def test_no_password_has_a_default():
    words = re.findall(r"\$\{(\w+)(:?.?)", (ROOT / "deploy" / "compose.yaml").read_text())
    passwords = {"APP_PASSWORD", "OWNER_PASSWORD", "POSTGRES_PASSWORD"}

    assert {name for name, _ in words} == passwords
    assert {mark for _, mark in words} == {":?"}
    example = (ROOT / ".env.example").read_text().splitlines()
    assert {f"{name}=" for name in passwords} <= set(example)


def test_volumes_and_dependencies_exist():
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        named = [volume.partition(":")[0] for volume in service.get("volumes", [])]
        assert {volume for volume in named if volume[0] not in "./"} <= set(COMPOSE["volumes"])


def test_the_tables_are_there_before_anybody_serves():
    for name in set(OURS) - {"migrate", *SIMULATORS}:
        ready = OURS[name]["depends_on"]["migrate"]
        assert ready == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["web", "worker", "ai-worker", "bulk-worker"])
def test_who_is_told_to_stop_may_finish_its_work(name):
    # Docker kills after ten seconds unless told otherwise; gunicorn gives requests thirty.
    assert int(OURS[name]["stop_grace_period"].rstrip("s")) > 30


@pytest.mark.parametrize("path", [".env", ".git", "var", ".venv"])
def test_the_image_holds_no_secrets_of_this_copy(path):
    lines = (ROOT / ".dockerignore").read_text().splitlines()

    assert any(fnmatch(path, line) for line in lines)
