import os

import pytest

from deploy.local import install


@pytest.fixture(autouse=True)
def checkout(monkeypatch, tmp_path):
    """A checkout with requirements and one app."""
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").write_text("django==5\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest==9\n")
    for folder in ("static", "core/static", "locale/id/LC_MESSAGES", "var/static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "core" / "__init__.py").touch()
    return tmp_path


def test_a_new_pin_of_the_product_counts_for_development_too(checkout):
    before = [install.fingerprint(name) for name in install.files(development=True)]

    (checkout / "requirements.txt").write_text("django==6\n")

    after = [install.fingerprint(name) for name in install.files(development=True)]
    assert not set(before) & set(after)


def test_only_changed_catalogues_are_compiled(checkout):
    catalogue = checkout / "locale" / "id" / "LC_MESSAGES" / "django.po"
    catalogue.touch()
    assert install.stale_catalogues() == [catalogue]

    catalogue.with_suffix(".mo").touch()
    os.utime(catalogue, (1, 1))

    assert install.stale_catalogues() == []


def test_static_files_are_told_from_what_was_collected(checkout):
    empty = install.static_fingerprint()

    (checkout / "var" / "static" / "collected.css").touch()
    assert install.static_fingerprint() == empty

    (checkout / "core" / "static" / "app.css").touch()
    assert install.static_fingerprint() != empty
