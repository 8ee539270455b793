"""How a row's status is shown."""

from django.utils.translation import gettext_lazy
from unfold.decorators import display

STATES = {
    "PENDING": "info",
    "SUCCESS": "success",
    "FAILED": "danger",
    "EXPIRED": "warning",
    "REFUNDED": "warning",
    "REQUESTED": "info",
    "PROCESSED": "success",
    "REJECTED": "danger",
    "RUNNING": "info",
    "DONE": "success",
    "STOPPED": "warning",
}


class ShowsState:
    """The status in words and colour."""

    @display(description=gettext_lazy("status"), label=STATES)
    def state(self, row):
        return row.status, row.get_status_display()
