import structlog


class PersonMiddleware:
    """Bind the signed-in person of a page to the log lines of the request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "_auth_user_id" in getattr(request, "session", {}):
            structlog.contextvars.bind_contextvars(user=str(getattr(request.user, "code", "")))
        return self.get_response(request)
