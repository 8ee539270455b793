from django.urls import path

from merchants.portal import views

app_name = "merchants"
urlpatterns = [path("", views.home, name="home")]
