from django.urls import path

from koperasi_risk.portal import (
    choose,
    home,
    imports,
    loan_check,
    member,
    member_exports,
    members,
    monitor,
    overrides,
    sheet,
    visit,
)

app_name = "koperasi_risk"
MEMBER = "anggota/<uuid:code>/"
IMPORT = "impor/<uuid:code>/"
OVERRIDE = "pengecualian/<uuid:code>/"
urlpatterns = [
    path("", home.home, name="home"),
    path("nilai-ulang/", home.rescore, name="rescore"),
    path("anggota/", members.members, name="members"),
    path("anggota/ekspor/", member_exports.export, name="members-export"),
    path(MEMBER, member.member, name="member"),
    path(f"{MEMBER}nilai/", member.score, name="score-member"),
    path(f"{MEMBER}nik/", member.reveal_nik, name="reveal-nik"),
    path(f"{MEMBER}lembar/", sheet.sheet, name="member-sheet-page"),
    path(f"{MEMBER}lembar.pdf", sheet.sheet_pdf, name="member-sheet"),
    path(f"{MEMBER}cek-pinjaman/", loan_check.loan_check, name="loan-check"),
    path(f"{MEMBER}pengecualian/", overrides.ask, name="ask-override"),
    path("pengecualian/", overrides.overrides, name="overrides"),
    path(f"{OVERRIDE}putuskan/", overrides.decide, name="decide-override"),
    path(f"{OVERRIDE}tarik/", overrides.withdraw, name="withdraw-override"),
    path(f"{OVERRIDE}akhiri/", overrides.end, name="end-override"),
    path("monitor/", monitor.page, name="monitor"),
    path("monitor.csv", monitor.csv_file, name="monitor-csv"),
    path("monitor.pdf", monitor.pdf_file, name="monitor-pdf"),
    path("impor/", imports.imports, name="imports"),
    path("impor/contoh/<slug:kind>.<slug:shape>", imports.sample, name="import-sample"),
    path(IMPORT, imports.detail, name="import"),
    path(f"{IMPORT}simpan/", imports.save, name="save-import"),
    path(f"{IMPORT}batal/", imports.withdraw, name="withdraw-import"),
    path(f"{IMPORT}laporan.csv", imports.report, name="import-report"),
    path("pilih/", choose.choose, name="choose"),
    path("kunjungan/", visit.visit, name="visit"),
    path("kunjungan/akhiri/", visit.end_visit, name="end-visit"),
]
