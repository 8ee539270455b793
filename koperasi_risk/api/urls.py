"""Hung up twice: under /api/koperasi/risk, and under /koperasi/risk as the first description has it."""

from django.urls import path

from koperasi_risk.api import views

urlpatterns = [
    path("score", views.ScoreView.as_view()),
    path("result/<str:member_id>", views.ResultView.as_view()),
    path("monitor", views.MonitorView.as_view()),
    path("config", views.RulesView.as_view()),
    path("config/<str:rule_id>", views.RuleView.as_view()),
    path("loan-check", views.LoanCheckView.as_view()),
]
