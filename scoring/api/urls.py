from django.urls import path

from scoring.api import views

urlpatterns = [
    path("dashboard", views.DashboardView.as_view()),
    path("credit-detail", views.CreditDetailView.as_view()),
    path("recalculate", views.RecalculateView.as_view()),
    path("score-history", views.ScoreHistoryView.as_view()),
    path("what-if", views.WhatIfView.as_view()),
    path("loan-timing", views.LoanTimingView.as_view()),
    path("product-insights", views.ProductInsightsView.as_view()),
]
