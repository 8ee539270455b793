"""Every door of the house. Each app owns its own; here is only where they hang."""

from django.contrib import admin
from django.urls import include, path

from core.api import docs
from core.api import views as core_api

api = [
    path("auth/", include("accounts.api.urls")),
    path("merchant/", include("merchants.api.urls")),
    path("merchant/", include("scoring.api.urls")),
    path("merchant/", include("alerts.api.urls")),
    path("merchant/", include("banking.api.merchant_urls")),
    path("transactions", include("transactions.api.urls")),
    path("webhook/", include("transactions.api.webhook_urls")),
    path("bank/", include("alerts.api.bank_urls")),
    path("bank/", include("banking.api.urls")),
    path("koperasi/", include("koperasi_risk.api.tenant_urls")),
    path("koperasi/risk/", include("koperasi_risk.api.urls")),
]

pages = [
    path("", include("accounts.portal.urls")),
    path("m/penjualan/", include("transactions.portal.urls")),
    path("m/", include("merchants.portal.urls")),
    path("portal/", include("banking.portal.urls")),
    path("fraud/", include("alerts.portal.urls")),
    path("pekerjaan/", include("core.portal.urls")),
    path("koperasi/", include("koperasi_risk.portal.urls")),
]

operations = [
    path("health/live", core_api.live),
    path("health/ready", core_api.ready),
    path("metrics", core_api.figures),
    path("api-docs/schema", docs.SchemaView.as_view(), name="schema"),
    path("api-docs/swagger.json", docs.SchemaView.as_view()),
    path("api-docs", docs.DocsView.as_view(), name="api-docs"),
]

urlpatterns = [
    path("api/", include(api)),
    path("koperasi/risk/", include("koperasi_risk.api.urls")),
    path("admin/", admin.site.urls),
    *operations,
    *pages,
]

handler400 = "core.api.views.bad_request"
handler404 = "core.api.views.not_found"
handler500 = "core.api.views.server_error"
