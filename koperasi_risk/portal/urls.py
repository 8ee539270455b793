from django.urls import path

from koperasi_risk.portal import views

app_name = "koperasi_risk"
urlpatterns = [path("", views.home, name="home")]
