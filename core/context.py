"""What every page may use."""

from django.conf import settings


def page(request) -> dict:
    """Give templates the demo ribbon and the person's theme."""
    person = getattr(request, "user", None)
    return {"is_demo": settings.DEMO, "theme": getattr(person, "theme", "") or "auto"}
