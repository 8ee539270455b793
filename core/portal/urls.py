from django.urls import path

from core.portal import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("<uuid:code>/", views.detail, name="detail"),
    path("<uuid:code>/batal/", views.stop, name="cancel"),
    path("<uuid:code>/unduh/", views.download, name="download"),
]
