from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone, translation


class PersonMiddleware:
    """
    Show pages in the signed-in person's own language and time zone, and name the person in log lines.

    The API keeps to `Accept-Language` and its bearer token.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/api/") or "_auth_user_id" not in request.session:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        structlog.contextvars.bind_contextvars(user=str(request.user.code))
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = request.user.language
        with timezone.override(ZoneInfo(request.user.time_zone)):
            return self.get_response(request)
