from django.urls import path

from alerts.portal import views

app_name = "fraud"
urlpatterns = [path("", views.home, name="home")]
