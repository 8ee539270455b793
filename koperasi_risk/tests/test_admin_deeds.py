"""What people do in dialogs: lend, take repayments, keep savings; who may, and how it is refused there."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from koperasi_risk.middleware import VISIT
from koperasi_risk.models import (
    Loan,
    LoanRepayment,
    SavingsAccount,
    SavingsMovement,
    TenantRole,
)
from koperasi_risk.services.loans import LoanTerms, add_loan, decide_loan, disburse_loan
from koperasi_risk.services.repayments import record_repayment
from koperasi_risk.tests.factories import (
    NOON,
    a_koperasi,
    a_loan,
    a_member,
    a_movement,
    an_account,
)

OFFICER, MANAGER, BOARD = (
    TenantRole.FINANCING_OFFICER, TenantRole.RISK_MANAGER, TenantRole.BOARD
)  # fmt: skip
TERMS = LoanTerms(principal=Decimal(12_000_000), tenor_months=12, rate_percent=Decimal(12))
NEW_LOAN = reverse("admin:koperasi_risk_loan_add")


@pytest.fixture
def today(mekar):
    return mekar.today(timezone.now())


@pytest.fixture
def member(mekar):
    return a_member(mekar, full_name="Ani")


@pytest.fixture
def lent(mekar, member, wayan, today):
    """Paid out forty days ago: one instalment of Rp 1.120.000 is due, eleven are not."""
    step = {"tenant": mekar, "by": wayan, "now": timezone.now()}
    on = today - timedelta(days=40)
    loan = add_loan(member_id=member.pk, number="P-1", terms=TERMS, applied_on=on, **step)
    decide_loan(loan_id=loan.pk, approve=True, on=on, **step)
    return disburse_loan(loan_id=loan.pk, on=on, **step)


@pytest.fixture
def asked_for(member):
    return a_loan(member, status="PENDING", disbursed_on=None)


@pytest.fixture
def paid(mekar, lent, wayan, today):
    return record_repayment(
        tenant=mekar, loan_id=lent.pk, reference="B-1", amount=Decimal(1_120_000), paid_on=today,
        by=wayan, now=timezone.now(),
    )  # fmt: skip


def address(row, deed: str) -> str:
    return reverse(f"admin:koperasi_risk_{row._meta.model_name}_{deed}", args=[row.pk])


def do(browser, row, deed: str, **asked):
    return browser.post(address(row, deed), asked | {"_form_submitted": "True"})


def said(response) -> str:
    """Return the message of a deed that was done."""
    assert response.headers.get("HX-Redirect"), response.content.decode()
    *_earlier, message = (str(message) for message in get_messages(response.wsgi_request))
    return message.replace("\N{NO-BREAK SPACE}", " ")


def refused(response) -> str:
    """Return what the dialog says beside its fields instead."""
    assert response.status_code == 200
    assert "HX-Redirect" not in response.headers
    return " ".join(
        str(text) for texts in response.context["form"].errors.values() for text in texts
    ).replace("\N{NO-BREAK SPACE}", " ")


def offered(browser, row) -> set[str]:
    """Return the deeds that a row's page offers."""
    name = row._meta.model_name
    text = browser.get(reverse(f"admin:koperasi_risk_{name}_change", args=[row.pk])).content
    return set(re.findall(rf'hx-get="[^"]*/{name}/{row.pk}/(\w+)/"', text.decode()))


# ── Lending ────────────────────────────────────────────────────────────────────────────
def test_an_officer_adds_a_loan_that_a_member_asks_for(at, member, today):
    asked = {
        "member": member.pk,
        "number": "P-7",
        "principal": "5.000.000",
        "tenor_months": "10",
        "rate_percent": "1,5",
        "rate_period": "MONTH",
        "method": "FLAT",
        "contract": "LOAN",
        "purpose": "PRODUCTIVE",
        "applied_on": today.isoformat(),
    }
    browser = at(OFFICER)

    browser.post(NEW_LOAN, asked)
    for wrong in (
        {"number": "P-7"},
        {"number": "P-8", "applied_on": (today + timedelta(days=1)).isoformat()},
        {"number": "P-9", "principal": "-1"},
        {"number": "P-10", "rate_percent": "90000"},
    ):
        assert browser.post(NEW_LOAN, asked | wrong).context["errors"]

    loan = Loan.objects.get()
    assert (loan.member, loan.principal, loan.rate_percent) == (
        member, 5_000_000, Decimal("1.5"),
    )  # fmt: skip
    assert (loan.status, loan.applied_on) == ("PENDING", today)
    assert AuditEntry.objects.filter(action__startswith="koperasi.loan").count() == 1


def test_a_loan_is_approved_and_disbursed_step_by_step(at, asked_for, today):
    browser, day = at(MANAGER), today.isoformat()
    assert offered(browser, asked_for) == {"approve", "reject"}

    do(browser, asked_for, "approve", on=day, why="Rapat komite")
    assert offered(browser, asked_for) == {"disburse"}
    text = said(do(browser, asked_for, "disburse", on=day))

    asked_for.refresh_from_db()
    assert (asked_for.status, asked_for.disbursed_on) == ("DISBURSED", today)
    assert asked_for.installments.count() == 12
    assert "Rp 12.000.000 dicairkan" in text
    assert AuditEntry.objects.get(action="koperasi.loan_decided").reason == "Rapat komite"
    assert offered(browser, asked_for) == {"settle", "restructure", "write_off"}


def test_a_loan_is_rejected_with_a_reason(at, asked_for, today):
    browser, day = at(MANAGER), today.isoformat()

    assert refused(do(browser, asked_for, "reject", on=day, why=""))
    said(do(browser, asked_for, "reject", on=day, why="Angsuran terlalu besar"))

    asked_for.refresh_from_db()
    assert asked_for.status == "REJECTED"
    assert "Angsuran terlalu besar" in AuditEntry.objects.latest("pk").reason
    assert offered(browser, asked_for) == set()


@pytest.mark.parametrize(
    ("deed", "asked"),
    [
        ("approve", {}),
        ("reject", {"why": "Terlambat"}),
        ("disburse", {}),
    ],
)
def test_a_step_that_somebody_else_took_is_refused_in_the_dialog(at, lent, today, deed, asked):
    response = do(at(MANAGER), lent, deed, on=today.isoformat(), **asked)

    assert "Dicairkan" in refused(response)
    lent.refresh_from_db()
    assert lent.status == "DISBURSED"


def test_nothing_happens_on_a_day_to_come(at, asked_for, lent, today):
    tomorrow = (today + timedelta(days=1)).isoformat()
    browser = at(OFFICER, MANAGER)

    assert refused(do(browser, asked_for, "approve", on=tomorrow))
    assert refused(do(browser, lent, "write_off", on=tomorrow, reason="x", is_sure="on"))
    assert refused(
        do(browser, lent, "repay", amount="1", paid_on=tomorrow, method="TUNAI", reference="T")
    )
    assert set(Loan.objects.values_list("status", flat=True)) == {"PENDING", "DISBURSED"}
    assert not LoanRepayment.objects.exists()


# ── Repaying ───────────────────────────────────────────────────────────────────────────
def test_a_repayment_opens_with_what_is_due_and_a_fresh_reference(at, lent, today):
    browser = at(OFFICER)
    assert offered(browser, lent) == {"repay"}

    first, second = (browser.get(address(lent, "repay")).context["form"] for _twice in range(2))

    assert first.initial["amount"] == 1_120_000
    assert first.initial["paid_on"] == today
    assert re.fullmatch(rf"T-{today:%Y%m%d}-[A-Z2-9]{{6}}", first.initial["reference"])
    assert first.initial["reference"] != second.initial["reference"]


def test_a_reference_sent_twice_is_one_repayment(at, lent, today):
    browser = at(OFFICER)
    asked = {
        "amount": "1.120.000", "paid_on": today.isoformat(), "method": "TUNAI", "reference": "T-1"
    }  # fmt: skip

    texts = {said(do(browser, lent, "repay", **asked)) for _twice in range(2)}
    assert "rincian lain" in refused(do(browser, lent, "repay", **asked | {"amount": "5"}))

    assert LoanRepayment.objects.get().amount == 1_120_000
    assert lent.installments.get(number=1).paid_in_full_on == today
    assert len(texts) == 1
    assert "Sisa tagihan: Rp 12.320.000" in texts.pop()
    lent.member.refresh_from_db()
    assert lent.member.changed_at > NOON


@pytest.mark.parametrize("amount", ["13.440.001", "0", "-5", "satu juta"])
def test_an_amount_that_cannot_be_is_said_beside_it(at, lent, today, amount):
    response = do(
        at(OFFICER), lent, "repay", amount=amount, paid_on=today.isoformat(), method="TUNAI",
        reference="T-1",
    )  # fmt: skip

    assert refused(response)
    assert "amount" in response.context["form"].errors
    assert not LoanRepayment.objects.exists()


def test_a_repayment_is_reversed_once(at, lent, paid):
    browser = at(MANAGER)
    assert offered(browser, paid) == {"reverse"}

    text = said(do(browser, paid, "reverse", why="Salah catat", reference="T-9"))

    assert LoanRepayment.objects.get(reverses=paid).reference == "T-9"
    assert lent.installments.get(number=1).paid_in_full_on is None
    assert "Rp 13.440.000" in text
    assert offered(browser, paid) == set()
    assert "T-9" in browser.get(address(paid, "change")).content.decode()
    again = do(browser, paid.reversals.get(), "reverse", why="Lagi", reference="T-10")
    assert refused(again)
    assert LoanRepayment.objects.count() == 2


def test_a_loan_is_settled_for_what_the_dialog_says(at, lent, today):
    browser, asked = at(MANAGER), {"on": today.isoformat(), "reference": "T-2"}
    due = browser.get(address(lent, "settle")).context["form"].initial["amount"]

    assert due == 12_120_000
    assert refused(do(browser, lent, "settle", amount="12.119.999", **asked))
    assert "lunas" in said(do(browser, lent, "settle", amount="12.120.000", **asked))

    lent.refresh_from_db()
    assert (lent.status, lent.closed_on) == ("SETTLED", today)


def test_a_loan_is_restructured(at, lent, today):
    asked = {"on": today.isoformat(), "tenor_months": "24", "rate_percent": "6", "reason": "Sakit"}
    browser = at(MANAGER)

    assert refused(do(browser, lent, "restructure", **asked | {"tenor_months": "0"}))
    text = said(do(browser, lent, "restructure", **asked))

    lent.refresh_from_db()
    assert (lent.status, lent.tenor_months) == ("RESTRUCTURED", 24)
    assert lent.restructurings.get().reason == "Sakit"
    assert "24 bulan" in text


def test_a_loan_is_written_off_by_whoever_is_sure(at, lent, paid, today):
    browser, asked = at(MANAGER), {"on": today.isoformat(), "reason": "Meninggal dunia"}

    assert refused(do(browser, lent, "write_off", **asked))
    assert "Rp 12.320.000" in said(do(browser, lent, "write_off", **asked, is_sure="on"))

    lent.refresh_from_db()
    assert (lent.status, lent.closed_collectability) == ("WRITTEN_OFF", 5)
    assert offered(browser, paid) == set()
    assert refused(do(browser, paid, "reverse", why="x", reference="T-3"))


# ── Savings ────────────────────────────────────────────────────────────────────────────
def money_in(today, **changes) -> dict:
    usual = {
        "amount": "250.000", "on": today.isoformat(), "method": "TRANSFER", "reference": "T-4"
    }  # fmt: skip
    return usual | changes


def test_the_first_deposit_is_recorded_on_the_members_page(at, member, today):
    browser = at(OFFICER)
    assert "deposit" in offered(browser, member)

    for _twice in range(2):
        do(browser, member, "deposit", **money_in(today), account_kind="VOLUNTARY")

    account = SavingsAccount.objects.get()
    assert (account.kind, account.balance) == ("VOLUNTARY", 0)
    assert account.movements.get().status == "PENDING"


def test_money_counts_once_a_manager_verified_it(at, member, today):
    account = an_account(member, "VOLUNTARY")
    text = said(do(at(OFFICER), account, "move_money", **money_in(today), kind="DEPOSIT"))
    assert "Menunggu" in text
    movement, browser = account.movements.get(), at(MANAGER)

    assert offered(browser, movement) == {"verify", "reject"}
    assert "Rp 250.000" in said(do(browser, movement, "verify", note="Uang dihitung"))

    account.refresh_from_db()
    assert account.balance == 250_000
    assert AuditEntry.objects.latest("pk").reason == "Uang dihitung"
    assert offered(browser, movement) == set()
    assert refused(do(browser, movement, "reject", note="Terlambat"))


def test_no_more_is_withdrawn_than_was_saved(at, member, today):
    account = an_account(member, "VOLUNTARY", balance=100_000)
    do(at(OFFICER), account, "move_money", **money_in(today), kind="WITHDRAWAL")
    movement, browser = account.movements.get(), at(MANAGER)

    assert "Rp 100.000" in refused(do(browser, movement, "verify", note=""))
    movement.refresh_from_db()
    assert movement.status == "PENDING"
    said(do(browser, movement, "reject", note="Saldo kurang"))
    movement.refresh_from_db()
    account.refresh_from_db()
    assert (movement.status, account.balance) == ("REJECTED", 100_000)


def test_principal_savings_stay_until_a_member_leaves(at, member, today):
    account = an_account(member, "PRINCIPAL", balance=500_000)
    browser = at(OFFICER)

    assert refused(do(browser, account, "move_money", **money_in(today), kind="WITHDRAWAL"))
    later = (today + timedelta(days=1)).isoformat()
    assert refused(do(browser, account, "move_money", **money_in(today, on=later), kind="DEPOSIT"))
    assert not SavingsMovement.objects.exists()


def test_waiting_movements_are_decided_in_their_list(at, member, today):
    movement = a_movement(an_account(member, "MANDATORY"), 50_000, today, status="PENDING")
    desk = reverse("admin:koperasi_risk_savingsmovement_changelist")
    waiting, browser = f"{desk}?status__exact=PENDING", at(MANAGER)

    assert address(movement, "verify") in browser.get(waiting).content.decode()
    assert address(movement, "verify") not in browser.get(desk).content.decode()
    response = browser.post(
        address(movement, "verify"),
        {"_form_submitted": "True"},
        headers={"HX-Current-URL": f"http://testserver{waiting}"},
    )

    assert response.headers["HX-Redirect"] == waiting


def test_a_page_elsewhere_is_no_way_back(at, member, today):
    movement = a_movement(an_account(member, "MANDATORY"), 50_000, today, status="PENDING")

    response = at(MANAGER).post(
        address(movement, "verify"),
        {"_form_submitted": "True"},
        headers={"HX-Current-URL": "https://jahat.example/x"},
    )

    assert response.headers["HX-Redirect"] == address(movement, "change")


# ── Who may ────────────────────────────────────────────────────────────────────────────
OF_OFFICERS = {("loan", "repay"), ("account", "move_money"), ("member", "deposit")}
OF_MANAGERS = {
    *(("loan", deed) for deed in ("approve", "reject", "disburse", "settle", "restructure")),
    *(("loan", "write_off"), ("repayment", "reverse")),
    *(("movement", "verify"), ("movement", "reject")),
}


@pytest.fixture
def rows(member, lent, paid, today):
    account = an_account(member, "VOLUNTARY")
    movement = a_movement(account, 50_000, today, status="PENDING")
    return {
        "member": member, "loan": lent, "repayment": paid, "account": account, "movement": movement
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "may"), [(OFFICER, OF_OFFICERS), (MANAGER, OF_MANAGERS), (BOARD, set())]
)
def test_deeds_are_of_those_whose_part_they_are(at, rows, role, may):
    browser = at(role)

    opened = {
        (name, deed)
        for name, deed in OF_OFFICERS | OF_MANAGERS
        if browser.get(address(rows[name], deed)).status_code == 200
    }
    assert opened == may
    for name, deed in (OF_OFFICERS | OF_MANAGERS) - may:
        assert do(browser, rows[name], deed).status_code == 403
    assert browser.get(NEW_LOAN).status_code == (200 if role == OFFICER else 403)
    assert offered(browser, rows["loan"]) <= {deed for _name, deed in may}


def test_an_administrators_visit_looks_only(client, mekar, admin_user, rows):
    client.force_login(admin_user)
    session = client.session
    until = timezone.now() + timedelta(minutes=60)
    session[VISIT] = {"tenant": mekar.pk, "until": until.isoformat()}
    session.save()

    assert {offered(client, row) == set() for row in rows.values()} == {True}
    for name, deed in OF_OFFICERS | OF_MANAGERS:
        assert do(client, rows[name], deed).status_code == 403


@pytest.mark.parametrize("number", ["{other}", "999999", "abc", "1/2", "9" * 40])
def test_a_loan_of_another_koperasi_is_nowhere(at, mekar, number):
    with a_koperasi("KSP Seberang") as tenant:
        other = a_loan(a_member(tenant))
    path = f"/admin/koperasi_risk/loan/{number.format(other=other.pk)}/repay/"
    browser = at(OFFICER)

    assert browser.get(path).status_code == 404
    assert browser.post(path, {"_form_submitted": "True"}).status_code == 404
