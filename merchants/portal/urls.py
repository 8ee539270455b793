from django.urls import path

from merchants.portal import (
    consents,
    home,
    loans,
    objections,
    offers,
    own_data,
    score,
    warnings,
    what_if,
)

app_name = "merchants"
urlpatterns = [
    path("", home.home, name="home"),
    path("skor/", score.score, name="score"),
    path("skor/wawasan/", score.insights, name="insights"),
    path("skor/kata/<str:kind>/", score.words, name="score-words"),
    path("skor/hitung-ulang/", score.calculate, name="calculate"),
    path("skor/bagaimana-jika/", what_if.what_if, name="what-if"),
    path("peringatan/", warnings.warnings, name="warnings"),
    path("peringatan/<uuid:code>/tahu/", warnings.acknowledge, name="acknowledge-warning"),
    path("penawaran/", offers.offers, name="offers"),
    path("pinjaman/", loans.loans, name="loans"),
    path("pinjaman/<str:code>/", loans.loan, name="loan"),
    path("persetujuan/", consents.consents, name="consents"),
    path("persetujuan/<uuid:code>/cabut/", consents.withdraw, name="withdraw-consent"),
    path("keberatan/", objections.objections, name="objections"),
    path("data-saya.json", own_data.download, name="own-data"),
]
