from django.urls import path

from banking.portal import applications, loans, pipeline, views, warnings

app_name = "banking"
urlpatterns = [
    path("", views.home, name="home"),
    path("peringatan/", warnings.board, name="warnings"),
    path("peringatan/<uuid:code>/", warnings.warning, name="warning"),
    path("pengajuan/", pipeline.applications, name="applications"),
    path("pengajuan/baru/", applications.new_application, name="new-application"),
    path("pengajuan/<str:code>/", applications.application, name="application"),
    path("pinjaman/", loans.loan_list, name="loans"),
]
