"""A manager changes a rule, sees beforehand what it would do, and takes the change back."""

from dataclasses import replace
from decimal import Decimal

from django.utils import timezone

from config.tests.browser.koperasi import Koperasi, found
from config.tests.browser.visitor import AXE_OF_THE_THEME, IN_A_BROWSER
from core.tenancy import tenant_scope
from koperasi_risk.domain.rule_contents import content_of
from koperasi_risk.models import RiskRule
from koperasi_risk.selectors.simulation import Simulation, simulate

pytestmark = IN_A_BROWSER
LINK = "a:has-text('Hari tunggakan terlama')"


def test_a_rule_from_its_change_to_its_restoration(visit, db):
    koperasi = found()
    rule = koperasi.rules["max_dpd_current"]
    expected = _simulated(koperasi, rule, threshold=60)
    assert expected.flip_count == 2
    with visit() as visitor:
        visitor.sign_in(koperasi.manager)
        _find(visitor)
        _try(visitor, "60", expected)
        _save(visitor, "Rapat pengurus 12 November")
        _read_history(visitor)
        _restore(visitor, _simulated(koperasi, rule, threshold=30), "Terlalu longgar")

    with tenant_scope(koperasi.tenant.pk):
        rule.refresh_from_db()
        assert (rule.threshold, rule.version) == (30, 3)
        told = rule.revisions.order_by("version").values_list("by__full_name", "why", "via")
        assert list(told) == [
            ("Ratih", "Aturan pertama", "ADMIN"),
            ("Ratih", "Rapat pengurus 12 November", "ADMIN"),
            ("Ratih", "Terlalu longgar", "RESTORE"),
        ]
    assert not visitor.complaints, "\n".join(visitor.complaints)


def _simulated(koperasi: Koperasi, rule: RiskRule, *, threshold: int) -> Simulation:
    with tenant_scope(koperasi.tenant.pk):
        content = replace(content_of(rule), threshold=Decimal(threshold))
        return simulate(koperasi.tenant, rule_id=rule.pk, content=content, now=timezone.now())


def _find(visitor) -> None:
    """Go from the first page to the rule, the last step by keyboard."""
    page = visitor.page
    page.wait_for_url("**/koperasi/")
    page.click("nav >> text=Aturan risiko")
    page.wait_for_selector(LINK)
    page.fill("[name=q]", "tunggakan terlama")
    page.press("[name=q]", "Enter")
    page.wait_for_url("**q=tunggakan**")
    page.focus(LINK)
    page.keyboard.press("Enter")
    page.wait_for_selector("#simulation .kr-counts")


def _try(visitor, threshold: str, expected: Simulation) -> None:
    """Type another threshold and read what it would do, down to a member's reasons."""
    page = visitor.page
    page.get_by_label("Ambang").first.fill(threshold)
    page.wait_for_selector(f"#simulation h3:has-text('{expected.flip_count} anggota')")
    page.wait_for_selector("#simulasi.is-stale", state="detached")
    assert _counts(page) == [
        [expected.before[decision], expected.after[decision]] for decision in expected.before
    ]
    names = [name.strip() for name in page.locator(".kr-flips .kr-who").all_inner_texts()]
    assert names == [f"{flip.name} {flip.number}" for flip in expected.flips]

    page.focus(".kr-flips summary >> nth=0")
    page.keyboard.press("Enter")
    told = page.locator(".kr-flips details[open] dd").all_inner_texts()
    assert told == expected.flips[0].before.reasons + expected.flips[0].after.reasons
    visitor.look("what a rule would do", rules=AXE_OF_THE_THEME)


def _counts(page) -> list[list[int]]:
    rows = page.locator("#simulation .kr-counts >> nth=0 >> tbody tr").all()
    return [[int(text) for text in row.locator("td").all_inner_texts()[:2]] for row in rows]


def _save(visitor, why: str) -> None:
    page = visitor.page
    page.get_by_label("Alasan").fill(why)
    page.click("button[name=_save]")
    page.wait_for_selector("text=Aturan disimpan.")
    visitor.look("a rule that was saved", rules=AXE_OF_THE_THEME)
    page.click("a:has-text('Skor semua anggota')")
    page.wait_for_selector("button:has-text('Nilai ulang semua')")
    page.go_back()


def _read_history(visitor) -> None:
    page = visitor.page
    page.click(".kr-tabs >> text=Riwayat")
    latest = page.locator(".kr-revisions li").first
    assert "Ratih" in latest.inner_text()
    assert "Rapat pengurus 12 November" in latest.inner_text()
    assert latest.locator("del").all_inner_texts() == ["30 hari"]
    assert latest.locator("ins").all_inner_texts() == ["60 hari"]
    visitor.look("the history of a rule", rules=AXE_OF_THE_THEME)


def _restore(visitor, undone: Simulation, why: str) -> None:
    page = visitor.page
    page.click(".kr-revisions li:last-child a:has-text('Pulihkan')")
    page.wait_for_selector(".kr-simulation .kr-counts")
    visitor.look("what restoring would do", rules=AXE_OF_THE_THEME)
    page.get_by_label("Alasan").fill(why)
    page.click(".kr-form button.primary")
    page.click(LINK)
    page.wait_for_selector("#simulation .kr-counts")
    assert page.get_by_label("Ambang").first.input_value() == "30"
    assert _counts(page) == [[count, count] for count in undone.after.values()]
    page.click(".kr-tabs >> text=Riwayat")
    assert page.locator(".kr-revisions li").count() == 3
