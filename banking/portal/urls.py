from django.urls import path

from banking.portal import views

app_name = "banking"
urlpatterns = [path("", views.home, name="home")]
