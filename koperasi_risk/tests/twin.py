"""
A plain, slow twin of the engine, written from the page alone: days are counted one by one, numbers are
fractions. Values are fractions; what is missing is the status, NOT_AVAILABLE or NOT_APPLICABLE.
"""

from datetime import timedelta
from fractions import Fraction

NOT_AVAILABLE, NOT_APPLICABLE = "NOT_AVAILABLE", "NOT_APPLICABLE"
DAY = timedelta(days=1)

HIGHER_IS_RISKIER = {
    "max_dpd_current", "kolektibilitas_worst", "max_dpd_12m", "late_installment_ratio_12m",
    "arrears_ratio", "restructured_loan_count", "written_off_loan_count", "active_loan_count",
    "mandatory_savings_arrears_months", "debt_service_ratio", "guaranteed_npl_count",
    "equity_exposure_ratio", "external_loan_count", "late_payments", "outstanding",
}  # fmt: skip


# -- days and months --------------------------------------------------------------------------------


def is_last_of_month(day):
    return (day + DAY).month != day.month


def days_after(start, end):
    """How many days `end` lies after `start`."""
    count = 0
    while start < end:
        start += DAY
        count += 1
    return count


def is_monthly_day(day, start):
    """Whether months that started on `start` are full on `day`."""
    return day.day == start.day or (is_last_of_month(day) and start.day > day.day)


def months_after(start, end):
    count, day = 0, start
    while day < end:
        day += DAY
        count += is_monthly_day(day, start)
    return count


def months_before(day, months):
    """The same day so many months ago, or the last of a shorter month."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - DAY).replace(day=1)
    found = first
    while found.day < day.day and not is_last_of_month(found):
        found += DAY
    return found


def months_later(day, months):
    """The day on which so many months after `day` are full."""
    found = day
    for _ in range(months):
        found += DAY
        while not is_monthly_day(found, day):
            found += DAY
    return found


# -- loans ------------------------------------------------------------------------------------------


def unpaid_of(loan):
    if loan.status in ("SETTLED", "WRITTEN_OFF"):
        return []
    return [one for one in loan.installments if one.unpaid > 0]


def outstanding_of(loan):
    return sum(Fraction(one.unpaid) for one in unpaid_of(loan))


def active(loans):
    return [loan for loan in loans if outstanding_of(loan) > 0]


def dpd(loan, as_of):
    return max([days_after(one.due_date, as_of) for one in unpaid_of(loan)], default=0)


def class_of(loan, preset, as_of):
    if loan.status == "WRITTEN_OFF":
        return 5
    if not unpaid_of(loan):
        return 1
    days = dpd(loan, as_of)
    if preset == "SLIK":
        return 1 + (days > 0) + (days > 90) + (days > 120) + (days > 180)
    if preset == "BPR":
        by_days = 1 + (days > 30) + (days > 90) + (days > 180) + (days > 360)
        over = days_after(max(one.due_date for one in loan.installments), as_of)
        by_maturity = 1 + (over > 0) + (over > 15) + (over > 30) + (over > 60)
        return max(by_days, by_maturity)
    return class_by_months(loan, as_of)


def class_by_months(loan, as_of):
    if loan.is_in_litigation:
        return 5
    oldest = min(one.due_date for one in unpaid_of(loan))
    if as_of <= months_later(oldest, 3):
        return 1
    if as_of <= months_later(oldest, 6):
        return 3
    is_covered = Fraction(loan.collateral_value) / outstanding_of(loan) >= Fraction(3, 4)
    return 4 if is_covered and as_of <= months_later(oldest, 6 + 21) else 5


def slik_class(ledger, as_of):
    start = months_before(as_of, 6)
    told = [d for d in ledger.external_debts if d.source == "SLIK" and d.collectability is not None]
    told = [d for d in told if start <= d.as_of <= as_of]
    latest = max([d.as_of for d in told], default=None)
    return max([d.collectability for d in told if d.as_of == latest], default=1)


def delays_12m(ledger, as_of):
    """Of each instalment that fell due in twelve months: the days until it was paid, or so far."""
    found = []
    for loan in ledger.loans:
        for one in loan.installments:
            if not months_before(as_of, 12) <= one.due_date < as_of or one.amount == 0:
                continue
            paid_on = one.paid_in_full_on or one.due_date
            if one.unpaid > 0:
                paid_on = (loan.closed_on or one.due_date) if loan.status == "SETTLED" else as_of
            found.append(days_after(one.due_date, paid_on))
    return found


def monthly_equivalent(loan, as_of):
    unpaid = sorted(unpaid_of(loan), key=lambda one: one.due_date)
    ahead = [one for one in unpaid if one.due_date >= as_of]
    chosen = (ahead or unpaid)[0]
    dues = sorted({one.due_date for one in loan.installments})
    at = dues.index(chosen.due_date)
    if at + 1 < len(dues):
        days = days_after(dues[at], dues[at + 1])
    else:
        days = max(1, days_after(dues[at - 1] if at else loan.disbursed_on, dues[at]))
    months = Fraction(days * 12, 365)
    if days >= 28:
        months = int(months + Fraction(1, 2))
    return Fraction(chosen.amount) / months


# -- savings ----------------------------------------------------------------------------------------


def obliged_months(ledger, policy, as_of):
    """The months whose due day for mandatory savings has passed, from that of joining on."""
    start = max(ledger.joined_on, policy.mandatory_savings_since or ledger.joined_on)
    if start >= as_of:
        return []
    months, day = [], start.replace(day=1)
    while day < as_of:
        if day.day == policy.mandatory_savings_due_day:
            months.append((day.year, day.month))
        day += DAY
    return months


# -- every factor -----------------------------------------------------------------------------------


def values(ledger, policy, as_of, new_installment=0):
    loans = active(ledger.loans)
    owed = sum((outstanding_of(loan) for loan in loans), Fraction(0))
    s = ledger.savings
    saved = Fraction(s.principal + s.mandatory + s.voluntary + s.term)
    cover = sum((Fraction(loan.collateral_value) for loan in loans), Fraction(s.blocked))
    delays = delays_12m(ledger, as_of)
    late = len([delay for delay in delays if delay > policy.grace_days])
    overdue = sum(
        Fraction(one.unpaid) for loan in loans for one in unpaid_of(loan) if one.due_date < as_of
    )
    income = income_of(ledger, as_of)
    age = months_after(ledger.joined_on, as_of)
    return {
        "max_dpd_current": max([dpd(loan, as_of) for loan in loans], default=0),
        "kolektibilitas_worst": max(
            [class_of(loan, policy.preset, as_of) for loan in ledger.loans]
            + [slik_class(ledger, as_of)]
        ),
        "max_dpd_12m": max(delays, default=NOT_APPLICABLE),
        "late_installment_ratio_12m": Fraction(late, len(delays)) * 100
        if len(delays) >= 3
        else NOT_APPLICABLE,
        "arrears_ratio": overdue / owed * 100 if loans else NOT_APPLICABLE,
        "restructured_loan_count": restructurings(ledger, as_of),
        "written_off_loan_count": len(
            [x for x in ledger.loans if x.status == "WRITTEN_OFF" or x.closed_collectability == 5]
        ),
        "active_loan_count": len(loans),
        "membership_months": age,
        "membership_active": int(ledger.status == "ACTIVE"),
        "mandatory_savings_arrears_months": savings_arrears(ledger, policy, as_of),
        "principal_savings_paid_ratio": of_required(
            policy.principal_savings_amount,
            lambda amount: min(Fraction(100), Fraction(s.principal) / amount * 100),
        ),
        "savings_deposit_consistency_12m": consistency(ledger, policy, as_of),
        "net_savings_flow_6m": Fraction(s.voluntary_flow),
        "savings_to_loan_ratio": saved / owed * 100 if loans else NOT_APPLICABLE,
        "debt_service_ratio": debt_service(ledger, loans, income, as_of, new_installment),
        "collateral_coverage_ratio": cover / owed * 100
        if owed > policy.unsecured_limit
        else NOT_APPLICABLE,
        "guaranteed_npl_count": len(
            [x for x in active(ledger.guaranteed) if class_of(x, policy.preset, as_of) >= 3]
        ),
        "rat_attendance_rate_3y": meetings(ledger, policy, as_of),
        "document_completeness": documents(ledger, policy),
        "equity_exposure_ratio": owed / Fraction(policy.own_capital) * 100
        if policy.own_capital
        else NOT_AVAILABLE,
        "external_loan_count": len(
            [d for d in ledger.external_debts if d.outstanding > 0 or d.monthly_installment > 0]
        ),
        "membership_years": Fraction(age, 12),
        "repayment_history": 1 - Fraction(late, len(delays))
        if len(delays) >= 3
        else NOT_APPLICABLE,
        "late_payments": late,
        "total_savings": saved,
        "outstanding": owed,
        "monthly_income": income,
        "collateral_value": cover,
    }


def of_required(amount, count):
    """Count against what the koperasi requires: unset is not known, zero concerns nobody."""
    if amount is None:
        return NOT_AVAILABLE
    return count(Fraction(amount)) if amount > 0 else NOT_APPLICABLE


def restructurings(ledger, as_of):
    if any(loan.status == "RESTRUCTURED" and not loan.restructured_on for loan in ledger.loans):
        return NOT_AVAILABLE
    events = [on for loan in ledger.loans for on in loan.restructured_on]
    return len([on for on in events if months_before(as_of, 36) <= on <= as_of])


def savings_arrears(ledger, policy, as_of):
    return of_required(
        policy.mandatory_savings_amount,
        lambda amount: max(
            0,
            len(obliged_months(ledger, policy, as_of))
            - int(Fraction(ledger.savings.mandatory_deposited) / amount),
        ),
    )


def consistency(ledger, policy, as_of):
    months = obliged_months(ledger, policy, as_of)[-12:]
    paid = [month for month in months if month in ledger.savings.mandatory_months]
    return of_required(
        policy.mandatory_savings_amount,
        lambda _: Fraction(len(paid), len(months)) * 100 if len(months) >= 3 else NOT_APPLICABLE,
    )


def income_of(ledger, as_of):
    verified = ledger.income_verified_on
    if ledger.monthly_income is None or verified is None or verified > as_of:
        return NOT_AVAILABLE
    return NOT_AVAILABLE if verified < months_before(as_of, 12) else Fraction(ledger.monthly_income)


def debt_service(ledger, loans, income, as_of, new_installment):
    total = sum((monthly_equivalent(loan, as_of) for loan in loans), Fraction(new_installment))
    total += sum(
        (Fraction(debt.monthly_installment) for debt in ledger.external_debts), Fraction(0)
    )
    if total == 0:
        return Fraction(0)
    return NOT_AVAILABLE if income in (NOT_AVAILABLE, 0) else total / income * 100


def meetings(ledger, policy, as_of):
    held = [
        on
        for on in policy.meetings
        if on >= ledger.joined_on and months_before(as_of, 36) <= on <= as_of
    ]
    if not held:
        return NOT_APPLICABLE
    return Fraction(len([on for on in held if on in ledger.meetings_attended]), len(held)) * 100


def documents(ledger, policy):
    required = list(policy.required_documents)
    if not required:
        return NOT_APPLICABLE
    return (
        Fraction(len([x for x in required if x in ledger.verified_documents]), len(required)) * 100
    )


# -- the whole score --------------------------------------------------------------------------------

ALIASES = {
    "loan_count": "active_loan_count", "active_loans": "active_loan_count",
    "tenure": "membership_months", "tenure_months": "membership_months",
    "membership_duration": "membership_months", "late_payment_count": "late_payments",
    "overdue_days": "max_dpd_current", "dpd": "max_dpd_current", "days_past_due": "max_dpd_current",
    "kolektibilitas": "kolektibilitas_worst", "collectibility": "kolektibilitas_worst",
    "savings_balance": "total_savings", "outstanding_loan": "outstanding",
    "total_loan": "outstanding", "dsr": "debt_service_ratio", "dti": "debt_service_ratio",
    "debt_to_income": "debt_service_ratio", "debt_ratio": "debt_service_ratio",
    "income": "monthly_income", "collateral": "collateral_value",
}  # fmt: skip
SEVERITY = {"APPROVE": 0, "MANUAL_REVIEW": 1, "REJECT": 2}


def judge(rules, measured, *, is_active, use_bands=False, multipliers=None):
    """The page's section 1: (score as a fraction, decision, ids of breached rules in order)."""
    level = 0 if rules and is_active else 1
    breached = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        name = rule.factor.strip().lower()
        value = measured.get(ALIASES.get(name, name), NOT_AVAILABLE)
        if value == NOT_AVAILABLE:
            level = max(level, 1)
        elif value != NOT_APPLICABLE:
            step = breached_step(rule, ALIASES.get(name, name) in HIGHER_IS_RISKIER, value)
            if step:
                weight, action = step
                by_category = {k.lower(): Fraction(v) for k, v in (multipliers or {}).items()}
                penalty = weight * by_category.get(rule.risk_category.lower(), 1)
                breached.append((-SEVERITY[action], -penalty, rule.id))
                level = max(level, SEVERITY[action])
    score = max(Fraction(0), 100 + sum((penalty for _, penalty, _ in breached), Fraction(0)))
    if use_bands:
        level = max(level, 0 if score >= 85 else 1 if score >= 65 else 2)
    order = [rule_id for _, _, rule_id in sorted(breached)]
    return score, ["APPROVE", "MANUAL_REVIEW", "AUTO_REJECT"][level], order


def breached_step(rule, is_higher_riskier, value):
    """Weight and action of the furthest threshold that is breached, the rule's own included."""
    sign = 1 if is_higher_riskier else -1
    own = Fraction(rule.threshold) * sign
    steps = [(own, Fraction(rule.weight), rule.auto_action)]
    for tier in (rule.action_payload or {}).get("tiers", []):
        at = Fraction(str(tier["threshold"])) * sign
        if at > own:
            steps.append((at, Fraction(str(tier["weight"])), tier["auto_action"].upper()))
    passed = [step for step in steps if value * sign > step[0]]
    return max(passed)[1:] if passed and value * sign > own else None
