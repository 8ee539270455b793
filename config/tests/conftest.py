from datetime import UTC, datetime

import pytest
from django.db import transaction

from config.tests.routes import build_town


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The town of `config.tests.routes`, gone when the module's tests are done."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_town(now=datetime.now(UTC))
        transaction.set_rollback(True)
