"""
Refusals: what a service answers when it will not do what was asked.

Five kinds, each with its HTTP status. A service defines its own subclass, with a stable `code`,
beside the function that raises it. API, portal, admin and tasks all understand these.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """
    Something was refused for a reason that the caller may read.

    `message` is for people, `code` for machines, `fields` names the inputs at fault,
    `retry_after` the seconds after which trying again makes sense.
    """

    status = 400
    code = "refused"
    default_message = _("The request was refused.")

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        retry_after: int | None = None,
    ):
        self.message = str(message or self.default_message)
        self.fields = dict(fields or {})
        self.retry_after = retry_after
        super().__init__(self.message)


class InvalidInput(Refusal):
    status = 400
    code = "invalid_input"
    default_message = _("Validation failed.")


class InvalidCursor(InvalidInput):
    """A page was asked for after a row that is not in this list."""

    code = "invalid_cursor"
    default_message = _("This cursor is not valid.")

    def __init__(self):
        super().__init__(fields={"cursor": str(self.default_message)})


class NotAllowed(Refusal):
    status = 403
    code = "not_allowed"
    default_message = _("You are not allowed to do this.")


class NotFound(Refusal):
    status = 404
    code = "not_found"
    default_message = _("Not found.")


class Conflict(Refusal):
    status = 409
    code = "conflict"
    default_message = _("This conflicts with what is already there.")


class Unavailable(Refusal):
    """Something we depend on is away; trying again later makes sense. Celery retries it."""

    status = 503
    code = "unavailable"
    default_message = _("This is not available right now. Please try again shortly.")


class TooManyAttempts(Refusal):
    """Asked too often; `retry_after` says when to come back."""

    status = 429
    code = "too_many_requests"
    default_message = _("Too many requests. Please try again shortly.")
