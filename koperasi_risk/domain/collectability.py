"""
Kolektibilitas: how well a loan is paid, from 1 (lancar) to 5 (macet), in the three ways in use.

    SLIK      by days past due: 0, to 90, to 120, to 180, more
    BPR       by days past due: to 30, 90, 180, 360, more; a loan past its last due date by to 15, 30, 60, more
    KEMENKOP  by months past due: to 3 is 1, to 6 is 3; then 4 while collateral covers 75% of the debt,
              for 21 months at most, else 5; with a court or an insurer 5

Days past due count from the oldest instalment with principal or interest (jasa) unpaid, never from the
last payment. Of a loan last paid in January 2024, the instalment of 21 February is the oldest unpaid:
on 30 April it is 69 days past due. Penalties play no part.

Sources: POJK 40/POJK.03/2019 (SLIK), POJK 33/POJK.03/2018 (BPR), ministry criteria for KSP (KEMENKOP).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from core.dates import add_months
from koperasi_risk.domain import words
from koperasi_risk.domain.ledger import ZERO, Installment, Ledger, Loan

CURRENT, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = 1, 2, 3, 4, 5
CLASSES = (CURRENT, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS)

OPEN = ("DISBURSED", "RESTRUCTURED")
SETTLED = "SETTLED"
WRITTEN_OFF = "WRITTEN_OFF"

SLIK_RECORD_MONTHS = 6

# (last day or month that belongs to the class, class); the last one is open.
Steps = tuple[tuple[int | None, int], ...]


@dataclass(frozen=True)
class Preset:
    """
    One way to classify. `steps` start at 0 and count days, or months where `in_months`.

    `matured_steps` count days past the last due date of a loan. `doubtful_cover_percent` is the least
    collateral of a doubtful debt, `doubtful_months` how long it may stay doubtful.
    """

    steps: Steps
    in_months: bool = False
    matured_steps: Steps = ()
    doubtful_cover_percent: int | None = None
    doubtful_months: int | None = None
    is_loss_in_litigation: bool = False


def _check(steps: Steps) -> None:
    """Raise ValueError unless `steps` rise from 0 to an open end, without a gap or an overlap."""
    limits = [limit for limit, _ in steps]
    classes = [collectability for _, collectability in steps]
    is_open = limits[-1] is None and None not in limits[:-1]
    if not is_open or limits[:-1] != sorted({*limits[:-1]}) or (limits[:1] < [0]):
        raise ValueError(f"steps are not contiguous: {steps}")
    if classes != sorted({*classes}) or not {*classes} <= {*CLASSES}:
        raise ValueError(f"classes do not rise: {steps}")


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "SLIK": Preset(((0, 1), (90, 2), (120, 3), (180, 4), (None, 5))),
        "BPR": Preset(
            ((30, 1), (90, 2), (180, 3), (360, 4), (None, 5)),
            matured_steps=((15, 2), (30, 3), (60, 4), (None, 5)),
        ),
        "KEMENKOP": Preset(
            ((3, 1), (6, 3), (None, 4)),
            in_months=True,
            doubtful_cover_percent=75,
            doubtful_months=21,
            is_loss_in_litigation=True,
        ),
    }
)

for _preset in PRESETS.values():
    _check(_preset.steps)
    if _preset.matured_steps:
        _check(_preset.matured_steps)


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan at the end of a day: what is unpaid, what of it is overdue, and since when."""

    loan: Loan
    unpaid: tuple[Installment, ...]
    outstanding: Decimal
    overdue: Decimal
    oldest_overdue: date | None

    def days_past_due(self, as_of: date) -> int:
        return (as_of - self.oldest_overdue).days if self.oldest_overdue else 0


def standing(loan: Loan, as_of: date) -> Standing:
    """Tell how a loan stands; nothing is outstanding on one that was settled or written off."""
    unpaid, outstanding, overdue, oldest = [], ZERO, ZERO, None
    if loan.status in OPEN:
        for installment in loan.installments:
            if installment.unpaid:
                unpaid.append(installment)
                outstanding += installment.unpaid
                if installment.due_date < as_of:
                    overdue += installment.unpaid
                    if oldest is None or installment.due_date < oldest:
                        oldest = installment.due_date
    return Standing(loan, tuple(unpaid), outstanding, overdue, oldest)


def outstanding(loan: Loan) -> Decimal:
    """Return unpaid principal and interest of an open loan; never a penalty."""
    if loan.status not in OPEN:
        return ZERO
    return sum((installment.unpaid for installment in loan.installments), ZERO)


def is_active(loan: Loan) -> bool:
    """Tell whether a loan was disbursed or restructured and something of it is unpaid."""
    return outstanding(loan) > 0


def days_past_due(loan: Loan, as_of: date) -> int:
    """
    Count the days since the oldest instalment fell due of which something is unpaid.

    Due today is not late. 0 for a loan that is settled or written off.
    """
    return standing(loan, as_of).days_past_due(as_of)


def of_loan(loan: Loan, *, preset: str, as_of: date) -> int:
    """Return the class of a loan, 1 to 5. Written off is 5; with nothing unpaid it is 1."""
    if loan.status == WRITTEN_OFF:
        return LOSS
    return of_standing(standing(loan, as_of), preset=preset, as_of=as_of)


def of_standing(stands: Standing, *, preset: str, as_of: date) -> int:
    """Return the class of an open loan whose standing is known."""
    if not stands.unpaid:
        return CURRENT
    way = PRESETS[preset]
    if way.is_loss_in_litigation and stands.loan.is_in_litigation:
        return LOSS
    if way.in_months:
        return _by_months(stands, way, as_of)
    return max(
        _class_at(stands.days_past_due(as_of), way.steps),
        _class_when_matured(stands.loan, way, as_of),
    )


def of_member(ledger: Ledger, *, preset: str, as_of: date) -> int:
    """Return the worst class of all loans and of the latest SLIK record of the last six months."""
    classes = [of_loan(loan, preset=preset, as_of=as_of) for loan in ledger.loans]
    return max([CURRENT, *classes, slik_class(ledger, as_of)])


def slik_class(ledger: Ledger, as_of: date) -> int:
    """Return the worst class on the day of the latest SLIK record; 1 when it is over six months old."""
    since = add_months(as_of, -SLIK_RECORD_MONTHS)
    records = [
        (debt.as_of, debt.collectability)
        for debt in ledger.external_debts
        if debt.source == "SLIK" and debt.collectability and since <= debt.as_of <= as_of
    ]
    return max(records)[1] if records else CURRENT


def _class_at(days: int, steps: Steps) -> int:
    return next(collectability for limit, collectability in steps if limit is None or days <= limit)


def _class_when_matured(loan: Loan, way: Preset, as_of: date) -> int:
    if not way.matured_steps:
        return CURRENT
    matured_on = max(installment.due_date for installment in loan.installments)
    days = (as_of - matured_on).days
    return _class_at(days, way.matured_steps) if days > 0 else CURRENT


def _by_months(stands: Standing, way: Preset, as_of: date) -> int:
    oldest = stands.oldest_overdue
    if oldest is None:
        return CURRENT
    reached = next(
        collectability
        for limit, collectability in way.steps
        if limit is None or as_of <= add_months(oldest, limit)
    )
    return _doubtful_or_loss(stands, way, as_of) if reached == DOUBTFUL else reached


def _doubtful_or_loss(stands: Standing, way: Preset, as_of: date) -> int:
    *_, (doubtful_after, _), _ = way.steps
    too_long = as_of > add_months(stands.oldest_overdue, doubtful_after + way.doubtful_months)
    is_covered = (
        stands.loan.collateral_value * 100 >= stands.outstanding * way.doubtful_cover_percent
    )
    return DOUBTFUL if is_covered and not too_long else LOSS


def label(collectability: int, language: str = "id") -> str:
    """
    Return the name of a class.

    >>> label(3), label(2, "en")
    ('Kurang lancar', 'Special mention')
    """
    return words.said(words.CLASSES[collectability], language)


# Shares of a problem loan that count as lost, by class (KUKM).
RISK_SHARES: Mapping[int, Decimal] = MappingProxyType(
    {SUBSTANDARD: Decimal(50), DOUBTFUL: Decimal(75), LOSS: Decimal(100)}
)


def risk_loan_ratio(outstanding_by_class: Mapping[int, Decimal]) -> Decimal | None:
    """
    Return RPM: 50% of substandard, 75% of doubtful and all lost loans, in percent of all loans.

    None without loans.

    >>> risk_loan_ratio({1: Decimal(90), 3: Decimal(4), 5: Decimal(6)})
    Decimal('8')
    """
    total = sum(outstanding_by_class.values(), ZERO)
    if not total:
        return None
    shares = (amount * RISK_SHARES.get(at, ZERO) for at, amount in outstanding_by_class.items())
    return sum(shares, ZERO) / total


def par30(loans: Iterable[tuple[int, Decimal]]) -> Decimal | None:
    """
    Return PAR30: what is outstanding on loans more than 30 days past due, in percent of all.

    `loans` are (days past due, outstanding). None without loans.

    >>> par30([(0, Decimal(60)), (30, Decimal(20)), (31, Decimal(20))])
    Decimal('20')
    """
    total = at_risk = ZERO
    for days, amount in loans:
        total += amount
        if days > 30:
            at_risk += amount
    return at_risk * 100 / total if total else None
