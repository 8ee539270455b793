from django.urls import path

from banking.api.assessments import BatchView, QuoteView
from banking.api.loans import (
    ApplicationsView,
    DetailView,
    MerchantApplicationsView,
    RepaymentsView,
    ScheduleView,
    TransitionView,
)
from banking.api.views import CreditView, MerchantView, PortfolioView, SearchView

urlpatterns = [
    path("merchants/all", PortfolioView.as_view()),
    path("merchants/search", SearchView.as_view()),
    path("merchants/<str:code>", MerchantView.as_view()),
    path("merchants/<str:code>/credit", CreditView.as_view()),
    path("loan-applications", ApplicationsView.as_view()),
    # Of a merchant, as the contract has it; below it one application stands by its own number.
    path("loan-applications/<str:code>", MerchantApplicationsView.as_view()),
    path("loan-applications/<str:code>/detail", DetailView.as_view()),
    path("loan-applications/<str:code>/transition", TransitionView.as_view()),
    path("loan-applications/<str:code>/schedule", ScheduleView.as_view()),
    path("loan-applications/<str:code>/repayments", RepaymentsView.as_view()),
    path("loan-quote", QuoteView.as_view()),
    path("batch-assessment", BatchView.as_view()),
]
