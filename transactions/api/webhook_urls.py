from django.urls import path

from transactions.api.webhook import PaylabsView

urlpatterns = [path("paylabs", PaylabsView.as_view(), name="paylabs-webhook")]
