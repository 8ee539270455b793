"""A koperasi's pages and its desks in the back office, as each seat sees them."""

import json

import pytest
from django.urls import reverse

from config.tests.browser.koperasi import NO_INCOME, found
from config.tests.browser.visitor import AXE_OF_THE_THEME, IN_A_BROWSER, PAGE_BYTES
from core.tenancy import tenant_scope

pytestmark = IN_A_BROWSER
RULES = "/admin/koperasi_risk/riskrule/"


@pytest.fixture
def koperasi(wayan):
    return found(wayan)


def of_member(member, name: str = "member") -> str:
    return reverse(f"koperasi_risk:{name}", args=[member.code])


def desk(name: str, row=None, page: str = "change") -> str:
    return reverse(
        f"admin:koperasi_risk_{name}_{page if row else 'changelist'}", args=[row.pk] if row else []
    )


def test_the_desk_of_a_manager(visit, koperasi):
    members = koperasi.members
    with visit(koperasi.manager) as visitor:
        visitor.inspect(["/koperasi/", "/koperasi/anggota/", of_member(members["Bagus Wirawan"])])
        visitor.stroll(
            [
                "/koperasi/monitor/",
                "/koperasi/anggota/?keputusan=MANUAL_REVIEW&q=a",
                "/koperasi/anggota/?q=tidak-ada-yang-begini",
                *(of_member(members[NO_INCOME]) + f"?tab={tab}" for tab in ("pinjaman", "riwayat")),
                of_member(members["Citra Dewi"]),
                of_member(members["Eka Sari"], "member-sheet-page"),
                of_member(members["Gede Baru"]),
                of_member(members["Bagus Wirawan"], "ask-override"),
                "/koperasi/impor/",
                reverse("koperasi_risk:import", args=[koperasi.data_import.code]),
            ]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_desk_of_an_officer(visit, koperasi):
    members = koperasi.members
    with visit(koperasi.officer) as visitor:
        visitor.stroll(
            [
                "/koperasi/",
                of_member(members["Eka Sari"], "loan-check"),
                of_member(members["Ayu Lestari"], "loan-check") + "?jumlah=90.000.000&tenor=12",
                of_member(members[NO_INCOME], "loan-check") + "?jumlah=abc&tenor=12",
                "/koperasi/pengecualian/",
            ]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_desk_of_the_board(visit, koperasi):
    with visit(koperasi.board) as visitor:
        visitor.stroll(
            [
                "/koperasi/pengecualian/?status=OVER",
                "/koperasi/pengecualian/?status=ACTIVE",
                "/koperasi/pengecualian/",
                "/koperasi/",
                of_member(koperasi.members["Dewa Putu"]),
                "/koperasi/monitor/",
            ]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_choosing_and_visiting(visit, koperasi, wayan, admin_user):
    found(wayan, name="Koperasi Syariah Berkah Bersama Nusantara")
    with visit(wayan) as visitor:
        visitor.stroll(["/koperasi/pilih/"])
    with visit(admin_user) as administrator:
        page = administrator.page
        administrator.stroll([RULES], rules=AXE_OF_THE_THEME)
        administrator.stroll(["/koperasi/kunjungan/"])
        page.select_option("[name=koperasi]", label=str(koperasi.tenant))
        page.fill("[name=alasan]", "Tiket 1234 dari pengurus")
        page.click("main form button.primary")
        page.wait_for_url("**/koperasi/")
        administrator.look("the first page on a visit")

    complaints = visitor.complaints + administrator.complaints
    assert not complaints, "\n".join(complaints)


def test_the_desk_of_rules(visit, koperasi):
    rule, other = (koperasi.rules[name] for name in ("max_dpd_current", "max_dpd_12m"))
    with visit(koperasi.manager) as visitor:
        visitor.inspect([RULES], rules=AXE_OF_THE_THEME)
        visitor.stroll(
            [
                desk("riskrule", rule),
                desk("riskrule", other),
                desk("riskrule", rule, "history"),
                RULES + "add/",
                desk("riskrule", rule, "delete_rule"),
                reverse("admin:koperasi_risk_riskrule_restore", args=[koperasi.revision.pk]),
                reverse("admin:koperasi_risk_riskrule_compare"),
                reverse("admin:koperasi_risk_riskrule_install_starter"),
                desk("ruleproposal"),
                desk("ruleproposal", koperasi.proposal),
            ],
            rules=AXE_OF_THE_THEME,
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_a_repayment_at_the_loans_desk(visit, koperasi):
    with tenant_scope(koperasi.tenant.pk):
        loan = koperasi.members["Bagus Wirawan"].loans.get()
    with visit(koperasi.officer) as visitor:
        page = visitor.page
        visitor.stroll([desk("loan") + "add/", desk("loan", loan)], rules=AXE_OF_THE_THEME)
        page.set_viewport_size({"width": 1366, "height": 900})
        page.click("a[hx-get$='/repay/'] >> visible=true")
        page.wait_for_selector("#dialog [name=amount]")
        page.fill("#dialog [name=amount]", "1.000.000.000")
        page.click("#dialog form button")
        page.wait_for_selector("#dialog .errors")
        page.evaluate("document.getAnimations().forEach((each) => each.finish())")
        visitor.look("a repayment of too much", rules=AXE_OF_THE_THEME)

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_preview_of_a_rule_set(visit, koperasi):
    rule = {
        "factor": "max_dpd_current", "weight": 15, "threshold": 45, "risk_category": "sedang",
        "auto_action": "manual_review",
    }  # fmt: skip
    document = {"format": "saksama.koperasi.rules", "version": 1, "rules": [rule]}
    file = {"name": "aturan.json", "mimeType": "application/json"}
    with visit(koperasi.manager) as visitor:
        page = visitor.page
        visitor.stroll(
            [reverse("admin:koperasi_risk_riskrule_import_rules")], rules=AXE_OF_THE_THEME
        )
        page.set_input_files("[name=file]", file | {"buffer": json.dumps(document).encode()})
        page.click("form:has([name=file]) button")
        page.wait_for_selector("text=45 hari")
        visitor.look("the preview of a rule set", rules=AXE_OF_THE_THEME)

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_other_desks_of_a_koperasi(visit, koperasi):
    member = koperasi.members["Bagus Wirawan"]
    with visit(koperasi.manager) as visitor:
        visitor.stroll(
            [
                "/admin/",
                desk("riskresult"),
                f"/admin/koperasi_risk/riskresult/{member.pk}/change/",
                desk("member", member),
                desk("tenant", koperasi.tenant),
                desk("loaninstallment"),
                desk("riskrulerevision"),
                desk("decisionoverride"),
                desk("savingsmovement"),
                desk("tenantmembership"),
            ],
            rules=AXE_OF_THE_THEME,
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_pages_of_a_koperasi_are_light(visit, koperasi):
    with visit(koperasi.manager) as visitor:
        for path in ["/koperasi/", "/koperasi/anggota/", "/koperasi/monitor/"]:
            assert visitor.weigh(path) <= PAGE_BYTES, path
