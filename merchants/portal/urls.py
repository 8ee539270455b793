from django.urls import path

from merchants.portal import views

app_name = "merchants"
urlpatterns = [
    path("", views.home, name="home"),
    path("persetujuan/", views.grant, name="grant-consent"),
    path("persetujuan/<uuid:code>/cabut/", views.withdraw, name="withdraw-consent"),
]
