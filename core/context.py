"""What every page may use."""

from django.conf import settings

THEMES = ("auto", "light", "dark")


def page(request) -> dict:
    """Give templates the demo ribbon and the theme: the person's own, or the one this browser chose."""
    person = getattr(request, "user", None)
    theme = getattr(person, "theme", "") or request.COOKIES.get("theme")
    return {"is_demo": settings.DEMO, "theme": theme if theme in THEMES else "auto"}
