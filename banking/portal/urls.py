from django.urls import path

from banking.portal import applications, loans, pipeline, views, warnings
from banking.portal.merchant import views as merchant_page

app_name = "banking"
urlpatterns = [
    path("", views.home, name="home"),
    path("merchant/<str:code>/", merchant_page.merchant, name="merchant"),
    path("peringatan/", warnings.board, name="warnings"),
    path("peringatan/<uuid:code>/", warnings.warning, name="warning"),
    path("pengajuan/", pipeline.applications, name="applications"),
    path("pengajuan/baru/", applications.new_application, name="new-application"),
    path("pengajuan/<str:code>/", applications.application, name="application"),
    path("pinjaman/", loans.loan_list, name="loans"),
]
