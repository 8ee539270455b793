from django.urls import path

from transactions.portal import importing, new_sale, views

app_name = "transactions"
urlpatterns = [
    path("", views.sale_list, name="list"),
    path("unduh.csv", views.download, name="download"),
    path("baru/", new_sale.new_sale, name="new"),
    path("impor/", importing.import_page, name="import"),
    path("<str:code>/", views.detail, name="detail"),
    path("<str:code>/status/", views.status, name="status"),
    path("<str:code>/cek/", views.check, name="check"),
    path("<str:code>/refund/", views.refund, name="refund"),
]
