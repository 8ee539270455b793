"""Start-up checks: what must never reach production."""

from base64 import b64decode

from django.conf import settings
from django.core.checks import Error, Tags, register

from core.ai import breaker

SECRETS = ["SECRET_KEY", "JWT_ACCESS_TOKEN_SECRET", "JWT_REFRESH_TOKEN_SECRET"]


@register(Tags.security)
def secrets_are_long(app_configs, **kwargs):
    """Refuse to start with a short, repeated or malformed secret."""
    errors = [
        Error(f"{name} needs at least 32 characters.", id="core.E001")
        for name in SECRETS
        if len(getattr(settings, name)) < 32
    ]
    if len({getattr(settings, name) for name in SECRETS}) < len(SECRETS):
        errors.append(Error("The three signing secrets must differ.", id="core.E002"))
    return errors + _malformed_keys()


def _malformed_keys() -> list[Error]:
    pairs = [text.partition(":") for text in settings.ENCRYPTION_KEYS]
    errors = [
        Error(f"{name} must hold 32 bytes in base64.", id="core.E003")
        for name, key in [
            *(("Each of ENCRYPTION_KEYS", key) for _, _, key in pairs),
            ("BLIND_INDEX_KEY", settings.BLIND_INDEX_KEY),
        ]
        if _bytes_in(key) != 32
    ]
    if not pairs or len({name for name, _, _ in pairs}) < len(pairs):
        errors.append(Error("ENCRYPTION_KEYS needs keys, each of its own name.", id="core.E003"))
    return errors


def _bytes_in(text: str) -> int | None:
    try:
        return len(b64decode(text, validate=True))
    except ValueError:
        return None


@register
def ai_calls_end(app_configs, **kwargs):
    """Refuse to start when a call to the AI could outlast what keeps other workers from making it too."""
    if 0 < settings.QWEN_TIMEOUT_SECONDS <= breaker.TRIAL_SECONDS - 5:
        return []
    text = f"QWEN_TIMEOUT_SECONDS must be more than 0 and at most {breaker.TRIAL_SECONDS - 5}."
    return [Error(text, id="core.E006")]


@register(Tags.security, deploy=True)
def production_is_strict(app_configs, **kwargs):
    """Refuse the demo's comforts in production."""
    errors = [
        Error(f"{name} must be off in production.", id="core.E004")
        for name in ("DEBUG", "DEMO")
        if getattr(settings, name)
    ]
    if settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        text = "EMAIL_URL must name a mail server: reset links would stand in the log."
        errors.append(Error(text, id="core.E005"))
    return errors
