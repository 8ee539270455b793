"""
All settings, read once from the environment. Each variable is explained in `.env.example`.

Secrets have no default: a copy without them does not start.
"""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import environ
import structlog
from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.backoffice import UNFOLD as UNFOLD
from core.logs import drop_handovers, hide_reset_links, hide_row_values

# ── Environment ────────────────────────────────────────────────────────────────────────
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
# What `make demo` wrote for itself, so that a second terminal reaches the same servers.
environ.Env.read_env(VAR_DIR / "local.env")

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
BASE_URL = env("BASE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
SECURE = BASE_URL.startswith("https://")

# ── Secrets ────────────────────────────────────────────────────────────────────────────
SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
JWT_ACCESS_TOKEN_SECRET = env("JWT_ACCESS_TOKEN_SECRET")
JWT_REFRESH_TOKEN_SECRET = env("JWT_REFRESH_TOKEN_SECRET")
# Key-encryption keys, `id:base64` each; the first wraps new data keys, the others still unwrap.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS")
BLIND_INDEX_KEY = env("BLIND_INDEX_KEY")
# A process hears of a new data key within this time.
DATA_KEY_REFRESH_SECONDS = env.int("DATA_KEY_REFRESH_SECONDS", default=30)

# ── Apps, in floor order ───────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "django_htmx",
    "django_structlog",
    "pgtrigger",
    "core",
    "accounts",
    "merchants",
    "koperasi_risk",
    "fraud",
    "transactions",
    "scoring",
    "alerts",
    "banking",
]

MIDDLEWARE = [
    "core.middleware.RequestMiddleware",
    "koperasi_risk.api.errors.ErrorEnvelopeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "core.middleware.NoStoreMiddleware",
    "core.middleware.PageCompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.AdminPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "core.middleware.PlainAddressMiddleware",
    "core.middleware.TrailingSlashMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PersonMiddleware",
    "koperasi_risk.middleware.TenantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.page",
                "banking.context.bell",
                "koperasi_risk.context.seat",
            ],
            "builtins": ["core.templatetags.formats", "core.templatetags.pieces"],
        },
    }
]

# ── Database, Redis ────────────────────────────────────────────────────────────────────
# `DATABASE_URL` is the application's role; migrations run as the owner (MIGRATION_DATABASE_URL).
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})
    | {
        "connect_timeout": 3,
        "options": "-c statement_timeout=60000 -c timezone=UTC",
        # A statement seen five times is prepared: PostgreSQL then plans it once, which halves its work.
        "server_side_binding": True,
        "prepare_threshold": 5,
    },
}
_owner = env.db("MIGRATION_DATABASE_URL", default=env("DATABASE_URL"))
OWNER_CREDENTIALS = {name: _owner[name] for name in ("USER", "PASSWORD")}
APP_CREDENTIALS = {name: DATABASES["default"][name] for name in ("USER", "PASSWORD")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.2},
    }
}

# ── Celery: a crashed worker loses nothing ─────────────────────────────────────────────
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("CELERY_VISIBILITY_TIMEOUT", default=900),
    "socket_connect_timeout": 1,
    # Longer than a worker waits for a task; without it, one that Redis stops answering waits for ever.
    "socket_timeout": 5,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "fast"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Jakarta"
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# ── People, passwords, sessions ────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
PASSWORD_HASHERS = ["accounts.passwords.OneAtATimeArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.StrengthValidator"}]
PASSWORD_RESET_TIMEOUT = 3600
SIGN_IN_ATTEMPTS = env.int("SIGN_IN_ATTEMPTS", default=5)
SIGN_IN_ATTEMPTS_PER_ACCOUNT = env.int("SIGN_IN_ATTEMPTS_PER_ACCOUNT", default=20)
SIGN_IN_LOCK_SECONDS = env.int("SIGN_IN_LOCK_SECONDS", default=900)

JWT_ACCESS_TOKEN_EXPIRY = env("JWT_ACCESS_TOKEN_EXPIRY", default="15m")
JWT_REFRESH_TOKEN_EXPIRY = env("JWT_REFRESH_TOKEN_EXPIRY", default="7d")
REFRESH_GRACE_SECONDS = env.int("REFRESH_GRACE_SECONDS", default=30)


def _duration(text: str) -> timedelta:
    """Read `15m`, `12h`, `7d` or plain seconds."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = (text[:-1], text[-1]) if text[-1] in units else (text, "s")
    return timedelta(seconds=int(number) * units[unit])


SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_ACCESS_TOKEN_SECRET,
    "ISSUER": "saksama",
    "AUDIENCE": "saksama-api",
    "ACCESS_TOKEN_LIFETIME": _duration(JWT_ACCESS_TOKEN_EXPIRY),
    "REFRESH_TOKEN_LIFETIME": _duration(JWT_REFRESH_TOKEN_EXPIRY),
    "USER_ID_FIELD": "code",
    "USER_ID_CLAIM": "userId",
    "UPDATE_LAST_LOGIN": False,
}

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.portal.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
# Ours count in Redis and let pass when it is away; the package's own would fail.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.reset_tokens.ResetTokenGenerator"  # noqa: S105
ACCOUNT_FORMS = {
    "reset_password": "accounts.portal.reset_forms.RequestResetForm",
    "reset_password_from_key": "accounts.portal.reset_forms.NewPasswordForm",
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# ── API ────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.EnvelopeSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.limits.AtomicRateThrottle"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": "core.api.options.Methods",
    "EXCEPTION_HANDLER": "core.api.exceptions.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SALES_IMPORT_MAX_BYTES = 50 * 1024 * 1024
IDEMPOTENCY_KEY_DAYS = 7

# Calls per minute and person (or address, before sign-in), by class of route; generous in the demo.
_generous = 100 if DEMO else 1
RATE_LIMITS = {
    "sign_in": env.int("RATE_LIMIT_SIGN_IN", default=10 * _generous),
    "register": env.int("RATE_LIMIT_REGISTER", default=10 * _generous),
    "reset": env.int("RATE_LIMIT_RESET", default=5 * _generous),
    "refresh": env.int("RATE_LIMIT_REFRESH", default=60 * _generous),
    "heavy": env.int("RATE_LIMIT_HEAVY", default=20 * _generous),
    "write": env.int("RATE_LIMIT_WRITE", default=300 * _generous),
    "read": env.int("RATE_LIMIT_READ", default=600 * _generous),
    # One address speaks for all merchants there.
    "webhook": env.int("RATE_LIMIT_WEBHOOK", default=12_000 * _generous),
}
# How many proxies in front of us may be believed about the caller's address.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "x-tenant-id")
CORS_EXPOSE_HEADERS = ["Idempotent-Replayed", "Retry-After", "X-Request-ID"]
CORS_URLS_REGEX = r"^/(api|koperasi/risk)/"

SPECTACULAR_SETTINGS = {
    "TITLE": "Saksama API",
    "DESCRIPTION": "Merchant credit, early warnings, cooperative risk and fraud decisions.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["core.api.schema.under_api_alone"],
    # Choices stay where they are used: as components they would need names of their own.
    "POSTPROCESSING_HOOKS": [],
}

# ── Security headers ───────────────────────────────────────────────────────────────────
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY = {
    name: [] for name in ["camera", "geolocation", "microphone", "payment", "usb", "fullscreen"]
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 2 * 365 * 86400 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# The proxy turns people to https; the API never redirects a call that carried a token in the clear.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ── Paylabs, the payment gateway; without MID there are no QRIS sales ─────────────────
PAYLABS_MID = env("MID", default="")
# Ours, which signs, and theirs, which verifies: PEM or bare base64.
PAYLABS_PRIVATE_KEY = env("PRIVATE_KEY", default="")
PAYLABS_PUBLIC_KEY = env("PUBLIC_KEY", default="")
_PAYLABS = {"SIT": "https://sit-pay.paylabs.co.id", "PROD": "https://pay.paylabs.co.id"}
PAYLABS_URL = env("PAYLABS_BASE_URL", default="") or _PAYLABS[env("PAYLABS_SERVER", default="SIT")]
PAYLABS_NOTIFY_URL = env("NOTIFY_URL", default="") or f"{BASE_URL}/api/webhook/paylabs"
# Whether the gateway refunds QRIS payments by itself; otherwise an operator does.
PAYLABS_REFUNDS = env.bool("PAYLABS_REFUNDS", default=True)
QRIS_LIFETIME_SECONDS = env.int("QRIS_LIFETIME_SECONDS", default=900)

# ── Qwen, the AI that words facts; without a key templates do ─────────────────────────
QWEN_API_KEY = env("QWEN_API_KEY", default="")
QWEN_BASE_URL = (
    env("QWEN_BASE_URL", default="") or "https://dashscope.aliyuncs.com/compatible-mode/v1"
)
QWEN_MODEL = env("QWEN_MODEL", default="") or "qwen-plus"
# For the whole call: name, connection, and an answer that drips.
QWEN_TIMEOUT_SECONDS = env.float("QWEN_TIMEOUT_SECONDS", default=8.0)


# ── Early warnings: from where on a difference is trouble (alerts/domain/detectors.py) ─────
def _figure(name: str, default: int) -> Decimal:
    try:
        return env(name, cast=Decimal, default=Decimal(default))
    except InvalidOperation as error:
        raise ImproperlyConfigured(f"{name} is not a number.") from error


ALERT_REVENUE_DROP_THRESHOLD = _figure("ALERT_REVENUE_DROP_THRESHOLD", 30)
ALERT_REFUND_SPIKE_THRESHOLD = _figure("ALERT_REFUND_SPIKE_THRESHOLD", 5)
ALERT_SETTLEMENT_DELAY_HOURS = _figure("ALERT_SETTLEMENT_DELAY_HOURS", 72)
ALERT_TRANSACTION_DROP_THRESHOLD = _figure("ALERT_TRANSACTION_DROP_THRESHOLD", 25)
ALERT_SCORE_DROP_THRESHOLD = _figure("ALERT_SCORE_DROP_THRESHOLD", 15)
# How many standard errors a drop or spike must also exceed; 0 takes every difference at its word.
ALERT_MIN_SIGMA = _figure("ALERT_MIN_SIGMA", 3)

# ── Audit log, metrics ─────────────────────────────────────────────────────────────────
# Where the head of the audit chain is written each minute; a second store in production.
AUDIT_HEAD_FILE = Path(env("AUDIT_HEAD_FILE", default="") or VAR_DIR / "audit" / "heads.jsonl")
# Bearer token for /metrics; without it only this machine may read them.
METRICS_TOKEN = env("METRICS_TOKEN", default="")

# ── Mail ───────────────────────────────────────────────────────────────────────────────
vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Saksama <no-reply@localhost>")

# ── Language, time, static files ───────────────────────────────────────────────────────
LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "ico", "woff", "woff2", "gz", "br"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── Logs: one JSON object a line, with request and task ids, without personal data ─────
LOG_FORMAT = env("LOG_FORMAT", default="json")
_processors = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.format_exc_info,
    hide_row_values,
    hide_reset_links,
]
structlog.configure(
    processors=[
        drop_handovers,
        *_processors,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer()
            if LOG_FORMAT == "json"
            else structlog.dev.ConsoleRenderer(),
            "foreign_pre_chain": _processors,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Every request is logged once, by our middleware; here only what broke.
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        # The web server's own lines quote paths too.
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        "gunicorn.access": {"handlers": ["console"], "propagate": False},
        # Every task is told of by django-structlog.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
