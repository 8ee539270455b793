"""A loan from the search for its merchant to the first money that comes back, with two pairs of eyes."""

from banking.models import LoanApplication
from config.tests.browser.visitor import IN_A_BROWSER, PASSWORD

pytestmark = IN_A_BROWSER


def test_a_loan_from_search_to_the_first_repayment(visit, budi, tuti, busy_warung, busy_kios):
    with visit() as officer:
        _apply(officer, budi, busy_warung)
        loan = LoanApplication.objects.get()
        assert (loan.status, loan.submitted_by, loan.amount) == ("SUBMITTED", budi, 5_000_000)
        # Who submitted it finds no way to decide.
        officer.open(f"/portal/pengajuan/{loan.code}/")
        assert officer.page.locator("input[name=to][value=UNDER_REVIEW]").count() == 0
        assert officer.page.locator("input[name=to][value=APPROVED]").count() == 0

    with visit() as approver:
        approver.sign_in(tuti)
        approver.open(f"/portal/pengajuan/{loan.code}/")
        _take(approver, "UNDER_REVIEW")
        _take(approver, "APPROVED", password=True)
        _take(approver, "DISBURSED", password=True)
        _repay(approver)

    loan.refresh_from_db()
    assert (loan.status, loan.decided_by) == ("DISBURSED", tuti)
    assert loan.repayments.get().amount == 450_000
    assert officer.complaints + approver.complaints == []


def _apply(officer, person, merchant) -> None:
    page = officer.page
    officer.sign_in(person)
    officer.open("/portal/merchant/")
    # By keyboard alone as far as the merchant.
    page.keyboard.press("/")
    page.keyboard.type("Warung")
    # What was typed last: an earlier list would be replaced beneath the keyboard.
    page.wait_for_url("**cari=Warung")
    page.wait_for_selector("text=1 hasil")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/portal/merchant/{merchant.code}/**")

    page.focus(".what-if input[name=refund]")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#what-if-result")

    page.click("a.button.primary")
    page.wait_for_url("**/pengajuan/baru/**")
    page.fill("[name=plafon]", "5.000.000")
    page.fill("[name=tenor]", "12")
    page.fill("[name=tujuan]", "Menambah stok")
    page.click("button[value=ajukan]")
    page.wait_for_selector(".toasts .success")


def _take(approver, to: str, *, password: bool = False) -> None:
    """Open the dialog of a step, fill it in and take it."""
    page = approver.page
    dialog = page.locator("dialog", has=page.locator(f"input[name=to][value={to}]"))
    page.click(f"[data-dialog='{dialog.get_attribute('id')}']")
    if dialog.locator("[name=alasan]").count():
        dialog.locator("[name=alasan]").first.check()
    field = dialog.locator("[type=password]")
    if password and field.count():
        field.fill(PASSWORD)
    dialog.locator("button:not([type=button])").click()
    page.wait_for_selector(".toasts .success")


def _repay(approver) -> None:
    page = approver.page
    page.click("#pembayaran summary")
    page.fill("[name=jumlah]", "450.000")
    page.fill("[name=rujukan]", "TRX-1")
    page.click("#pembayaran form button.primary")
    page.wait_for_selector(".toasts .success")
