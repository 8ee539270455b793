"""The caller's address, as far as the proxies in front of us can be believed."""

from ipaddress import ip_address

from django.conf import settings


def client_address(request) -> str:
    """
    Return the caller's address, or "" when there is none (a Unix socket).

    X-Forwarded-For counts only behind TRUSTED_PROXIES proxies, and only where it holds an address.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    depth = settings.TRUSTED_PROXIES
    forwarded = hops[-depth] if 0 < depth <= len(hops) else ""
    return _address(forwarded) or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""
