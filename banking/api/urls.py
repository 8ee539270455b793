from django.urls import path

from banking.api.views import CreditView, MerchantView, PortfolioView, SearchView

urlpatterns = [
    path("merchants/all", PortfolioView.as_view()),
    path("merchants/search", SearchView.as_view()),
    path("merchants/<str:code>", MerchantView.as_view()),
    path("merchants/<str:code>/credit", CreditView.as_view()),
]
