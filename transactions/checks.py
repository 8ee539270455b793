"""Start-up checks: whether the gateway can reach us."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.urls import Resolver404, resolve


@register(Tags.urls)
def payments_are_reported_to_our_door(app_configs, **kwargs):
    """Warn of a NOTIFY_URL that leads past the webhook: no payment would be heard of but by asking."""
    if not settings.PAYLABS_MID or _is_webhook(urlsplit(settings.PAYLABS_NOTIFY_URL).path):
        return []
    return [
        Warning(
            "NOTIFY_URL does not lead to the webhook: the gateway's messages would be lost.",
            hint="Its path is /api/webhook/paylabs, also behind a proxy: it is signed.",
            id="transactions.W001",
        )
    ]


def _is_webhook(path: str) -> bool:
    try:
        return resolve(path).view_name == "paylabs-webhook"
    except Resolver404:
        return False
