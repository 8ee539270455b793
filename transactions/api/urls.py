from django.urls import path

from transactions.api.imports import ImportDetailView, ImportView, RefusedRowsView

urlpatterns = [
    path("/import", ImportView.as_view(), name="sales-import"),
    path("/imports/<uuid:code>", ImportDetailView.as_view(), name="sales-import-detail"),
    path(
        "/imports/<uuid:code>/refused.csv", RefusedRowsView.as_view(), name="sales-import-refused"
    ),
]
