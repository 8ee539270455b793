from django.urls import path

from accounts.api import views
from merchants.api.registration import RegisterView

urlpatterns = [
    path("register", RegisterView.as_view(), name="api-register"),
    path("login", views.LoginView.as_view(), name="api-login"),
    path("refresh", views.RefreshView.as_view(), name="api-refresh"),
    path("logout", views.LogoutView.as_view(), name="api-logout"),
    path("request-password-reset", views.RequestResetView.as_view(), name="api-request-reset"),
    path("reset-password", views.ResetPasswordView.as_view(), name="api-reset-password"),
]
