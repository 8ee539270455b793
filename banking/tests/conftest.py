import pytest


@pytest.fixture(autouse=True)
def own_cache(settings, request):
    """Keep what one test counted from the next."""
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": memory, "LOCATION": request.node.nodeid}}
