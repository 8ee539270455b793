from django.urls import include, path

from transactions.api.imports import ImportDetailView, ImportView, RefusedRowsView
from transactions.api.views import CreateView, DetailView, ExportView, ListView

beneath = [
    path("create", CreateView.as_view(), name="transaction-create"),
    path("export.csv", ExportView.as_view(), name="transaction-export"),
    path("import", ImportView.as_view(), name="sales-import"),
    path("imports/<uuid:code>", ImportDetailView.as_view(), name="sales-import-detail"),
    path("imports/<uuid:code>/refused.csv", RefusedRowsView.as_view(), name="sales-import-refused"),
    path("<str:code>", DetailView.as_view(), name="transaction-detail"),
]

urlpatterns = [
    path("", ListView.as_view(), name="transaction-list"),
    path("/", include(beneath)),
]
