"""Sign-in, sign-out and password reset under django-allauth's names; nothing else of it is reachable."""

from allauth.account import views as allauth
from django.urls import path

from accounts.portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("akun/preferensi/", views.preferences, name="preferences"),
    path("akun/pilihan/", views.choose, name="choose"),
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
]
