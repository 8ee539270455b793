"""The caller's address, as far as the proxies in front of us can be believed."""

from django.conf import settings


def client_address(request) -> str:
    """Return the caller's address; X-Forwarded-For counts only behind TRUSTED_PROXIES proxies."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    depth = settings.TRUSTED_PROXIES
    return hops[-depth] if 0 < depth <= len(hops) else request.META.get("REMOTE_ADDR", "")
