from pathlib import Path

import pytest
from django.conf import settings

from config.tests.floors import FLOORS, Arrow, arrows, circles, faults

ROOT = Path(settings.BASE_DIR)


def test_no_arrow_runs_the_wrong_way():
    assert faults(arrows(ROOT)) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circles(ROOT) == []


def test_the_graph_is_really_read():
    found = set(arrows(ROOT))

    assert Arrow("merchants.models", "core.encryption") in found
    assert Arrow("core.outbox", "config.events") in found
    assert {arrow.source.split(".")[0] for arrow in found} == set(FLOORS)


def test_apps_are_installed_in_the_order_of_floors():
    ours = [name for name in settings.INSTALLED_APPS if name in FLOORS]

    assert ours == sorted(ours, key=FLOORS.get)
    assert set(ours) == set(FLOORS)


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("core.outbox", "accounts.models", "upward"),
        ("transactions.services.sales", "scoring.selectors", "upward"),
        ("merchants.models", "fraud.services", "neighbours"),
        ("fraud.services", "koperasi_risk.models", "neighbours"),
        ("scoring.services", "merchants.api.serializers", "roof"),
        ("scoring.services", "scoring.tasks", "roof"),
        ("banking.selectors", "core.api.responses", "roof"),
        ("core.audit", "core.middleware", "roof"),
        ("scoring.domain.curves", "django.utils.timezone", "bedrock"),
        ("scoring.domain.curves", "scoring.models", "bedrock"),
        ("scoring.domain.curves", "core.errors", "bedrock"),
        ("core.money", "django.conf", "bedrock"),
        ("core.dates", "core.models", "bedrock"),
        ("scoring.domain.curves", "merchants.domain.names", "bedrock"),
        ("scoring.services", "config.events", "wiring"),
        ("core.audit", "config.settings", "wiring"),
    ],
)
def test_a_wrong_arrow_is_caught(source, target, why):
    assert why in faults([Arrow(source, target)])[0]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("banking.services", "core.audit"),
        ("merchants.api.views", "banking.api.views"),
        ("accounts.portal.views", "fraud.services"),
        ("scoring.domain.curves", "decimal"),
        ("scoring.domain.curves", "core.money"),
        ("scoring.domain.reasons", "scoring.domain.curves"),
        ("scoring.services.runs", "scoring.services.facts"),
        ("core.outbox", "config.events"),
        ("core.audit", "django.db.models"),
    ],
)
def test_a_right_arrow_passes(source, target):
    assert faults([Arrow(source, target)]) == []


@pytest.mark.parametrize(
    "line",
    [
        "import scoring.models",
        "from scoring.models import Score",
        "from scoring import models",
        "def late():\n    from scoring.models import Score",
        "try:\n    import scoring.models\nexcept ImportError:\n    pass",
        "import scoring.models as later",
    ],
)
def test_a_planted_import_is_found_wherever_it_hides(tmp_path, line):
    for app in FLOORS:
        (tmp_path / app).mkdir()
        (tmp_path / app / "models.py").touch()
    (tmp_path / "core" / "planted.py").write_text(line)

    assert "upward" in faults(arrows(tmp_path))[0]


def test_a_planted_circle_is_found(tmp_path):
    core = tmp_path / "core"
    core.mkdir()
    (core / "a.py").write_text("from core.b import x")
    (core / "b.py").write_text("from .c import x")
    (core / "c.py").write_text("from core import a")

    assert circles(tmp_path) == [["core.a", "core.b", "core.c"]]
