"""Ledgers made plainly, with overrides; and random ones."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from core.dates import add_months
from koperasi_risk.domain.ledger import ExternalDebt, Installment, Ledger, Loan, Policy, Savings
from koperasi_risk.domain.scoring import Rule

TODAY = date(2026, 3, 2)
MILLION = Decimal(1_000_000)

POLICY = Policy(
    principal_savings_amount=MILLION,
    mandatory_savings_amount=Decimal(50_000),
    own_capital=1000 * MILLION,
    required_documents=frozenset({"KTP", "KK"}),
)


def installment(due: date, *, unpaid=0, paid_on: date | None = None, amount=MILLION) -> Installment:
    return Installment(due, Decimal(amount), Decimal(unpaid), paid_on)


def unpaid_since(days: int, **changes) -> Installment:
    """An instalment that fell due so many days ago, of which nothing was paid."""
    return installment(
        TODAY - timedelta(days=days), unpaid=changes.pop("unpaid", MILLION), **changes
    )


def paid_after(days: int, *, due: date) -> Installment:
    return installment(due, paid_on=due + timedelta(days=days))


def loan(*installments: Installment, **changes) -> Loan:
    details = {
        "id": 1,
        "status": "DISBURSED",
        "principal": 12 * MILLION,
        "disbursed_on": date(2025, 9, 5),
        "installments": installments,
    }
    return Loan(**(details | changes))


def ledger(*loans: Loan, **changes) -> Ledger:
    """A member in good order for forty months: savings and documents are complete."""
    details = {
        "status": "ACTIVE",
        "joined_on": date(2022, 11, 1),
        "loans": loans,
        "savings": Savings(
            principal=MILLION,
            mandatory=2 * MILLION,
            mandatory_deposited=2 * MILLION,
            mandatory_months=frozenset((2025, month) for month in range(1, 13))
            | {(2026, 1), (2026, 2)},
        ),
        "verified_documents": frozenset({"KTP", "KK"}),
    }
    return Ledger(**(details | changes))


def rule(factor: str, threshold=0, weight=10, action="MANUAL_REVIEW", **changes) -> Rule:
    details = {"id": 1, "version": 1, "risk_category": "sedang"} | changes
    return Rule(
        factor=factor,
        threshold=Decimal(threshold),
        weight=Decimal(weight),
        auto_action=action,
        **details,
    )


# -- random -----------------------------------------------------------------------------------------

FACTORS = ("dsr", " DPD ", "kolektibilitas", "loan_count", "repayment_history", "late_payments",
           "membership_years", "savings_to_loan_ratio", "shoe_size", "net_savings_flow_6m",
           "membership_active", "document_completeness", "max_dpd_12m")  # fmt: skip


def random_day(random: Random, earliest: int, latest: int) -> date:
    """Return a day so many days from today; the ends of months come often."""
    day = TODAY + timedelta(days=random.randint(earliest, latest))
    if random.random() < 0.3:
        day = add_months(day.replace(day=1), 1) - timedelta(days=1)
    return day


def random_amount(random: Random) -> Decimal:
    return random.choice([Decimal(0), MILLION, Decimal(random.randint(1, 10**9)).scaleb(-2)])


def random_installment(random: Random, due: date) -> Installment:
    amount = random_amount(random)
    unpaid = random.choice([Decimal(0), Decimal(0), amount, (amount / 3).quantize(Decimal("0.01"))])
    delay = random.choice([-5, 0, 0, 1, 3, 4, 30, 100])
    paid_on = None if unpaid or random.random() < 0.1 else due + timedelta(days=delay)
    return Installment(due, amount, unpaid, paid_on)


def random_loan(random: Random) -> Loan:
    start = random_day(random, -900, -1)
    step = random.choice([None, None, None, 7, 14, 90])
    dues = [
        start + timedelta(days=step * number) if step else add_months(start, number)
        for number in range(1, random.randint(1, 14))
    ]
    status = random.choice(["DISBURSED"] * 6 + ["RESTRUCTURED", "SETTLED", "WRITTEN_OFF"])
    is_closed = status in ("SETTLED", "WRITTEN_OFF")
    events = [random_day(random, -1300, 0) for _ in range(random.choice([0, 0, 1, 2]))]
    return Loan(
        id=random.randint(1, 999),
        status=status,
        principal=12 * MILLION,
        disbursed_on=start,
        installments=tuple(random_installment(random, due) for due in dues),
        closed_on=random_day(random, -400, 0) if is_closed and random.random() < 0.8 else None,
        closed_collectability=random.choice([None, 1, 3, 5]) if is_closed else None,
        restructured_on=tuple(events),
        collateral_value=random_amount(random) * 3,
        is_in_litigation=random.random() < 0.05,
    )


def random_ledger(random: Random) -> Ledger:
    some = (0, 0, 1, 2)
    return Ledger(
        status=random.choice(["ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE", "LEFT", "PENDING"]),
        joined_on=random_day(random, -1500, 3),
        monthly_income=random.choice([None, Decimal(0), 3 * MILLION, random_amount(random)]),
        income_verified_on=random.choice([None, random_day(random, -400, -330), TODAY]),
        loans=tuple(random_loan(random) for _ in range(random.choice(some))),
        savings=Savings(
            *(random_amount(random) for _ in range(5)),
            mandatory_deposited=Decimal(random.randint(0, 60)) * 50_000,
            mandatory_months=frozenset(
                (2025 + month // 12, month % 12 + 1) for month in range(15) if random.random() < 0.7
            ),
            voluntary_flow=random_amount(random) - random_amount(random),
        ),
        external_debts=tuple(
            ExternalDebt(
                random_amount(random),
                random_amount(random),
                random.choice([None, 1, 2, 3, 5]),
                random.choice(["SLIK", "DECLARED"]),
                random_day(random, -250, 5),
            )
            for _ in range(random.choice(some))
        ),
        guaranteed=tuple(random_loan(random) for _ in range(random.choice(some))),
        meetings_attended=frozenset(random_day(random, -1200, 0) for _ in range(3))
        | {date(2025, 3, 31)},
        verified_documents=frozenset(random.sample(["KTP", "KK", "NPWP"], random.randint(0, 3))),
    )


def random_policy(random: Random) -> Policy:
    return Policy(
        preset=random.choice(["SLIK", "BPR", "KEMENKOP"]),
        grace_days=random.choice([0, 3, 7]),
        principal_savings_amount=random.choice([None, Decimal(0), MILLION]),
        mandatory_savings_amount=random.choice(
            [None, Decimal(0), Decimal(50_000), Decimal(50_000)]
        ),
        mandatory_savings_since=random.choice([None, None, random_day(random, -700, 10)]),
        mandatory_savings_due_day=random.choice([1, 2, 10, 28]),
        own_capital=random.choice([None, Decimal(0), 100 * MILLION]),
        unsecured_limit=random.choice([Decimal(0), MILLION]),
        required_documents=frozenset(random.sample(["KTP", "KK", "NPWP"], random.randint(0, 3))),
        meetings=(date(2023, 3, 2), date(2024, 3, 30), date(2025, 3, 31), TODAY),
    )


def random_rules(random: Random) -> list[Rule]:
    names = random.sample(FACTORS, random.randint(0, len(FACTORS)))
    return [
        rule(
            name,
            threshold=random.choice([0, 1, 2, 20, 35, "0.5"]),
            weight=random.choice([0, 5, 10, "12.5", "33.333333"]),
            action=random.choice(["APPROVE", "MANUAL_REVIEW", "REJECT"]),
            id=number,
            risk_category=random.choice(["rendah", "Sedang", "TINGGI"]),
            action_payload=random_payload(random),
        )
        for number, name in enumerate(names, 1)
    ]


def random_payload(random: Random) -> dict | None:
    if random.random() < 0.5:
        return None
    tiers = [
        {"threshold": at, "weight": weight, "auto_action": action}
        for at, weight, action in random.sample(
            [
                (-10, 20, "reject"),
                (0.25, 7, "manual_review"),
                (60, 30.5, "reject"),
                (90, 1, "approve"),
            ],
            random.randint(0, 4),
        )
    ]
    return {"tiers": tiers, "note": "kept"}


def with_income(book: Ledger, income) -> Ledger:
    return replace(book, monthly_income=Decimal(income), income_verified_on=TODAY)
