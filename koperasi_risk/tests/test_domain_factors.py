"""Each factor at its edges. The day is 2 March 2026, except where a case names another."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.dates import add_months, whole_months
from koperasi_risk.domain import factors, measures, values, words
from koperasi_risk.domain.ledger import ExternalDebt, Policy, Savings
from koperasi_risk.tests.books import (
    MILLION,
    POLICY,
    TODAY,
    installment,
    ledger,
    loan,
    paid_after,
    unpaid_since,
    with_income,
)

YESTERDAY = TODAY - timedelta(days=1)
AHEAD = installment(date(2026, 3, 25), unpaid=MILLION)
LATER = installment(date(2026, 4, 25), unpaid=MILLION)


def measured(key, book, policy=POLICY, as_of=TODAY, **changes):
    """Return a value; of a missing one its cause."""
    value = factors.compute(book, policy, as_of, **changes)[key]
    return value.cause if isinstance(value, factors.Missing) else value


def paid_every_month(delays, last=date(2026, 2, 25)):
    dues = [add_months(last, -number) for number in range(len(delays))]
    return [paid_after(days, due=due) for days, due in zip(delays, dues, strict=True)]


def owed_elsewhere(**changes):
    details = {
        "outstanding": MILLION,
        "monthly_installment": Decimal(500_000),
        "collectability": 1,
        "source": "SLIK",
        "as_of": date(2026, 2, 1),
    }
    return ExternalDebt(**(details | changes))


# -- months -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 30), date(2026, 2, 28), 1),
        (date(2026, 1, 31), date(2026, 3, 30), 1),
        (date(2026, 1, 31), date(2026, 3, 31), 2),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2024, 2, 28), date(2024, 2, 29), 0),
        (date(2023, 2, 28), date(2024, 2, 28), 12),
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2026, 1, 15), date(2026, 1, 15), 0),
        (date(2026, 3, 1), date(2026, 1, 1), 0),
        (date(2025, 9, 2), date(2026, 3, 2), 6),
        (date(2025, 9, 3), date(2026, 3, 2), 5),
    ],
)
def test_months_of_membership_are_whole(start, end, months):
    assert whole_months(start, end) == months
    assert measured("membership_months", ledger(joined_on=start), as_of=end) == months
    assert measured("membership_years", ledger(joined_on=start), as_of=end) * 12 == pytest.approx(
        months
    )


# -- arrears ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loans", "days"),
    [
        ([], 0),
        ([loan(AHEAD)], 0),
        ([loan(unpaid_since(0))], 0),
        ([loan(unpaid_since(1))], 1),
        # Part of it is still part unpaid; a penalty is in neither amount.
        ([loan(unpaid_since(45, unpaid="0.01"))], 45),
        # The oldest counts, whatever order and whatever was paid since.
        ([loan(unpaid_since(10), unpaid_since(40), paid_after(0, due=YESTERDAY))], 40),
        ([loan(unpaid_since(10)), loan(unpaid_since(20), id=2)], 20),
        ([loan(unpaid_since(70), status="RESTRUCTURED", restructured_on=(YESTERDAY,))], 70),
        ([loan(unpaid_since(70), status="SETTLED", closed_on=YESTERDAY)], 0),
        ([loan(unpaid_since(70), status="WRITTEN_OFF")], 0),
    ],
)
def test_days_past_due_count_from_the_oldest_unpaid(loans, days):
    assert measured("max_dpd_current", ledger(*loans)) == days


@pytest.mark.parametrize(
    ("one", "days"),
    [
        (paid_after(0, due=date(2025, 3, 2)), 0),
        (paid_after(9, due=date(2025, 3, 2)), 9),
        (paid_after(9, due=date(2025, 3, 1)), "nothing_due"),
        (paid_after(-5, due=date(2026, 2, 1)), 0),
        (installment(date(2026, 2, 1)), 0),
        (installment(TODAY, unpaid=MILLION), "nothing_due"),
        (unpaid_since(1), 1),
        (unpaid_since(90, unpaid=1), 90),
        (installment(YESTERDAY, unpaid=0, amount=0), "nothing_due"),
    ],
)
def test_the_worst_delay_looks_back_twelve_months(one, days):
    assert measured("max_dpd_12m", ledger(loan(one))) == days


def test_twelve_months_before_a_leap_day_is_the_last_of_february():
    due = paid_after(9, due=date(2023, 2, 28))
    assert measured("max_dpd_12m", ledger(loan(due)), as_of=date(2024, 2, 29)) == 9


def test_a_loan_settled_early_owes_no_more_instalments():
    closed = loan(
        unpaid_since(40), unpaid_since(10), status="SETTLED", closed_on=TODAY - timedelta(days=35)
    )
    assert measured("max_dpd_12m", ledger(closed)) == 5
    assert measured("late_payments", ledger(closed)) == 1


@pytest.mark.parametrize(
    ("installments", "ratio"),
    [
        ([], "few_due"),
        (paid_every_month([30, 30]), "few_due"),
        (paid_every_month([30, 30, 30]), 100),
        (paid_every_month([0, 3, 4, 0]), 25),
        ([*paid_every_month([0, 0, 0]), unpaid_since(3)], 0),
        ([*paid_every_month([0, 0, 0]), unpaid_since(4)], 25),
        ([*paid_every_month([0, 0, 0, 0]), AHEAD], 0),
    ],
)
def test_late_is_beyond_the_days_of_grace(installments, ratio):
    book = ledger(loan(*installments))
    assert measured("late_installment_ratio_12m", book) == ratio
    on_time = ratio if isinstance(ratio, str) else 1 - Decimal(ratio) / 100
    assert measured("repayment_history", book) == on_time


def test_grace_is_the_koperasis_own():
    book = ledger(loan(*paid_every_month([0, 5, 6])))
    assert measured("late_payments", book) == 2
    assert measured("late_payments", book, replace(POLICY, grace_days=5)) == 1
    assert measured("late_payments", book, replace(POLICY, grace_days=0)) == 2


@pytest.mark.parametrize(
    ("loans", "ratio"),
    [
        ([], "no_loan"),
        ([loan(paid_after(0, due=YESTERDAY))], "no_loan"),
        ([loan(unpaid_since(1, unpaid=250_000), installment(TODAY, unpaid=750_000))], 25),
        ([loan(unpaid_since(1), AHEAD), loan(AHEAD, LATER, id=2)], 25),
        ([loan(AHEAD), loan(unpaid_since(9), status="WRITTEN_OFF", id=2)], 0),
    ],
)
def test_arrears_are_measured_against_what_is_outstanding(loans, ratio):
    assert measured("arrears_ratio", ledger(*loans)) == ratio


# -- history of loans -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loans", "count"),
    [
        ([], 0),
        ([loan(AHEAD, status="RESTRUCTURED", restructured_on=(TODAY,))], 1),
        ([loan(restructured_on=(date(2023, 3, 2),), status="SETTLED")], 1),
        ([loan(restructured_on=(date(2023, 3, 1),), status="SETTLED")], 0),
        ([loan(AHEAD, restructured_on=(date(2024, 1, 1), date(2025, 1, 1)))], 2),
        ([loan(AHEAD, status="RESTRUCTURED")], "restructuring_undated"),
    ],
)
def test_restructurings_count_for_three_years(loans, count):
    assert measured("restructured_loan_count", ledger(*loans)) == count


def test_what_was_written_off_or_closed_as_lost_is_never_forgotten():
    old = date(2015, 1, 1)
    book = ledger(
        loan(status="WRITTEN_OFF", closed_on=old),
        loan(status="SETTLED", closed_on=old, closed_collectability=5),
        loan(status="SETTLED", closed_on=old, closed_collectability=4),
        loan(status="SETTLED", closed_on=old),
    )
    assert measured("written_off_loan_count", book) == 2
    assert measured("kolektibilitas_worst", book) == 5


def test_a_loan_is_active_while_something_is_unpaid():
    book = ledger(
        loan(AHEAD),
        loan(unpaid_since(9), status="RESTRUCTURED", restructured_on=(TODAY,)),
        loan(paid_after(0, due=YESTERDAY)),
        loan(AHEAD, status="SETTLED"),
        loan(AHEAD, status="WRITTEN_OFF"),
    )
    assert measured("active_loan_count", book) == 2
    assert measured("outstanding", book) == 2 * MILLION


@pytest.mark.parametrize(
    ("debts", "worst"),
    [
        ([], 1),
        ([owed_elsewhere(collectability=4)], 4),
        ([owed_elsewhere(collectability=4, source="DECLARED")], 1),
        ([owed_elsewhere(collectability=4, as_of=date(2025, 9, 2))], 4),
        ([owed_elsewhere(collectability=4, as_of=date(2025, 9, 1))], 1),
        # Only the latest record speaks, and of one day the worst.
        ([owed_elsewhere(collectability=5, as_of=date(2026, 1, 1)), owed_elsewhere()], 1),
        ([owed_elsewhere(collectability=3), owed_elsewhere(collectability=2)], 3),
        ([owed_elsewhere(collectability=None)], 1),
    ],
)
def test_a_slik_record_speaks_for_six_months(debts, worst):
    assert measured("kolektibilitas_worst", ledger(external_debts=tuple(debts))) == worst


def test_loans_of_others_count_when_they_are_problem_loans():
    book = ledger(
        guaranteed=(
            loan(unpaid_since(90)),
            loan(unpaid_since(91)),
            loan(unpaid_since(200)),
            loan(unpaid_since(200), status="SETTLED"),
        )
    )
    assert measured("guaranteed_npl_count", book) == 2
    assert measured("guaranteed_npl_count", book, replace(POLICY, preset="KEMENKOP")) == 2
    # Their last instalments fell due long ago.
    assert measured("guaranteed_npl_count", book, replace(POLICY, preset="BPR")) == 3
    assert measured("max_dpd_current", book) == 0


# -- membership -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "flag"), [("ACTIVE", 1), ("PENDING", 0), ("INACTIVE", 0), ("LEFT", 0)]
)
def test_only_active_members_are_active(status, flag):
    assert measured("membership_active", ledger(status=status)) == flag


@pytest.mark.parametrize(
    ("held", "attended", "rate"),
    [
        ([], [], "no_meeting"),
        ([date(2022, 10, 31)], [], "no_meeting"),
        ([date(2023, 3, 1)], [], "no_meeting"),
        ([date(2023, 3, 2)], [date(2023, 3, 2)], 100),
        ([date(2024, 3, 2), TODAY], [TODAY], 50),
        ([TODAY + timedelta(days=1)], [], "no_meeting"),
        ([date(2024, 3, 2)], [date(2019, 3, 2)], 0),
    ],
)
def test_meetings_count_for_three_years_and_since_joining(held, attended, rate):
    policy = replace(POLICY, meetings=tuple(held))
    book = ledger(meetings_attended=frozenset(attended))
    assert measured("rat_attendance_rate_3y", book, policy) == rate


@pytest.mark.parametrize(
    ("required", "verified", "percent"),
    [
        ({"KTP", "KK"}, {"KTP", "KK", "NPWP"}, 100),
        ({"KTP", "KK"}, {"KTP", "NPWP"}, 50),
        ({"KTP", "KK"}, set(), 0),
        (set(), {"KTP"}, "nothing_required"),
    ],
)
def test_documents_are_those_required(required, verified, percent):
    policy = replace(POLICY, required_documents=frozenset(required))
    book = ledger(verified_documents=frozenset(verified))
    assert measured("document_completeness", book, policy) == percent


# -- savings ----------------------------------------------------------------------------------------


def saved(**changes):
    return {"savings": Savings(**{key: Decimal(value) for key, value in changes.items()})}


@pytest.mark.parametrize(
    ("joined", "as_of", "months"),
    [
        (date(2026, 1, 10), date(2026, 1, 10), 0),
        (date(2026, 1, 10), date(2026, 1, 28), 0),
        (date(2026, 1, 10), date(2026, 1, 29), 1),
        (date(2026, 1, 10), date(2026, 2, 28), 1),
        (date(2026, 1, 10), date(2026, 3, 1), 2),
        (date(2026, 1, 30), date(2026, 1, 30), 0),
        (date(2026, 1, 30), date(2026, 1, 31), 1),
    ],
)
def test_mandatory_savings_fall_due_each_month_from_that_of_joining(joined, as_of, months):
    key = "mandatory_savings_arrears_months"
    assert measured(key, ledger(joined_on=joined, savings=Savings()), as_of=as_of) == months


@pytest.mark.parametrize(
    ("deposited", "months"),
    [(0, 40), (50_000, 39), (99_999, 39), (100_000, 38), (2_000_000, 0), (9_000_000, 0)],
)
def test_only_whole_months_of_mandatory_savings_are_paid(deposited, months):
    book = ledger(**saved(mandatory_deposited=deposited))
    assert measured("mandatory_savings_arrears_months", book) == months


def test_mandatory_savings_begin_with_the_koperasis_own_start():
    book = ledger(savings=Savings())
    policy = replace(POLICY, mandatory_savings_since=date(2025, 12, 15))
    assert measured("mandatory_savings_arrears_months", book, policy) == 3
    assert measured("savings_deposit_consistency_12m", book, policy) == 0
    policy = replace(POLICY, mandatory_savings_since=date(2026, 1, 15))
    assert measured("savings_deposit_consistency_12m", book, policy) == "few_months_obliged"


@pytest.mark.parametrize(
    ("due_day", "missed", "percent"),
    [
        (28, (2026, 3), 100),
        (28, (2026, 2), Decimal(1100) / 12),
        (1, (2026, 3), Decimal(1100) / 12),
        (28, (2025, 3), Decimal(1100) / 12),
        (1, (2025, 3), 100),
        (28, (2025, 2), 100),
    ],
)
def test_consistency_looks_at_the_last_twelve_due_months(due_day, missed, percent):
    months = {(2025, month) for month in range(1, 13)} | {(2026, month) for month in (1, 2, 3)}
    book = ledger(savings=Savings(mandatory_months=frozenset(months - {missed})))
    policy = replace(POLICY, mandatory_savings_due_day=due_day)
    value = measured("savings_deposit_consistency_12m", book, policy)
    assert value == pytest.approx(Decimal(percent))


@pytest.mark.parametrize(
    ("amount", "cause"), [(None, "no_mandatory_amount"), (Decimal(0), "nothing_required")]
)
def test_without_an_amount_nobody_is_in_arrears(amount, cause):
    policy = replace(POLICY, mandatory_savings_amount=amount, principal_savings_amount=amount)
    computed = factors.compute(ledger(), policy, TODAY)
    status = "NOT_AVAILABLE" if amount is None else "NOT_APPLICABLE"
    assert computed["mandatory_savings_arrears_months"] == (status, cause)
    assert computed["savings_deposit_consistency_12m"] == (status, cause)
    assert computed["principal_savings_paid_ratio"].status == status


@pytest.mark.parametrize(("paid", "percent"), [(0, 0), (250_000, 25), (MILLION, 100), (2e6, 100)])
def test_principal_savings_are_never_more_than_paid(paid, percent):
    book = ledger(**saved(principal=paid))
    assert measured("principal_savings_paid_ratio", book) == percent


def test_all_four_kinds_of_savings_stand_against_the_loan():
    savings = saved(principal=1, mandatory=10, voluntary=100, term=1000, blocked=500)
    book = ledger(loan(installment(TODAY, unpaid=2222)), **savings)
    assert measured("total_savings", book) == 1111
    assert measured("savings_to_loan_ratio", book) == 50
    assert measured("savings_to_loan_ratio", ledger(**savings)) == "no_loan"


def test_the_flow_of_voluntary_savings_is_as_recorded():
    assert measured("net_savings_flow_6m", ledger(**saved(voluntary_flow="-1500.50"))) == Decimal(
        "-1500.5"
    )


# -- income -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("income", "verified_on", "value"),
    [
        (4 * MILLION, TODAY, 25),
        (4 * MILLION, date(2025, 3, 2), 25),
        (4 * MILLION, date(2025, 3, 1), "income_too_old"),
        (4 * MILLION, None, "income_not_verified"),
        (4 * MILLION, TODAY + timedelta(days=1), "income_not_verified"),
        (None, TODAY, "no_income"),
        (Decimal(0), TODAY, "income_is_zero"),
    ],
)
def test_income_is_known_for_twelve_months(income, verified_on, value):
    book = ledger(loan(AHEAD, LATER), monthly_income=income, income_verified_on=verified_on)
    assert measured("debt_service_ratio", book) == value
    assert measured("debt_service_ratio", replace(book, loans=())) == 0


@pytest.mark.parametrize(
    ("one", "monthly"),
    [
        (loan(unpaid_since(30), AHEAD, LATER), 1_000_000),
        # The next one, in full even where a part was paid ahead.
        (loan(installment(TODAY, unpaid=1, amount=700_000), LATER), 700_000 / 2),
        (loan(installment(TODAY, unpaid=1, amount=700_000), AHEAD), 700_000 * 365 / 12 / 23),
        # Every three months, every week, and in one sum after half a year.
        (loan(AHEAD, installment(date(2026, 6, 25), unpaid=1)), 1_000_000 / 3),
        (loan(AHEAD, installment(date(2026, 4, 1), unpaid=1)), 1_000_000 * 365 / 84),
        (loan(AHEAD, disbursed_on=date(2025, 9, 25)), 1_000_000 / 6),
        # The first may come late: it is the rhythm that counts.
        (loan(AHEAD, LATER, disbursed_on=date(2025, 9, 25)), 1_000_000),
        # The last looks back.
        (loan(paid_after(0, due=date(2026, 2, 25)), AHEAD), 1_000_000),
        # None lies ahead: the oldest unpaid.
        (
            loan(
                installment(date(2026, 1, 25), unpaid=1, amount=300_000),
                installment(date(2026, 2, 25), unpaid=1, amount=900_000),
            ),
            300_000,
        ),
        (loan(AHEAD, AHEAD, disbursed_on=AHEAD.due_date), 1_000_000 * 365 / 12),
    ],
)
def test_instalments_are_turned_into_months(one, monthly):
    value = measured("debt_service_ratio", with_income(ledger(one), 100 * MILLION))
    assert float(value) * 1_000_000 == pytest.approx(monthly)


def test_three_thirds_are_one():
    third = installment(date(2026, 3, 25), unpaid=1, amount=2_000_000)
    quarterly = loan(third, installment(date(2026, 6, 25), unpaid=1))
    book = with_income(ledger(quarterly, quarterly, quarterly), 5_000_000)
    assert measured("debt_service_ratio", book) == 40


def test_debts_elsewhere_and_the_loan_asked_for_are_borne_too():
    book = with_income(ledger(loan(AHEAD, LATER), external_debts=(owed_elsewhere(),)), 10_000_000)
    assert measured("debt_service_ratio", book) == 15
    assert measured("debt_service_ratio", book, new_installment=MILLION) == 25
    assert measured("outstanding", book, new_installment=MILLION) == 2 * MILLION
    without = ledger(monthly_income=None)
    assert measured("debt_service_ratio", without, new_installment=MILLION) == "no_income"


def test_debts_elsewhere_count_while_something_is_owed():
    debts = (
        owed_elsewhere(),
        owed_elsewhere(source="DECLARED", outstanding=Decimal(0)),
        owed_elsewhere(outstanding=Decimal(0), monthly_installment=Decimal(0)),
    )
    assert measured("external_loan_count", ledger(external_debts=debts)) == 2


# -- collateral and capital -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "ratio"), [(0, 75), (1_999_999, 75), (2_000_000, "below_unsecured_limit")]
)
def test_collateral_covers_what_is_beyond_the_unsecured_limit(limit, ratio):
    policy = replace(POLICY, unsecured_limit=Decimal(limit))
    book = ledger(
        loan(AHEAD, LATER, collateral_value=MILLION),
        loan(status="SETTLED", collateral_value=9 * MILLION, id=2),
        **saved(blocked=500_000),
    )
    assert measured("collateral_coverage_ratio", book, policy) == ratio
    assert measured("collateral_value", book, policy) == 1_500_000
    assert measured("collateral_coverage_ratio", ledger(), policy) == "no_loan"


@pytest.mark.parametrize(
    ("capital", "ratio"),
    [(None, "no_own_capital"), (0, "no_own_capital"), (-1, "no_own_capital"), (20 * MILLION, 5)],
)
def test_exposure_needs_own_capital(capital, ratio):
    policy = replace(POLICY, own_capital=capital)
    assert measured("equity_exposure_ratio", ledger(loan(AHEAD)), policy) == ratio


# -- the catalogue ----------------------------------------------------------------------------------


def test_every_factor_is_measured_and_has_its_words():
    assert list(measures.MEASURES) == list(factors.CATALOGUE) == list(words.FACTORS)
    assert len([factor for factor in factors.CATALOGUE.values() if factor.is_listed]) == 22
    for factor in factors.CATALOGUE.values():
        assert factor.unit in words.UNITS
        assert factor.label("id") and factor.label("en")


def test_every_cause_has_its_words():
    told = [*vars(measures).values(), *vars(values).values()]
    causes = {one.cause for one in told if isinstance(one, factors.Missing)}
    assert causes == set(words.CAUSES)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("loan_count", "active_loan_count"),
        ("ACTIVE_LOANS", "active_loan_count"),
        (" membership_years ", "membership_years"),
        ("tenure", "membership_months"),
        ("tenure_months", "membership_months"),
        ("Membership_Duration", "membership_months"),
        ("repayment_history", "repayment_history"),
        ("late_payments", "late_payments"),
        ("late_payment_count", "late_payments"),
        ("overdue_days", "max_dpd_current"),
        ("dpd", "max_dpd_current"),
        ("days_past_due", "max_dpd_current"),
        ("kolektibilitas", "kolektibilitas_worst"),
        ("collectibility", "kolektibilitas_worst"),
        ("savings_balance", "total_savings"),
        ("total_savings", "total_savings"),
        ("outstanding", "outstanding"),
        ("outstanding_loan", "outstanding"),
        ("total_loan", "outstanding"),
        ("DSR", "debt_service_ratio"),
        ("dti", "debt_service_ratio"),
        ("debt_to_income", "debt_service_ratio"),
        ("debt_ratio", "debt_service_ratio"),
        ("income", "monthly_income"),
        ("monthly_income", "monthly_income"),
        ("collateral", "collateral_value"),
        ("collateral_value", "collateral_value"),
    ],
)
def test_factors_are_found_by_other_names(name, key):
    assert factors.find(name).key == key


@pytest.mark.parametrize("name", ["", "shoe_size", "loan count", "dsr2"])
def test_other_names_are_not_known(name):
    assert factors.find(name) is None


LISTED = [factor for factor in factors.CATALOGUE.values() if factor.is_listed]


@pytest.mark.parametrize("factor", LISTED, ids=lambda factor: factor.key)
def test_a_value_equal_to_the_threshold_is_no_breach(factor):
    step = Decimal("0.000001") if factor.is_higher_riskier else Decimal("-0.000001")
    assert not factor.is_breached(factor.threshold, factor.threshold)
    assert factor.is_breached(factor.threshold + step, factor.threshold)
    assert not factor.is_breached(factor.threshold - step, factor.threshold)


@pytest.mark.parametrize(
    ("key", "value", "indonesian", "english"),
    [
        ("max_dpd_current", 45, "45 hari", "45 days"),
        ("max_dpd_current", 1, "1 hari", "1 day"),
        ("debt_service_ratio", "35.00", "35%", "35%"),
        ("debt_service_ratio", "33.335", "33,34%", "33.34%"),
        (
            "outstanding",
            1_500_000,
            "Rp\N{NO-BREAK SPACE}1.500.000",
            "Rp\N{NO-BREAK SPACE}1,500,000",
        ),
        (
            "net_savings_flow_6m",
            "-250000.50",
            "-Rp\N{NO-BREAK SPACE}250.001",
            "-Rp\N{NO-BREAK SPACE}250,001",
        ),
        ("active_loan_count", 2, "2 pinjaman", "2 loans"),
        ("restructured_loan_count", 1, "1 kali", "1 time"),
        ("membership_months", 4, "4 bulan", "4 months"),
        ("membership_years", "2.5", "2,5 tahun", "2.5 years"),
        ("repayment_history", "0.85", "0,85", "0.85"),
        ("kolektibilitas_worst", 3, "Kol-3", "class 3"),
        ("membership_active", 0, "tidak", "no"),
        ("membership_active", 1, "ya", "yes"),
    ],
)
def test_values_are_written_with_their_units(key, value, indonesian, english):
    factor = factors.CATALOGUE[key]
    assert factors.written(factor, Decimal(value)) == indonesian
    assert factors.written(factor, Decimal(value), "en") == english


def test_what_is_missing_is_written_as_its_cause():
    factor = factors.CATALOGUE["monthly_income"]
    missing = factors.Missing("NOT_AVAILABLE", "no_income")
    assert factors.written(factor, missing) == "data pendapatan belum tersedia"
    assert factors.written(factor, missing, "en-us") == "income is not known yet"
    assert factors.cause_text("of_a_newer_version") == "of_a_newer_version"


@pytest.mark.parametrize(
    ("key", "threshold", "language", "sentence"),
    [
        ("max_dpd_current", 30, "id", "Makin besar makin berisiko; dilanggar bila > 30 hari"),
        ("max_dpd_current", 30, "en", "The larger, the riskier; breached when > 30 days"),
        ("membership_months", 6, "id", "Makin kecil makin berisiko; dilanggar bila < 6 bulan"),
        ("membership_months", None, "id", "Makin kecil makin berisiko; dilanggar bila < ambang batas"),
        ("debt_service_ratio", "35.125000", "id", "Makin besar makin berisiko; dilanggar bila > 35,125%"),
    ],
)  # fmt: skip
def test_a_direction_says_when_a_rule_is_breached(key, threshold, language, sentence):
    threshold = None if threshold is None else Decimal(threshold)
    assert factors.direction(factors.CATALOGUE[key], threshold, language) == sentence


def test_an_empty_policy_measures_every_member():
    assert factors.compute(ledger(), Policy(), TODAY).keys() == factors.CATALOGUE.keys()
