"""The product's own settings with slow things made quick, and the owner's hands for test databases."""

import os
from urllib.parse import urlsplit

from config.settings import *  # noqa: F403
from config.settings import CACHES, DATABASES, OWNER_CREDENTIALS, REDIS_URL, STATIC_ROOT

# The owner creates and migrates the test database; conftest.py then becomes the app's role.
DATABASES["default"] |= OWNER_CREDENTIALS
DATABASES["default"]["CONN_MAX_AGE"] = 0

# Tests that run side by side each have a Redis database, as they have a PostgreSQL one.
_side = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_address = urlsplit(REDIS_URL)
REDIS_URL = _address._replace(path=f"/{int(_address.path.strip('/') or 0) + _side}").geturl()
CACHES["default"]["LOCATION"] = CELERY_BROKER_URL = REDIS_URL

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
RATE_LIMITS = dict.fromkeys(
    ["sign_in", "register", "reset", "refresh", "heavy", "write", "read", "webhook"], 100_000
)
LOGGING = {"version": 1, "disable_existing_loggers": False}
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 5, "socket_connect_timeout": 1}

# The static files' middleware warns of an absent folder at every client.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
