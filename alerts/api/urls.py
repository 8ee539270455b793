from django.urls import path

from alerts.api.views import MerchantAlertsView

urlpatterns = [path("alerts", MerchantAlertsView.as_view())]
