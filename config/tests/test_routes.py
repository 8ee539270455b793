"""
Who is answered what: every route and method of the URLconf by every role, one line each.

A route or method without a line fails, and so does a line whose route is gone.
"""

import json
from dataclasses import replace

import pytest
from django.contrib import admin

from accounts.models import BACK_OFFICE_ROLES, BANK_ROLES, FRAUD_ROLES, STAFF_ROLES, Role
from config.tests.routes import (
    CALLERS,
    EVERYBODY,
    METHODS,
    NOBODY,
    OTHER_MERCHANT,
    PASSWORD,
    SIGN_IN,
    SIGNED_IN,
    STRANGERS,
    Line,
    Number,
    a_members_file,
    a_sales_file,
    routes,
)

pytestmark = pytest.mark.django_db

MERCHANT = frozenset({Role.MERCHANT})
OTHER = frozenset({OTHER_MERCHANT})
MERCHANTS = MERCHANT | OTHER
BANK, FRAUD = frozenset(BANK_ROLES), frozenset(FRAUD_ROLES)
KOPERASI = frozenset({Role.KOPERASI_STAFF})
BACK_OFFICE, ADMIN = frozenset(BACK_OFFICE_ROLES), frozenset({Role.ADMIN})
# Whoever finds some desk of theirs in the back office.
STAFF = frozenset(STAFF_ROLES)

REGISTRATION = {
    "email": "dewi@example.com",
    "password": PASSWORD,
    "companyName": "Toko Melati",
    "fullName": "Dewi Lestari",
    "city": "Bandung",
    "address": "Jl. Cempaka 12",
    "phoneNumber": "0812-3456-7890",
}
SIGN_IN_BODY = {"email": "{email}", "password": PASSWORD}
SAVED_LIST = {"page": "MERCHANTS", "name": "Bandung", "query": "kota=Bandung"}
RESET = {"resetToken": "{reset_token}", "newPassword": "gunung-hijau-tinggi-9"}

LOANS_API = "api/bank/loan-applications"
NEW_LOAN = {"merchantId": "{shop}", "amount": 1_000_000, "tenor": 12}

API = [
    Line("api/auth/register", "POST", ok=EVERYBODY, status=201, body=REGISTRATION),
    Line("api/auth/login", "POST", ok=EVERYBODY, body=SIGN_IN_BODY),
    Line("api/auth/refresh", "POST", ok=EVERYBODY, body={"refreshToken": "{refresh}"}),
    Line("api/auth/logout", "POST", ok=SIGNED_IN),
    Line("api/auth/request-password-reset", "POST", ok=EVERYBODY, body={"email": "{email}"}),
    Line("api/auth/reset-password", "POST", ok=EVERYBODY, body=RESET),
    Line("api/merchant/profile", "GET", ok=MERCHANTS),
    Line("api/merchant/consents", "GET", ok=MERCHANTS),
    Line("api/merchant/consents", "POST", ok=MERCHANTS),
    Line(
        "api/merchant/consents/<uuid:code>",
        "DELETE",
        ok=MERCHANT,
        hidden=OTHER,
        at="api/merchant/consents/{consent}",
    ),
    Line("api/merchant/dashboard", "GET", ok=MERCHANTS),
    Line("api/merchant/credit-detail", "GET", ok=MERCHANTS),
    Line("api/merchant/recalculate", "POST", ok=MERCHANTS),
    Line("api/merchant/score-history", "GET", ok=MERCHANTS),
    Line("api/merchant/what-if", "GET", ok=MERCHANTS, at="api/merchant/what-if?refundRate=1"),
    Line("api/merchant/loan-timing", "GET", ok=MERCHANTS),
    Line("api/merchant/product-insights", "GET", ok=MERCHANTS),
    Line("api/merchant/alerts", "GET", ok=MERCHANTS),
    Line(
        "api/merchant/alerts/<uuid:code>/acknowledge",
        "POST",
        ok=MERCHANT,
        hidden=OTHER,
        at="api/merchant/alerts/{warning}/acknowledge",
    ),
    Line("api/transactions", "GET", ok=MERCHANTS),
    Line(
        "api/transactions/create",
        "POST",
        ok=MERCHANTS,
        status=201,
        body={"type": "CASH", "amount": 50000},
    ),
    Line("api/transactions/export.csv", "GET", ok=MERCHANTS),
    Line("api/transactions/import", "POST", ok=MERCHANTS, status=201, body=a_sales_file),
    Line(
        "api/transactions/imports/<uuid:code>",
        "GET",
        ok=MERCHANT,
        hidden=OTHER,
        at="api/transactions/imports/{import}",
    ),
    Line(
        "api/transactions/imports/<uuid:code>/refused.csv",
        "GET",
        ok=MERCHANT,
        hidden=OTHER,
        at="api/transactions/imports/{import}/refused.csv",
    ),
    Line(
        "api/transactions/<str:code>",
        "GET",
        ok=MERCHANT,
        hidden=OTHER,
        at="api/transactions/{sale}",
    ),
    Line(
        "api/transactions/<str:code>/check-status",
        "GET",
        ok=MERCHANT,
        hidden=OTHER,
        at="api/transactions/{sale}/check-status",
    ),
    Line(
        "api/transactions/<str:code>/refund",
        "POST",
        ok=MERCHANT,
        status=201,
        hidden=OTHER,
        at="api/transactions/{sale}/refund",
        body={"amount": 500, "reason": "Basi"},
    ),
    # The gateway's signature is the key to these; no token is.
    Line("api/transactions/webhook/paylabs", "POST", others=401, strangers=401),
    Line("api/webhook/paylabs", "POST", others=401, strangers=401),
    Line("api/bank/merchants/all", "GET", ok=BANK),
    Line("api/bank/merchants/search", "POST", ok=BANK),
    Line("api/bank/merchants/<str:code>", "GET", ok=BANK, at="api/bank/merchants/{shop}"),
    # A shop that gave no consent.
    Line("api/bank/merchants/<str:code>", "GET", hidden=BANK, at="api/bank/merchants/{unseen}"),
    Line(
        "api/bank/merchants/<str:code>/credit",
        "GET",
        ok=BANK,
        at="api/bank/merchants/{shop}/credit",
    ),
    Line(
        "api/bank/merchants/<str:code>/credit",
        "GET",
        hidden=BANK,
        at="api/bank/merchants/{unseen}/credit",
    ),
    *(
        line
        for route in ("api/bank/merchants/<str:code>/alerts", "api/bank/alerts/<str:code>")
        for line in (
            Line(route, "GET", ok=BANK, at=route.replace("<str:code>", "{shop}")),
            Line(route, "GET", hidden=BANK, at=route.replace("<str:code>", "{unseen}")),
        )
    ),
    Line(LOANS_API, "GET", ok=BANK),
    Line(LOANS_API, "POST", ok=BANK, status=201, body=NEW_LOAN),
    Line(LOANS_API, "POST", hidden=BANK, body=NEW_LOAN | {"merchantId": "{unseen}"}),
    Line(LOANS_API + "/<str:code>", "GET", ok=BANK, at=LOANS_API + "/{shop}"),
    Line(LOANS_API + "/<str:code>/detail", "GET", ok=BANK, at=LOANS_API + "/{application}/detail"),
    Line(LOANS_API + "/<str:code>/detail", "GET", hidden=BANK, at=LOANS_API + "/{shop}/detail"),
    Line(LOANS_API + "/<str:code>/schedule", "GET", ok=BANK, at=LOANS_API + "/{running}/schedule"),
    Line(
        LOANS_API + "/<str:code>/transition",
        "POST",
        ok=BANK,
        at=LOANS_API + "/{application}/transition",
        body={"to": "Submitted"},
    ),
    Line(
        LOANS_API + "/<str:code>/repayments",
        "POST",
        ok=BANK,
        status=201,
        at=LOANS_API + "/{running}/repayments",
        body={"reference": "TRF-1", "amount": 1000},
    ),
    Line("api/bank/loan-quote", "GET", ok=BANK, at="api/bank/loan-quote?amount=1000000&tenor=12"),
    Line("api/bank/batch-assessment", "POST", ok=BANK, body={"merchantIds": ["x"]}),
    Line("api/merchant/loan-applications", "GET", ok=MERCHANTS),
    Line("api/bank/alerts", "GET", ok=BANK),
    Line("api/bank/alerts/trend", "GET", ok=BANK),
    *(
        Line(
            f"api/bank/alerts/<uuid:code>/{deed}",
            "POST",
            ok=BANK,
            at="api/bank/alerts/{warning}/" + deed,
            body={"note": "Uji"},
        )
        for deed in ("acknowledge", "monitor", "resolve")
    ),
]

NEW_RULE = {
    "factor": "loan_to_savings",
    "weight": 5,
    "threshold": 3,
    "risk_category": "sedang",
    "auto_action": "manual_review",
}
MEMBER = {"member_id": Number("{member_id}")}
LOAN_CHECK = MEMBER | {"amount": 1_000_000, "tenor_months": 10}


def risk_engine(prefix: str) -> list[Line]:
    """The koperasi's risk engine, which hangs at two places."""
    rule, result = prefix + "config/<str:rule_id>", prefix + "result/<str:member_id>"
    return [
        Line(prefix + "score", "POST", ok=KOPERASI, body=MEMBER),
        Line(result, "GET", ok=KOPERASI, at=prefix + "result/{member_id}"),
        Line(prefix + "monitor", "GET", ok=KOPERASI),
        Line(prefix + "config", "GET", ok=KOPERASI),
        Line(prefix + "config", "POST", ok=KOPERASI, status=201, body=NEW_RULE),
        Line(rule, "DELETE", ok=KOPERASI, at=prefix + "config/{rule_id}"),
        Line(prefix + "loan-check", "POST", ok=KOPERASI, body=LOAN_CHECK),
    ]


KOPERASI_API = [
    Line("api/koperasi/tenants", "GET", ok=KOPERASI),
    *risk_engine("api/koperasi/risk/"),
    *risk_engine("koperasi/risk/"),
]

ONE_MEMBER, OWN_MEMBER = "koperasi/anggota/<uuid:code>/", "koperasi/anggota/{member}/"
ONE_OVERRIDE, OWN_OVERRIDE = (
    "koperasi/pengecualian/<uuid:code>/",
    "koperasi/pengecualian/{override}/",
)
ONE_IMPORT, OWN_IMPORT = "koperasi/impor/<uuid:code>/", "koperasi/impor/{koperasi_import}/"
ASKED_OVERRIDE = {"menjadi": "APPROVE", "alasan": "OTHER", "catatan": "Satu", "sampai": ""}


def of_member(part: str, method: str = "GET", **changes) -> Line:
    return Line(ONE_MEMBER + part, method, ok=KOPERASI, at=OWN_MEMBER + part, **changes)


# Another koperasi's people find nothing there; an administrator has to visit first.
KOPERASI_PAGES = [
    Line("koperasi/nilai-ulang/", "POST", ok=KOPERASI, status=302),
    Line("koperasi/anggota/", "GET", ok=KOPERASI),
    Line("koperasi/anggota/ekspor/", "POST", ok=KOPERASI),
    *(of_member(part) for part in ("", "lembar/", "lembar.pdf", "cek-pinjaman/", "pengecualian/")),
    of_member("nilai/", "POST", status=302),
    of_member("nik/", "POST", body={"alasan": "Mencocokkan KTP"}),
    of_member("cek-pinjaman/", "POST", status=302, body={"jumlah": "1.000.000", "tenor": "10"}),
    # Somebody else's waits already.
    of_member("pengecualian/", "POST", status=400, body=ASKED_OVERRIDE),
    Line("koperasi/pengecualian/", "GET", ok=KOPERASI),
    # Without the password again.
    Line(
        ONE_OVERRIDE + "putuskan/",
        "POST",
        ok=KOPERASI,
        status=401,
        at=OWN_OVERRIDE + "putuskan/",
        body={"putusan": "setujui"},
    ),
    Line(ONE_OVERRIDE + "tarik/", "POST", at=OWN_OVERRIDE + "tarik/"),
    Line(
        ONE_OVERRIDE + "akhiri/",
        "POST",
        hidden=KOPERASI,
        at=OWN_OVERRIDE + "akhiri/",
        body={"alasan": "Tidak perlu lagi"},
    ),
    Line("koperasi/pilih/", "GET", ok=KOPERASI),
    Line("koperasi/pilih/", "POST", hidden=KOPERASI),
    Line("koperasi/kunjungan/", "GET", ok=ADMIN),
    Line("koperasi/kunjungan/", "POST", ok=ADMIN, status=400),
    Line("koperasi/kunjungan/akhiri/", "POST", ok=ADMIN, status=302),
    Line("koperasi/impor/", "GET", ok=KOPERASI),
    Line("koperasi/impor/", "POST", ok=KOPERASI, status=302, body=a_members_file),
    Line(
        "koperasi/impor/contoh/<slug:kind>.<slug:shape>",
        "GET",
        ok=KOPERASI,
        at="koperasi/impor/contoh/anggota.xlsx",
    ),
    *(
        Line(ONE_IMPORT + part, method, ok=KOPERASI, at=OWN_IMPORT + part, status=status)
        for part, method, status in (
            ("", "GET", 200),
            ("laporan.csv", "GET", 200),
            ("simpan/", "POST", 302),
            ("batal/", "POST", 302),
        )
    ),
]

OPERATIONS = [
    Line("health/live", "GET", ok=EVERYBODY),
    Line("health/ready", "GET", ok=EVERYBODY),
    # From this machine; core/tests says who else.
    Line("metrics", "GET", ok=EVERYBODY),
    Line("api-docs/schema", "GET", ok=EVERYBODY),
    Line("api-docs/swagger.json", "GET", ok=EVERYBODY),
    Line("api-docs", "GET", ok=EVERYBODY),
]

SALE_PAGE, OWN_SALE = "m/penjualan/<str:code>/", "m/penjualan/{sale}/"
TYPED_SALE = {"code": "6f0c7d3a" * 4, "method": "CASH", "amount": "15.000"}
TYPED_REFUND = {"code": "6f0c7d3b" * 4, "amount": "500", "reason": "Basi"}
OBJECTION = {"code": "6f0c7d3c" * 4, "subject": "skor", "text": "Penjualan tunai belum dihitung."}
LOAN_PAGE, OWN_LOAN = "portal/pengajuan/<str:code>/", "portal/pengajuan/{application}/"
LOGIN, RESET_PAGE = "accounts/login/", "accounts/password/reset/"
NEW_PASSWORD = "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"
OLD_LINK = "accounts/password/reset/key/{uid}-abc-def/"

PAGES = [
    Line("", "GET", ok=SIGNED_IN, status=302),
    Line("akun/preferensi/", "GET", ok=SIGNED_IN),
    Line("akun/pilihan/", "POST", ok=EVERYBODY, status=302, body={"theme": "dark"}),
    Line("akun/pilihan/", "POST", ok=EVERYBODY, status=400, body={"theme": "pink"}),
    Line(LOGIN, "GET", ok=STRANGERS, others=302),
    Line(
        LOGIN,
        "POST",
        ok=EVERYBODY,
        status=302,
        body={"login": "{email}", "password": PASSWORD},
    ),
    Line(LOGIN, "PUT", ok=STRANGERS, others=302),
    Line("accounts/logout/", "GET", ok=SIGNED_IN),
    Line("accounts/logout/", "POST", ok=NOBODY, others=SIGN_IN),
    Line(RESET_PAGE, "GET", ok=EVERYBODY),
    Line(RESET_PAGE, "POST", ok=EVERYBODY, status=302, body={"email": "{email}"}),
    Line(RESET_PAGE, "PUT", ok=EVERYBODY),
    Line(RESET_PAGE + "done/", "GET", ok=EVERYBODY),
    # An old link says so, however it is asked.
    *(Line(NEW_PASSWORD, method, ok=EVERYBODY, at=OLD_LINK) for method in METHODS),
    Line(RESET_PAGE + "key/done/", "GET", ok=EVERYBODY),
    Line("m/", "GET", ok=MERCHANTS),
    Line("m/skor/", "GET", ok=MERCHANTS),
    Line("m/skor/kata/<str:kind>/", "GET", ok=MERCHANTS, at="m/skor/kata/penjelasan/"),
    Line("m/skor/kata/<str:kind>/", "GET", ok=MERCHANTS, status=204, at="m/skor/kata/lain/"),
    Line(
        "m/skor/kata/<str:kind>/", "POST", ok=MERCHANTS, status=204, at="m/skor/kata/lain/", body={}
    ),
    Line("m/skor/wawasan/", "GET", ok=MERCHANTS),
    Line("m/skor/hitung-ulang/", "POST", ok=MERCHANTS, status=302),
    Line("m/skor/bagaimana-jika/", "GET", ok=MERCHANTS),
    Line("m/peringatan/", "GET", ok=MERCHANTS),
    Line(
        "m/peringatan/<uuid:code>/tahu/",
        "POST",
        ok=MERCHANT,
        status=302,
        hidden=OTHER,
        at="m/peringatan/{warning}/tahu/",
    ),
    Line("m/penawaran/", "GET", ok=MERCHANTS),
    Line("m/pinjaman/", "GET", ok=MERCHANTS),
    Line("m/pinjaman/<str:code>/", "GET", ok=MERCHANT, hidden=OTHER, at="m/pinjaman/{refused}/"),
    # A draft is its bank's own.
    Line("m/pinjaman/<str:code>/", "GET", hidden=MERCHANTS, at="m/pinjaman/{application}/"),
    Line("m/keberatan/", "GET", ok=MERCHANTS),
    Line("m/keberatan/", "POST", ok=MERCHANTS, status=302, body=OBJECTION),
    Line("m/data-saya.json", "GET", ok=MERCHANTS),
    Line("m/persetujuan/", "GET", ok=MERCHANTS),
    Line("m/persetujuan/", "POST", ok=MERCHANTS, status=302),
    Line(
        "m/persetujuan/<uuid:code>/cabut/",
        "POST",
        ok=MERCHANT,
        status=302,
        hidden=OTHER,
        at="m/persetujuan/{consent}/cabut/",
    ),
    Line("m/penjualan/", "GET", ok=MERCHANTS),
    Line("m/penjualan/unduh.csv", "GET", ok=MERCHANTS),
    Line("m/penjualan/baru/", "GET", ok=MERCHANTS),
    Line("m/penjualan/baru/", "POST", ok=MERCHANTS, status=302, body=TYPED_SALE),
    Line(SALE_PAGE, "GET", ok=MERCHANT, hidden=OTHER, at=OWN_SALE),
    Line(SALE_PAGE + "status/", "GET", ok=MERCHANT, hidden=OTHER, at=OWN_SALE + "status/"),
    Line(SALE_PAGE + "cek/", "POST", ok=MERCHANT, status=302, hidden=OTHER, at=OWN_SALE + "cek/"),
    Line(
        SALE_PAGE + "refund/",
        "POST",
        ok=MERCHANT,
        status=302,
        hidden=OTHER,
        at=OWN_SALE + "refund/",
        body=TYPED_REFUND,
    ),
    Line("portal/", "GET", ok=BANK),
    Line("portal/merchant/", "GET", ok=BANK),
    Line("portal/merchant/ekspor/", "POST", ok=BANK),
    Line("portal/merchant/bandingkan/", "GET", ok=BANK),
    Line("portal/saringan/simpan/", "POST", ok=BANK, status=302, body=SAVED_LIST),
    Line("portal/saringan/lupakan/", "POST", hidden=BANK, body={"filter": "0"}),
    Line("portal/pemberitahuan/", "GET", ok=BANK),
    Line("portal/merchant/<str:code>/", "GET", ok=BANK, at="portal/merchant/{shop}/"),
    Line("portal/merchant/<str:code>/", "GET", hidden=BANK, at="portal/merchant/{unseen}/"),
    *(
        Line(
            "portal/merchant/<str:code>/" + part,
            "GET",
            ok=BANK,
            at="portal/merchant/{shop}/" + part,
        )
        for part in ("bagaimana-jika/", "ai/")
    ),
    *(
        Line(
            "portal/merchant/<str:code>/" + part,
            "GET",
            hidden=BANK,
            at="portal/merchant/{unseen}/" + part,
        )
        for part in ("bagaimana-jika/", "ai/")
    ),
    Line(
        "portal/merchant/<str:code>/ai/",
        "POST",
        ok=BANK,
        status=302,
        at="portal/merchant/{shop}/ai/",
        body={"useful": "yes"},
    ),
    Line("portal/simulasi/", "GET", ok=BANK, at="portal/simulasi/?merchant={shop}"),
    Line("portal/simulasi/merchant/", "GET", ok=BANK),
    *(
        Line(
            "portal/merchant/<str:code>/" + memo,
            "GET",
            ok=BANK,
            at="portal/merchant/{shop}/" + memo,
        )
        for memo in ("memo/", "memo.pdf")
    ),
    *(
        Line(
            "portal/merchant/<str:code>/" + memo,
            "GET",
            hidden=BANK,
            at="portal/merchant/{unseen}/" + memo,
        )
        for memo in ("memo/", "memo.pdf")
    ),
    Line("portal/peringatan/", "GET", ok=BANK),
    Line("portal/peringatan/<uuid:code>/", "GET", ok=BANK, at="portal/peringatan/{warning}/"),
    Line(
        "portal/peringatan/<uuid:code>/tinjau/",
        "POST",
        ok=BANK,
        status=302,
        at="portal/peringatan/{warning}/tinjau/",
        body={"state": "MONITORING"},
    ),
    Line("portal/pengajuan/", "GET", ok=BANK),
    Line("portal/pengajuan/baru/", "GET", ok=BANK),
    Line(LOAN_PAGE, "GET", ok=BANK, at=OWN_LOAN),
    Line("portal/pengajuan/baru/", "POST", ok=BANK, at="portal/pengajuan/baru/"),
    Line("portal/pengajuan/hitung/", "GET", ok=BANK, at="portal/pengajuan/hitung/?merchant={shop}"),
    Line("portal/pengajuan/hitung/", "GET", hidden=BANK),
    Line("portal/pengajuan/ekspor/", "POST", ok=BANK),
    Line(LOAN_PAGE + "ubah/", "GET", ok=BANK, at=OWN_LOAN + "ubah/"),
    Line(LOAN_PAGE + "ubah/", "POST", ok=BANK, status=400, at=OWN_LOAN + "ubah/"),
    Line(
        LOAN_PAGE + "pindah/",
        "POST",
        ok=BANK,
        status=302,
        at=OWN_LOAN + "pindah/",
        body={"to": "SUBMITTED", "versi": "1"},
    ),
    Line(LOAN_PAGE + "bayar/", "POST", ok=BANK, status=400, at=OWN_LOAN + "bayar/"),
    Line("portal/pinjaman/", "GET", ok=BANK),
    Line("portal/keberatan/", "GET", ok=BANK),
    Line("portal/keberatan/<uuid:code>/", "GET", ok=BANK, at="portal/keberatan/{objection}/"),
    # About a score: our operators answer it.
    Line(
        "portal/keberatan/<uuid:code>/",
        "GET",
        hidden=BANK,
        at="portal/keberatan/{score_objection}/",
    ),
    Line(
        "portal/keberatan/<uuid:code>/",
        "POST",
        ok=BANK,
        status=302,
        at="portal/keberatan/{objection}/",
        body={"answer": "Kami sudah memeriksanya kembali."},
    ),
    Line("fraud/", "GET", ok=FRAUD),
    Line("koperasi/", "GET", ok=KOPERASI),
    *KOPERASI_PAGES,
    *(Line(f"koperasi/monitor{shape}", "GET", ok=KOPERASI) for shape in ("/", ".csv", ".pdf")),
    Line("m/penjualan/impor/", "GET", ok=MERCHANTS),
    Line("m/penjualan/impor/", "POST", ok=MERCHANTS, status=302, body=a_sales_file),
    Line("portal/cari/", "GET", ok=BANK, at="portal/cari/?q=warung"),
    Line("portal/hitungan/", "GET", ok=BANK),
    Line("pekerjaan/", "GET", ok=SIGNED_IN),
    Line(
        "pekerjaan/<uuid:code>/",
        "GET",
        ok=MERCHANT,
        hidden=SIGNED_IN - MERCHANT,
        at="pekerjaan/{job}/",
    ),
    Line(
        "pekerjaan/<uuid:code>/batal/",
        "POST",
        ok=MERCHANT,
        status=302,
        hidden=SIGNED_IN - MERCHANT,
        at="pekerjaan/{job}/batal/",
    ),
    # It made no file.
    Line(
        "pekerjaan/<uuid:code>/unduh/",
        "GET",
        hidden=SIGNED_IN,
        at="pekerjaan/{job}/unduh/",
    ),
]

BACK = [
    Line("admin/", "GET", ok=STAFF),
    Line("admin/search/", "GET", ok=STAFF, at="admin/search/?s=warung"),
    Line("admin/login/", "GET", ok=STAFF, status=302),
    Line("admin/logout/", "POST", ok=STAFF, status=SIGN_IN, others=302, strangers=302),
    Line("admin/password_change/", "GET", ok=STAFF, status=302),
    Line("admin/password_change/done/", "GET", ok=STAFF),
    Line("admin/autocomplete/", "GET", ok=NOBODY),
    Line("admin/jsi18n/", "GET", ok=STAFF),
    Line(
        "admin/r/<path:content_type_id>/<path:object_id>/",
        "GET",
        hidden=STAFF,
        at="admin/r/0/0/",
    ),
    Line(
        "admin/accounts/user/<path:object_id>/suspend/",
        "POST",
        ok=BACK_OFFICE,
        at="admin/accounts/user/{accounts_user}/suspend/",
        body={"reason": "Uji", "_form_submitted": "True"},
    ),
    Line(
        "admin/accounts/user/<path:object_id>/reinstate/",
        "POST",
        ok=BACK_OFFICE,
        at="admin/accounts/user/{accounts_user}/reinstate/",
        body={"reason": "Uji", "_form_submitted": "True"},
    ),
    Line(
        "admin/banking/objection/<path:object_id>/answer_this/",
        "POST",
        ok=BACK_OFFICE,
        at="admin/banking/objection/{banking_objection}/answer_this/",
        body={"answer": "Kami sudah memeriksanya kembali.", "_form_submitted": "True"},
    ),
    *(
        Line(
            f"admin/transactions/refund/<path:object_id>/{deed}/",
            "POST",
            ok=BACK_OFFICE,
            at="admin/transactions/refund/{transactions_refund}/" + deed + "/",
            body={"reason": "Uji", "_form_submitted": "True"},
        )
        for deed in ("mark_processed", "reject")
    ),
    Line(
        "admin/scoring/scoringrun/recalculate_all/",
        "POST",
        ok=BACK_OFFICE,
        body={"_form_submitted": "True"},
    ),
]


def desk(
    label: str, keepers=NOBODY, new=None, changed=None, *, readers=BACK_OFFICE, adders=None
) -> list[Line]:
    """The lines of one table in the back office, which `keepers` change, and add to unless others do."""
    adders = keepers if adders is None else adders
    place = f"admin/{label.replace('.', '/')}/"
    one, sample = place + "<path:object_id>/", place + "{" + label.replace(".", "_") + "}/"
    return [
        Line(place, "GET", ok=readers),
        Line(place + "add/", "GET", ok=adders),
        Line(place + "add/", "POST", ok=adders, status=302, body=new or {}),
        # Django leads everybody on to the page itself, which then refuses.
        Line(one, "GET", ok=STAFF, status=302, at=sample),
        Line(one + "history/", "GET", ok=readers, at=sample + "history/"),
        Line(one + "change/", "GET", ok=readers, at=sample + "change/"),
        Line(
            one + "change/",
            "POST",
            ok=keepers,
            status=302,
            at=sample + "change/",
            body=changed or {},
        ),
        Line(one + "delete/", "GET", at=sample + "delete/"),
        Line(one + "delete/", "POST", at=sample + "delete/", body={"post": "yes"}),
    ]


NEW_PERSON = {
    "email": "tuti@example.com",
    "full_name": "Tuti",
    "role": "OPERATOR",
    "password1": PASSWORD,
    "password2": PASSWORD,
}
SAME_PERSON = {"email": "{email}", "full_name": "Sari", "role": "MERCHANT", "language": "id"}
KOPERASI_MAJU = {"code": "MAJU", "name": "Koperasi Maju", "kind": "KOPERASI"}

LOAN_TERMS = {
    "yearly_rate_percent": "14",
    "method": "FLAT",
    "max_tenor_months": "24",
    "max_installment_percent": "25",
    "least_points": "65",
    "decision_days": "2",
}

DESKS = [
    *desk("accounts.user", keepers=ADMIN, new=NEW_PERSON, changed=SAME_PERSON),
    *desk("accounts.organisation", keepers=ADMIN, new=KOPERASI_MAJU, changed=KOPERASI_MAJU),
    *desk("accounts.refreshsession"),
    *desk("accounts.signinattempts"),
    *desk("banking.installment"),
    *desk("banking.loanapplication"),
    *desk(
        "banking.loanterms",
        keepers=ADMIN,
        new=LOAN_TERMS | {"bank": "{other_bank}"},
        changed=LOAN_TERMS,
    ),
    *desk("banking.objection"),
    *desk("banking.repayment"),
    *desk("alerts.bankreview"),
    *desk("alerts.earlywarning"),
    *desk("core.aitext"),
    *desk("core.auditentry"),
    *desk("core.auditseal"),
    *desk("core.datakey"),
    *desk("core.idempotencyrecord"),
    *desk("core.outboxevent"),
    *desk("merchants.consent"),
    *desk("merchants.merchant"),
    *desk("scoring.creditscore"),
    *desk("scoring.latestscore"),
    *desk("scoring.scoringrun"),
    *desk("transactions.dailytotal"),
    *desk("transactions.gatewaymismatch"),
    *desk("transactions.gatewayorder"),
    *desk("transactions.paymentevent"),
    *desk("transactions.refund"),
    *desk("transactions.refusedrow"),
    *desk("transactions.salesimport"),
    *desk("transactions.settlementproblem"),
    *desk("transactions.settlementstatement"),
    *desk("transactions.transaction"),
]

SOMEBODY = {
    "full_name": "Ani",
    "number": "A-77",
    "joined_on": "2024-01-05",
    **{
        f"{rows}-{number}_FORMS": "0"
        for rows in ("documents", "external_debts", "status_events")
        for number in ("TOTAL", "INITIAL")
    },
}
MEETING = {
    "held_on": "2025-03-08", "attendances-TOTAL_FORMS": "0", "attendances-INITIAL_FORMS": "0"
}  # fmt: skip
LOAN_ROWS = {
    f"{rows}-{number}_FORMS": "0"
    for rows in ("installments", "repayments", "collaterals", "guarantors", "restructurings")
    for number in ("TOTAL", "INITIAL")
}

A_LOAN = {
    "member": "{member_id}",
    "number": "P-77",
    "principal": "5.000.000",
    "tenor_months": "10",
    "rate_percent": "12",
    "rate_period": "TENOR",
    "method": "FLAT",
    "contract": "LOAN",
    "purpose": "OTHER",
    "applied_on": "2026-01-05",
}
# By table, what its dialogs ask for.
DEEDS = {
    "loan": {
        "approve": {"on": "2026-01-05"},
        "reject": {"on": "2026-01-05", "why": "Batal"},
        "disburse": {"on": "2026-01-05"},
        "repay": {
            "amount": "1000", "paid_on": "2026-01-05", "method": "TUNAI", "reference": "T-1"
        },
        "settle": {"amount": "1000", "on": "2026-01-05", "reference": "T-2"},
        "restructure": {
            "on": "2026-01-05", "tenor_months": "24", "rate_percent": "1", "reason": "Sakit"
        },
        "write_off": {"on": "2026-01-05", "reason": "Meninggal", "is_sure": "on"},
    },
    "loanrepayment": {"reverse": {"why": "Salah catat", "reference": "T-3"}},
    "savingsaccount": {
        "move_money": {
            "kind": "DEPOSIT",
            "amount": "1000",
            "on": "2026-01-05",
            "method": "TUNAI",
            "reference": "T-4",
        }
    },
    "member": {
        "deposit": {
            "account_kind": "VOLUNTARY",
            "amount": "1000",
            "on": "2026-01-05",
            "method": "TUNAI",
            "reference": "T-5",
        }
    },
    "savingsmovement": {"verify": {"note": ""}, "reject": {"note": "Uang tidak diterima"}},
}  # fmt: skip

RULES, RULE = "admin/koperasi_risk/riskrule/", "{koperasi_risk_riskrule}/"
A_RULE = {
    "factor": "arrears_ratio",
    "threshold": "10",
    "weight": "10",
    "risk_category": "sedang",
    "auto_action": "MANUAL_REVIEW",
    "why": "Rapat pengurus",
    "tiers-TOTAL_FORMS": "0",
    "tiers-INITIAL_FORMS": "0",
}
REASON = {"why": "Rapat pengurus"}
SETTINGS = REASON | {
    "kind": "KSP",
    "time_zone": "Asia/Jakarta",
    "mandatory_savings_due_day": "28",
    "collectability_preset": "SLIK",
    "grace_days": "3",
    "unsecured_limit": "0",
}

# Of a koperasi: by the seats there alone; an administrator without a visit has none.
KOPERASI_DESKS = [
    *(
        line
        for line in desk("koperasi_risk.riskrule", KOPERASI, A_RULE, A_RULE, readers=KOPERASI)
        if "delete/" not in line.route
    ),
    *(
        line
        for deed in ("delete/", "hapus/")
        for place in [RULES + "<path:object_id>/" + deed]
        for line in (
            Line(place, "GET", ok=KOPERASI, at=RULES + RULE + deed),
            Line(place, "POST", ok=KOPERASI, status=302, at=RULES + RULE + deed, body=REASON),
        )
    ),
    Line(RULES + "<path:object_id>/riwayat/", ok=KOPERASI, at=RULES + RULE + "riwayat/"),
    Line(
        RULES + "<path:object_id>/simulasikan/",
        ok=KOPERASI,
        status=302,
        at=RULES + RULE + "simulasikan/",
    ),
    Line(RULES + "simulasi/", "POST", ok=KOPERASI, body=A_RULE),
    *(
        Line(
            RULES + "<int:revision_id>/pulihkan/",
            method,
            ok=KOPERASI,
            status=status,
            at=RULES + "{revision_id}/pulihkan/",
            body=REASON,
        )
        for method, status in (("GET", 200), ("POST", 302))
    ),
    *(
        Line(RULES + page, method, ok=KOPERASI, status=status, body=REASON)
        for page, method, status in (
            ("ekspor/", "GET", 200),
            ("banding/", "GET", 200),
            ("impor/", "GET", 200),
            ("impor/", "POST", 400),
            ("aturan-awal/", "GET", 200),
            ("aturan-awal/", "POST", 302),
        )
    ),
    Line(
        "admin/koperasi_risk/riskresult/rescore_all/",
        "POST",
        ok=KOPERASI,
        body={"_form_submitted": "True"},
    ),
    *desk("koperasi_risk.member", KOPERASI, SOMEBODY, SOMEBODY, readers=KOPERASI),
    *desk("koperasi_risk.annualmeeting", KOPERASI, MEETING, MEETING, readers=KOPERASI),
    *desk("koperasi_risk.loan", KOPERASI, A_LOAN, LOAN_ROWS, readers=KOPERASI),
    *(
        Line(
            f"admin/koperasi_risk/{table}/<path:object_id>/{deed}/",
            method,
            ok=KOPERASI,
            at=f"admin/koperasi_risk/{table}/{{koperasi_risk_{table}}}/{deed}/",
            body=asked | {"_form_submitted": "True"},
        )
        for table, deeds in DEEDS.items()
        for deed, asked in deeds.items()
        for method in ("GET", "POST")
    ),
    *(
        line
        for table in (
            *("savingsaccount", "savingsmovement", "loaninstallment", "loanrepayment"),
            *("riskresult", "riskassessment", "decisionoverride", "loancheck", "memberfacts"),
            *("dataimport", "riskrulerevision"),
        )
        for line in desk(f"koperasi_risk.{table}", readers=KOPERASI)
    ),
    *desk("koperasi_risk.tenantmembership", readers=KOPERASI),
    Line(
        "admin/koperasi_risk/tenantmembership/<path:object_id>/end/",
        "POST",
        at="admin/koperasi_risk/tenantmembership/{koperasi_risk_tenantmembership}/end/",
        body={"reason": "Pindah", "_form_submitted": "True"},
    ),
    *(
        replace(line, status=302) if line.route.endswith("/tenant/") else line
        for line in desk(
            "koperasi_risk.tenant", KOPERASI, changed=SETTINGS, readers=KOPERASI, adders=NOBODY
        )
    ),
    Line(
        "admin/koperasi_risk/member/<path:object_id>/move/",
        "POST",
        ok=KOPERASI,
        at="admin/koperasi_risk/member/{koperasi_risk_member}/move/",
        body={
            "to": "INACTIVE",
            "on": "2024-01-05",
            "reason": "Cuti",
            "_form_submitted": "True",
        },
    ),
    *desk(
        "koperasi_risk.ruleproposal",
        KOPERASI,
        changed={"reject": ""},
        readers=KOPERASI,
        adders=NOBODY,
    ),
]

LINES = [*API, *KOPERASI_API, *OPERATIONS, *PAGES, *BACK, *DESKS, *KOPERASI_DESKS]
# Django's own: an index of each app, and the answer to what is no route.
UNLISTED = {
    route
    for route in routes()
    if route.startswith(("admin/^(?P<app_label>", "admin/(?P<app_label>", "admin/(?P<url>"))
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_everybody_gets_the_answer_of_the_line(town, line):
    for caller in CALLERS:
        answer = town.ask(caller, line)

        assert answer.outcome == line.expected(caller), (caller, answer.text[:500])
        assert not answer.changed, f"{caller} was refused and yet a row changed"
        if line.is_of_koperasi:
            assert_in_the_koperasi_envelope(answer)
        elif line.is_api:
            assert_in_the_envelope(answer)


def assert_in_the_envelope(answer) -> None:
    if answer.content_type.startswith("text/csv"):
        assert answer.outcome == 200
        return
    body = json.loads(answer.text)
    good = answer.outcome < 400
    assert body["success"] is good
    assert {"data"} <= body.keys() if good else {"message", "code"} <= body.keys()


def assert_in_the_koperasi_envelope(answer) -> None:
    body = json.loads(answer.text)
    if answer.outcome >= 400:
        assert body.keys() == {"success", "message", "data", "meta", "errors"}
        assert body["meta"]["status_code"] == answer.outcome
    # Scores, results and the monitor are answered bare.
    assert body.get("success", True) is (answer.outcome < 400)


ROUTES = sorted({line.route for line in LINES if not line.route.startswith("admin/")})


@pytest.mark.parametrize("route", ROUTES)
def test_methods_without_a_line_are_not_served(town, route):
    lines = [line for line in LINES if line.route == route]
    first = max(lines, key=lambda line: bool(line.ok or line.others == SIGN_IN))
    caller = sorted(first.ok or CALLERS)[0]

    served = {
        method
        for method in METHODS
        if town.ask(caller, Line(route, method, at=first.at)).outcome != 405
    }

    assert served == {line.method for line in lines}


def test_every_route_has_a_line_and_every_line_a_route():
    assert {line.route for line in LINES} == set(routes()) - UNLISTED


def test_every_table_of_the_back_office_has_its_lines():
    desks = {
        f"admin/{model._meta.label_lower.replace('.', '/')}/" for model in admin.site._registry
    }

    assert desks <= {line.route for line in LINES}
