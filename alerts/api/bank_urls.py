from django.urls import path

from alerts.api import bank_views as views

urlpatterns = [
    path("merchants/<str:code>/alerts", views.MerchantAlertsView.as_view()),
    path("alerts", views.BoardView.as_view()),
    path("alerts/trend", views.TrendView.as_view()),
    path("alerts/<str:code>", views.MerchantAlertsView.as_view()),
    path("alerts/<uuid:code>/acknowledge", views.AcknowledgeView.as_view()),
    path("alerts/<uuid:code>/monitor", views.MonitorView.as_view()),
    path("alerts/<uuid:code>/resolve", views.ResolveView.as_view()),
]
