"""
How each factor of the catalogue is measured from a member's ledger.

The books are read once into a `Reading`, whose terms these are, too; each measure takes from it what it
needs. Overdue is what is unpaid of instalments that fell due before the day; due on the day is not.

Sums are exact; a quotient keeps 28 digits. Nothing is rounded before it is compared.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal, localcontext
from types import MappingProxyType

from core.dates import MONTHS_A_YEAR, add_months, whole_months
from koperasi_risk.domain import collectability
from koperasi_risk.domain.collectability import LOSS, SUBSTANDARD, WRITTEN_OFF, Standing
from koperasi_risk.domain.ledger import ZERO, Installment, Ledger, Month, Policy
from koperasi_risk.domain.readings import Reading, read
from koperasi_risk.domain.values import NOT_APPLICABLE, NOT_AVAILABLE, Missing, Value

CONTEXT = Context(prec=28)
WIDE_CONTEXT = Context(prec=56)
HUNDRED = Decimal(100)
DAYS_A_YEAR = 365

FEWEST_DUE = 3
FEWEST_MONTHS_OBLIGED = 3
RESTRUCTURING_MONTHS = 36
MEETING_MONTHS = 36
INCOME_MONTHS = 12
# A shorter distance between instalments is counted in days: weekly, every two weeks.
SHORTEST_MONTH_DAYS = 28

NO_INCOME = Missing(NOT_AVAILABLE, "no_income")
INCOME_NOT_VERIFIED = Missing(NOT_AVAILABLE, "income_not_verified")
INCOME_TOO_OLD = Missing(NOT_AVAILABLE, "income_too_old")
INCOME_IS_ZERO = Missing(NOT_AVAILABLE, "income_is_zero")
NO_PRINCIPAL_AMOUNT = Missing(NOT_AVAILABLE, "no_principal_amount")
NO_MANDATORY_AMOUNT = Missing(NOT_AVAILABLE, "no_mandatory_amount")
NO_OWN_CAPITAL = Missing(NOT_AVAILABLE, "no_own_capital")
RESTRUCTURING_UNDATED = Missing(NOT_AVAILABLE, "restructuring_undated")
NO_LOAN = Missing(NOT_APPLICABLE, "no_loan")
NOTHING_DUE = Missing(NOT_APPLICABLE, "nothing_due")
FEW_DUE = Missing(NOT_APPLICABLE, "few_due")
FEW_MONTHS_OBLIGED = Missing(NOT_APPLICABLE, "few_months_obliged")
NOTHING_REQUIRED = Missing(NOT_APPLICABLE, "nothing_required")
BELOW_UNSECURED_LIMIT = Missing(NOT_APPLICABLE, "below_unsecured_limit")
NO_MEETING = Missing(NOT_APPLICABLE, "no_meeting")


def compute(
    ledger: Ledger, policy: Policy, as_of: date, new_installment: Decimal = ZERO
) -> dict[str, Value]:
    """
    Measure every factor of the catalogue, those of other names included, at the end of a day.

    `new_installment` is that of a loan asked for, a month; it counts in the debt service ratio only.
    """
    with localcontext(CONTEXT):
        reading = read(ledger, policy, as_of, new_installment)
        return {key: measure(reading) for key, measure in MEASURES.items()}


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    return HUNDRED * part / whole


# -- loans ------------------------------------------------------------------------------------------


def _max_dpd_current(reading: Reading) -> Value:
    return Decimal(
        max([standing.days_past_due(reading.as_of) for standing in reading.active] or [0])
    )


def _kolektibilitas_worst(reading: Reading) -> Value:
    by = {"preset": reading.policy.preset, "as_of": reading.as_of}
    classes = [collectability.of_standing(standing, **by) for standing in reading.active]
    if any(loan.status == WRITTEN_OFF for loan in reading.ledger.loans):
        classes.append(LOSS)
    return Decimal(max([*classes, collectability.slik_class(reading.ledger, reading.as_of)]))


def _max_dpd_12m(reading: Reading) -> Value:
    return Decimal(reading.longest_delay) if reading.due_count else NOTHING_DUE


def _late_installment_ratio_12m(reading: Reading) -> Value:
    if reading.due_count < FEWEST_DUE:
        return FEW_DUE
    return _percent(reading.late_count, reading.due_count)


def _repayment_history(reading: Reading) -> Value:
    if reading.due_count < FEWEST_DUE:
        return FEW_DUE
    return Decimal(reading.due_count - reading.late_count) / reading.due_count


def _late_payments(reading: Reading) -> Value:
    return Decimal(reading.late_count)


def _arrears_ratio(reading: Reading) -> Value:
    if not reading.active:
        return NO_LOAN
    overdue = sum([standing.overdue for standing in reading.active], ZERO)
    return _percent(overdue, reading.outstanding)


def _restructured_loan_count(reading: Reading) -> Value:
    loans = reading.ledger.loans
    if any(loan.status == "RESTRUCTURED" and not loan.restructured_on for loan in loans):
        return RESTRUCTURING_UNDATED
    since = add_months(reading.as_of, -RESTRUCTURING_MONTHS)
    return Decimal(
        sum(since <= on <= reading.as_of for loan in loans for on in loan.restructured_on)
    )


def _written_off_loan_count(reading: Reading) -> Value:
    return Decimal(
        sum(
            loan.status == WRITTEN_OFF or loan.closed_collectability == LOSS
            for loan in reading.ledger.loans
        )
    )


def _active_loan_count(reading: Reading) -> Value:
    return Decimal(len(reading.active))


def _outstanding(reading: Reading) -> Value:
    return reading.outstanding


def _guaranteed_npl_count(reading: Reading) -> Value:
    standings = [collectability.standing(loan, reading.as_of) for loan in reading.ledger.guaranteed]
    by = {"preset": reading.policy.preset, "as_of": reading.as_of}
    return Decimal(
        sum(collectability.of_standing(standing, **by) >= SUBSTANDARD for standing in standings)
    )


def _equity_exposure_ratio(reading: Reading) -> Value:
    capital = reading.policy.own_capital
    if capital is None or capital <= 0:
        return NO_OWN_CAPITAL
    return _percent(reading.outstanding, capital)


# -- collateral -------------------------------------------------------------------------------------


def _collateral_value(reading: Reading) -> Value:
    values = [standing.loan.collateral_value for standing in reading.active]
    return sum(values, reading.ledger.savings.blocked)


def _collateral_coverage_ratio(reading: Reading) -> Value:
    if reading.outstanding <= reading.policy.unsecured_limit:
        return BELOW_UNSECURED_LIMIT if reading.active else NO_LOAN
    return _percent(_collateral_value(reading), reading.outstanding)


# -- membership -------------------------------------------------------------------------------------


def _membership_months(reading: Reading) -> Value:
    return Decimal(whole_months(reading.ledger.joined_on, reading.as_of))


def _membership_years(reading: Reading) -> Value:
    return _membership_months(reading) / MONTHS_A_YEAR


def _membership_active(reading: Reading) -> Value:
    return Decimal(reading.ledger.status == "ACTIVE")


def _rat_attendance_rate_3y(reading: Reading) -> Value:
    since = max(reading.ledger.joined_on, add_months(reading.as_of, -MEETING_MONTHS))
    held = {on for on in reading.policy.meetings if since <= on <= reading.as_of}
    if not held:
        return NO_MEETING
    return _percent(len(held & reading.ledger.meetings_attended), len(held))


def _document_completeness(reading: Reading) -> Value:
    required = reading.policy.required_documents
    if not required:
        return NOTHING_REQUIRED
    return _percent(len(required & reading.ledger.verified_documents), len(required))


# -- savings ----------------------------------------------------------------------------------------


def _total_savings(reading: Reading) -> Value:
    savings = reading.ledger.savings
    return savings.principal + savings.mandatory + savings.voluntary + savings.term


def _mandatory_savings_arrears_months(reading: Reading) -> Value:
    amount = reading.policy.mandatory_savings_amount
    if not amount:
        return NO_MANDATORY_AMOUNT if amount is None else NOTHING_REQUIRED
    months_paid = reading.ledger.savings.mandatory_deposited // amount
    return max(ZERO, reading.months_obliged - months_paid)


def _principal_savings_paid_ratio(reading: Reading) -> Value:
    amount = reading.policy.principal_savings_amount
    if not amount:
        return NO_PRINCIPAL_AMOUNT if amount is None else NOTHING_REQUIRED
    return min(HUNDRED, _percent(reading.ledger.savings.principal, amount))


def _savings_deposit_consistency_12m(reading: Reading) -> Value:
    amount = reading.policy.mandatory_savings_amount
    if not amount:
        return NO_MANDATORY_AMOUNT if amount is None else NOTHING_REQUIRED
    months = min(reading.months_obliged, MONTHS_A_YEAR)
    if months < FEWEST_MONTHS_OBLIGED:
        return FEW_MONTHS_OBLIGED
    deposited = reading.ledger.savings.mandatory_months.intersection(_last_months(reading, months))
    return _percent(len(deposited), months)


def _last_months(reading: Reading, count: int) -> list[Month]:
    """Return the latest months for which mandatory savings have fallen due."""
    as_of = reading.as_of
    last = as_of.year * MONTHS_A_YEAR + as_of.month - 1
    if as_of.day <= reading.policy.mandatory_savings_due_day:
        last -= 1
    return [
        (month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1)
        for month in range(last, last - count, -1)
    ]


def _net_savings_flow_6m(reading: Reading) -> Value:
    return reading.ledger.savings.voluntary_flow


def _savings_to_loan_ratio(reading: Reading) -> Value:
    return _percent(_total_savings(reading), reading.outstanding) if reading.active else NO_LOAN


# -- income -----------------------------------------------------------------------------------------


def _monthly_income(reading: Reading) -> Value:
    """Return the income where it was verified within twelve months."""
    ledger = reading.ledger
    if ledger.monthly_income is None:
        return NO_INCOME
    if ledger.income_verified_on is None or ledger.income_verified_on > reading.as_of:
        return INCOME_NOT_VERIFIED
    if ledger.income_verified_on < add_months(reading.as_of, -INCOME_MONTHS):
        return INCOME_TOO_OLD
    return ledger.monthly_income


def _debt_service_ratio(reading: Reading) -> Value:
    # Thirds and weeks are added with digits to spare, so that 40% from three loans is no more than 40%.
    with localcontext(WIDE_CONTEXT):
        monthly = _monthly_installments(reading)
        if not monthly:
            return ZERO
        income = _monthly_income(reading)
        if isinstance(income, Missing):
            return income
        return CONTEXT.plus(_percent(monthly, income)) if income else INCOME_IS_ZERO


def _monthly_installments(reading: Reading) -> Decimal:
    own = [_monthly_installment(standing, reading.as_of) for standing in reading.active]
    elsewhere = [debt.monthly_installment for debt in reading.ledger.external_debts]
    return sum(own + elsewhere, reading.new_installment)


def _monthly_installment(standing: Standing, as_of: date) -> Decimal:
    """Return the next instalment of a loan for one month; the oldest unpaid when none lies ahead."""
    unpaid = sorted(standing.unpaid, key=_due)
    following = next((one for one in unpaid if one.due_date >= as_of), unpaid[0])
    days = _days_between_installments(standing, following.due_date)
    if days < SHORTEST_MONTH_DAYS:
        return following.amount * DAYS_A_YEAR / (MONTHS_A_YEAR * days)
    # To the nearest whole month: 28 to 45 days are one.
    months = (2 * MONTHS_A_YEAR * days + DAYS_A_YEAR) // (2 * DAYS_A_YEAR)
    return following.amount / months


def _days_between_installments(standing: Standing, due: date) -> int:
    """
    Return the days to the next due date of the loan, else since the one before, else since it was paid out.
    """
    dues = [installment.due_date for installment in standing.loan.installments]
    later = min((other for other in dues if other > due), default=None)
    if later:
        return (later - due).days
    earlier = max((other for other in dues if other < due), default=standing.loan.disbursed_on)
    return max(1, (due - earlier).days)


def _due(installment: Installment) -> date:
    return installment.due_date


def _external_loan_count(reading: Reading) -> Value:
    debts = reading.ledger.external_debts
    return Decimal(sum(bool(debt.outstanding or debt.monthly_installment) for debt in debts))


MEASURES: Mapping[str, Callable[[Reading], Value]] = MappingProxyType(
    {
        "max_dpd_current": _max_dpd_current,
        "kolektibilitas_worst": _kolektibilitas_worst,
        "max_dpd_12m": _max_dpd_12m,
        "late_installment_ratio_12m": _late_installment_ratio_12m,
        "arrears_ratio": _arrears_ratio,
        "restructured_loan_count": _restructured_loan_count,
        "written_off_loan_count": _written_off_loan_count,
        "active_loan_count": _active_loan_count,
        "membership_months": _membership_months,
        "membership_active": _membership_active,
        "mandatory_savings_arrears_months": _mandatory_savings_arrears_months,
        "principal_savings_paid_ratio": _principal_savings_paid_ratio,
        "savings_deposit_consistency_12m": _savings_deposit_consistency_12m,
        "net_savings_flow_6m": _net_savings_flow_6m,
        "savings_to_loan_ratio": _savings_to_loan_ratio,
        "debt_service_ratio": _debt_service_ratio,
        "collateral_coverage_ratio": _collateral_coverage_ratio,
        "guaranteed_npl_count": _guaranteed_npl_count,
        "rat_attendance_rate_3y": _rat_attendance_rate_3y,
        "document_completeness": _document_completeness,
        "equity_exposure_ratio": _equity_exposure_ratio,
        "external_loan_count": _external_loan_count,
        "membership_years": _membership_years,
        "repayment_history": _repayment_history,
        "late_payments": _late_payments,
        "total_savings": _total_savings,
        "outstanding": _outstanding,
        "monthly_income": _monthly_income,
        "collateral_value": _collateral_value,
    }
)
