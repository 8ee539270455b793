from django.urls import path

from koperasi_risk.portal import choose, home, members, visit

app_name = "koperasi_risk"
urlpatterns = [
    path("", home.home, name="home"),
    path("anggota/", members.members, name="members"),
    path("anggota/ekspor/", members.export, name="members-export"),
    path("pilih/", choose.choose, name="choose"),
    path("kunjungan/", visit.visit, name="visit"),
    path("kunjungan/akhiri/", visit.end_visit, name="end-visit"),
]
