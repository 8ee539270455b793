from django.urls import path

from koperasi_risk.api.views import TenantsView

urlpatterns = [path("tenants", TenantsView.as_view())]
