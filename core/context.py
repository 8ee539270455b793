"""What every page may use."""

from django.conf import settings

THEMES = ("auto", "light", "dark")


def page(request) -> dict:
    """Give templates the demo ribbon, the theme (the person's own, or this browser's), keys and navigation."""
    person = getattr(request, "user", None)
    theme = getattr(person, "theme", "") or request.COOKIES.get("theme")
    return {
        "is_demo": settings.DEMO,
        "theme": theme if theme in THEMES else "auto",
        "single_keys": getattr(person, "single_keys", "off") == "on",
        "nav_is_small": request.COOKIES.get("nav") == "small",
    }
