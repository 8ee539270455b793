from django.urls import include, path

from transactions.api.imports import ImportDetailView, ImportView, RefusedRowsView
from transactions.api.payments import CheckStatusView, RefundView
from transactions.api.views import CreateView, DetailView, ExportView, ListView

beneath = [
    path("create", CreateView.as_view(), name="transaction-create"),
    path("export.csv", ExportView.as_view(), name="transaction-export"),
    path("import", ImportView.as_view(), name="sales-import"),
    path("imports/<uuid:code>", ImportDetailView.as_view(), name="sales-import-detail"),
    path("imports/<uuid:code>/refused.csv", RefusedRowsView.as_view(), name="sales-import-refused"),
    # As the reference mounts it.
    path("webhook/", include("transactions.api.webhook_urls")),
    path("<str:code>", DetailView.as_view(), name="transaction-detail"),
    path("<str:code>/check-status", CheckStatusView.as_view(), name="transaction-check-status"),
    path("<str:code>/refund", RefundView.as_view(), name="transaction-refund"),
]

urlpatterns = [
    path("", ListView.as_view(), name="transaction-list"),
    path("/", include(beneath)),
]
