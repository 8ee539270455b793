from django.urls import path

from merchants.api import views

urlpatterns = [
    path("profile", views.ProfileView.as_view(), name="api-profile"),
    path("consents", views.ConsentsView.as_view(), name="api-consents"),
    path("consents/<uuid:code>", views.ConsentView.as_view(), name="api-consent"),
]
