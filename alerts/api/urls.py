from django.urls import path

from alerts.api.views import AcknowledgeView, MerchantAlertsView

urlpatterns = [
    path("alerts", MerchantAlertsView.as_view()),
    path("alerts/<uuid:code>/acknowledge", AcknowledgeView.as_view()),
]
