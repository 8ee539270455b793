from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from koperasi_risk.admin.desk import (
    Badge,
    ReadOnlyTenantDesk,
    ReadOnlyTenantInline,
    person,
)
from koperasi_risk.models import DataImport, ImportProblem

STATES = {
    "CHECKING": "info", "CHECKED": "warning", "IMPORTING": "info", "DONE": "success",
    "REFUSED": "danger", "WITHDRAWN": "",
}  # fmt: skip


class ProblemInline(ReadOnlyTenantInline):
    model = ImportProblem
    verbose_name_plural = gettext_lazy("rows refused or to look at")
    fields = ["line", "column", "reason_code", "found"]
    ordering = ["line"]
    per_page = 50


@admin.register(DataImport)
class DataImportAdmin(ReadOnlyTenantDesk):
    """Which files were taken in, and which rows were not."""

    list_display = ["file_name", "kind", "shown_state", "rows", "refused", "sent_at"]
    list_filter = ["state", "kind"]
    date_hierarchy = "sent_at"
    ordering = ["-sent_at", "-pk"]
    inlines = [ProblemInline]
    fieldsets = [
        (None, {"fields": [("file_name", "kind"), ("shown_state", "refusal")]}),
        (
            gettext_lazy("Rows"),
            {"fields": [("rows", "added"), ("changed", "same"), "refused"]},
        ),
        (gettext_lazy("Course"), {"fields": [("who", "sent_at"), "finished_at"]}),
    ]
    readonly_fields = ["shown_state", "who"]
    who = person("by", gettext_lazy("by"))

    @display(description=gettext_lazy("state"), ordering="state", label=STATES)
    def shown_state(self, data_import):
        return Badge(data_import.state, data_import.get_state_display())
