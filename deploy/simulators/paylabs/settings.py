"""The simulator's settings, all from the environment; `.env.example` explains each of them."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent

# ── Paylabs' side ──────────────────────────────────────────────────────────────────────
URL = os.environ.get("PAYLABS_SIMULATOR_URL", "http://localhost:9000").rstrip("/")
STORE = os.environ.get("PAYLABS_SIMULATOR_STORE", "paylabs.sqlite3")
MID = os.environ.get("MID", "")
# Ours signs answers and callbacks; the merchant's verifies what it sends.
PRIVATE_KEY = os.environ.get("PAYLABS_SIMULATOR_PRIVATE_KEY", "")
MERCHANT_KEY = os.environ.get("PAYLABS_SIMULATOR_MERCHANT_KEY", "")
SETTLEMENT_DAYS = int(os.environ.get("PAYLABS_SIMULATOR_SETTLEMENT_DAYS") or 1)
# The pause before the second sending of a callback; each later one is twice as long.
RETRY_SECONDS = float(os.environ.get("PAYLABS_SIMULATOR_RETRY_SECONDS") or 2)

# ── Django ─────────────────────────────────────────────────────────────────────────────
# Nothing that is signed with it outlives the process.
SECRET_KEY = secrets.token_urlsafe(48)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "paylabs", urlsplit(URL).hostname]
ROOT_URLCONF = "deploy.simulators.paylabs.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"builtins": ["deploy.simulators.paylabs.words"]},
    }
]
STATIC_URL, STATIC_ROOT = "/static/", HERE / "static"
# Cookies know no ports: the product beside us has a `csrftoken` of its own.
CSRF_COOKIE_NAME = "paylabs_csrf"
LANGUAGE_CODE, TIME_ZONE, USE_TZ = "id", "Asia/Jakarta", True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
