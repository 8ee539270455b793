from django.urls import path

from banking.api.merchant import MerchantLoansView

urlpatterns = [path("loan-applications", MerchantLoansView.as_view())]
