"""Sign-in, sign-out and password reset under django-allauth's names; nothing else of it is reachable."""

from allauth.account import views as allauth
from django.urls import path, re_path

from accounts.portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("akun/preferensi/", views.preferences, name="preferences"),
    path("akun/pilihan/", views.choose, name="choose"),
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/password/reset/", allauth.password_reset, name="account_reset_password"),
    path(
        "accounts/password/reset/done/",
        allauth.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
