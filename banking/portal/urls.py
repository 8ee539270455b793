from django.urls import path

from banking.portal import (
    applications,
    compare,
    decisions,
    directory,
    exports,
    home,
    loans,
    notices,
    objections,
    pipeline,
    saved_filters,
    search,
    warnings,
)
from banking.portal.memo import memo, memo_page
from banking.portal.merchant import views as merchant_page
from banking.portal.merchant.ai import merchant_ai
from banking.portal.merchant.what_if import merchant_what_if
from banking.portal.simulator import simulator, simulator_merchants

app_name = "banking"
urlpatterns = [
    path("", home.home, name="home"),
    path("cari/", search.search, name="search"),
    path("hitungan/", search.counts, name="counts"),
    path("merchant/", directory.merchants, name="merchants"),
    path("merchant/ekspor/", exports.export, name="merchants-export"),
    path("merchant/bandingkan/", compare.compare, name="compare"),
    path("saringan/simpan/", saved_filters.save, name="save-filter"),
    path("saringan/lupakan/", saved_filters.forget, name="forget-filter"),
    path("pemberitahuan/", notices.notices, name="notices"),
    path("merchant/<str:code>/", merchant_page.merchant, name="merchant"),
    path("merchant/<str:code>/bagaimana-jika/", merchant_what_if, name="merchant-what-if"),
    path("merchant/<str:code>/ai/", merchant_ai, name="merchant-ai"),
    path("simulasi/", simulator, name="simulator"),
    path("simulasi/merchant/", simulator_merchants, name="simulator-merchants"),
    path("merchant/<str:code>/memo/", memo_page, name="memo-page"),
    path("merchant/<str:code>/memo.pdf", memo, name="memo"),
    path("peringatan/", warnings.board, name="warnings"),
    path("peringatan/<uuid:code>/", warnings.warning, name="warning"),
    path("peringatan/<uuid:code>/tinjau/", warnings.review, name="review-warning"),
    path("pengajuan/", pipeline.applications, name="applications"),
    path("pengajuan/baru/", applications.new_application, name="new-application"),
    path("pengajuan/ekspor/", pipeline.export, name="applications-export"),
    path("pengajuan/hitung/", applications.quote, name="application-quote"),
    path("pengajuan/<str:code>/", applications.application, name="application"),
    path("pengajuan/<str:code>/ubah/", applications.edit, name="edit-application"),
    path("pengajuan/<str:code>/pindah/", decisions.move, name="move-application"),
    path("pengajuan/<str:code>/bayar/", loans.repay, name="repay"),
    path("pinjaman/", loans.loan_list, name="loans"),
    path("keberatan/", objections.objections, name="objections"),
    path("keberatan/<uuid:code>/", objections.objection, name="objection"),
]
