"""
What the demo's members live through: how they save, borrow and pay.

A story is told relative to the day on which it is first seeded. Who pays late does so by the same number
of days each month, so that a doubtful loan is doubtful whenever one looks, until it ends.
"""

from dataclasses import dataclass, replace

from koperasi_risk.models import Loan, Member

ALWAYS = 10_000


@dataclass(frozen=True)
class Borrowing:
    """
    One loan: `months_ago` disbursed, `incomes` lent in multiples of a month's income.

    Instalments are paid `delay` days after they are due, as many as `pays`; `cover` is the collateral's
    value as a share of what was lent, `ended` how many months ago it was settled or written off.
    """

    months_ago: int
    tenor: int
    incomes: float = 2.5
    status: str = Loan.Status.DISBURSED
    delay: int = 0
    pays: int = ALWAYS
    pays_half_after: bool = False
    cover: float = 0
    ended: int = 0
    restructured: int = 0
    closed_as: int | None = None
    guarantors: int = 0
    is_in_litigation: bool = False


@dataclass(frozen=True)
class Debt:
    """A debt elsewhere, in months of income; `collectability` as SLIK has it, None when declared."""

    lender: str
    incomes: float
    share_a_month: float
    collectability: int | None = None
    months_old: int = 1


@dataclass(frozen=True)
class Story:
    """
    One kind of member. `months` is how long they have been one; `behind` months of mandatory savings
    they owe, `deposits` the share of months in which they save voluntarily.
    """

    name: str
    months: int
    loans: tuple[Borrowing, ...] = ()
    status: str = Member.Status.ACTIVE
    income: str = "fresh"
    behind: int = 0
    principal_paid: float = 1.0
    deposits: float = 0.4
    withdraws: bool = False
    documents: float = 1.0
    attends: float = 0.8
    debts: tuple[Debt, ...] = ()
    is_board_member: bool = False
    term_savings: int = 0
    waits: bool = False


SETTLED, WRITTEN_OFF = Loan.Status.SETTLED, Loan.Status.WRITTEN_OFF
RESTRUCTURED, PENDING = Loan.Status.RESTRUCTURED, Loan.Status.PENDING

STEADY = Story("steady", 40, (Borrowing(7, 18, 2.4, cover=1.1),))
BIG = Story("big, well secured", 52, (Borrowing(9, 36, 6, cover=1.6, guarantors=1),), deposits=0.8)
SECOND = Story(
    "second loan after a good first",
    34,
    (Borrowing(28, 12, 1.5, SETTLED, ended=15), Borrowing(5, 12, 2)),
)
SAVER = Story("saves, does not borrow", 47, deposits=0.9, term_savings=6)
QUIET = Story("neither saves nor borrows much", 29, deposits=0.1, attends=0.3)
BOARD = Story(
    "on the board", 58, (Borrowing(4, 24, 3, cover=1.2),), is_board_member=True, attends=1
)
NEW = Story("joined lately", 3, documents=0.67, deposits=0.3)
NEW_LOAN = Story("borrows very early", 4, (Borrowing(2, 12, 1.5),))
WEEK_LATE = Story("some days late", 26, (Borrowing(10, 24, 3, delay=8, cover=0.9),))
WATCHED = Story("six weeks late", 31, (Borrowing(11, 24, 2.8, delay=58, cover=0.8),), behind=1)
SUBSTANDARD = Story(
    "four months late", 36, (Borrowing(12, 24, 3, delay=121, guarantors=1),), behind=3
)
DOUBTFUL = Story("half a year late", 38, (Borrowing(13, 30, 3, delay=172, cover=0.5),), behind=4)
LOST = Story(
    "stopped paying", 41, (Borrowing(15, 24, 3.2, pays=4, guarantors=2),), behind=7, attends=0.2
)
IN_COURT = Story(
    "in court", 44, (Borrowing(20, 24, 5, pays=3, cover=0.8, is_in_litigation=True),), behind=9, attends=0
)  # fmt: skip
PART = Story("pays a part", 22, (Borrowing(8, 18, 2.6, pays=6, pays_half_after=True),))
RECOVERED = Story(
    "restructured, keeps to it", 37, (Borrowing(16, 36, 3, RESTRUCTURED, restructured=7),)
)
RELAPSED = Story(
    "restructured, late again", 33, (Borrowing(17, 36, 3.4, RESTRUCTURED, delay=40, restructured=9),), behind=2
)  # fmt: skip
GONE_BAD = Story(
    "written off", 45, (Borrowing(34, 18, 2, WRITTEN_OFF, pays=5, ended=10),), behind=6, attends=0.1
)
PAID_AT_LAST = Story(
    "settled while lost", 49, (Borrowing(33, 18, 2, SETTLED, delay=200, ended=5, closed_as=5),)
)  # fmt: skip
THREE = Story(
    "several loans",
    39,
    (Borrowing(12, 24, 2.2), Borrowing(6, 12, 1.2), Borrowing(2, 10, 0.8)),
    withdraws=True,
)
STRETCHED = Story(
    "owes elsewhere, too",
    27,
    (Borrowing(6, 24, 3.5, delay=2),),
    debts=(
        Debt("PT Multi Finansial", 3.5, 0.16, collectability=1),
        Debt("Pinjaman daring", 0.6, 0.1),
        Debt("Toko elektronik", 0.5, 0.06),
    ),
)
BAD_ELSEWHERE = Story(
    "lost elsewhere", 24, (Borrowing(5, 12, 1.5),), debts=(Debt("Bank Perkreditan", 4, 0.08, 4),)
)
OLD_RECORD = Story("an old SLIK record", 42, debts=(Debt("Bank Daerah", 2, 0.05, 3, months_old=9),))
NO_INCOME = Story("income unknown", 32, (Borrowing(6, 18, 2.2),), income="unknown")
OLD_INCOME = Story(
    "income verified long ago", 46, (Borrowing(8, 24, 2.6, cover=0.9),), income="old"
)
BEHIND = Story("behind with savings", 28, behind=6, deposits=0, attends=0.3)
UNPAID_POKOK = Story("principal savings unpaid", 9, principal_paid=0.4, documents=0.34)
FEW_PAPERS = Story("papers missing", 21, (Borrowing(4, 12, 1.8),), documents=0.34)
DRAWS_DOWN = Story("draws savings down", 35, (Borrowing(5, 18, 2.4),), deposits=0.3, withdraws=True)
APPLYING = Story("has applied", 30, (Borrowing(0, 12, 2, PENDING),), waits=True)
WAITING = Story(
    "awaits admission", 0, status=Member.Status.PENDING, documents=0.34, principal_paid=0
)
SLEEPING = Story("not active", 43, status=Member.Status.INACTIVE, behind=10, deposits=0, attends=0)
LEFT = Story("has left", 48, status=Member.Status.LEFT, deposits=0.2)

COMMON = (
    (STEADY, 26), (SECOND, 9), (SAVER, 11), (QUIET, 6), (BIG, 5), (BOARD, 3), (NEW, 5), (NEW_LOAN, 3),
    (WEEK_LATE, 6), (WATCHED, 6), (SUBSTANDARD, 3), (DOUBTFUL, 3), (LOST, 4), (PART, 2), (RECOVERED, 2),
    (RELAPSED, 2), (GONE_BAD, 2), (PAID_AT_LAST, 1), (THREE, 3), (STRETCHED, 3), (BAD_ELSEWHERE, 1),
    (OLD_RECORD, 1), (NO_INCOME, 2), (OLD_INCOME, 2), (BEHIND, 3), (UNPAID_POKOK, 1), (FEW_PAPERS, 1),
    (DRAWS_DOWN, 1), (APPLYING, 2), (WAITING, 3), (SLEEPING, 2), (LEFT, 2),
    (IN_COURT, 1),
)  # fmt: skip
SMALL = tuple((story, max(1, round(count / 2.8))) for story, count in COMMON)


def seasonal(stories):
    """Tell the same stories of people who pay after the harvest, three times a year."""
    return tuple(
        (replace(story, loans=tuple(_after_harvest(loan) for loan in story.loans)), count)
        for story, count in stories
    )


def _after_harvest(loan: Borrowing) -> Borrowing:
    tenor = max(12, loan.tenor // 4 * 4)
    if loan.delay > 150 and not loan.ended:
        # Doubtful by the ministry's months: more than six, but the collateral covers it.
        return replace(loan, tenor=tenor, pays=0, cover=1.4)
    pays = loan.pays if loan.pays == ALWAYS else loan.pays // 4
    return replace(loan, tenor=tenor, pays=pays, delay=loan.delay + 40 * (loan.delay > 100))


def cast(stories) -> list[Story]:
    """Return one story for each member, mixed, so that lists do not come sorted by fate."""
    rest = [[story, count] for story, count in stories]
    mixed = []
    while rest:
        for entry in rest:
            mixed.append(entry[0])
            entry[1] -= 1
        rest = [entry for entry in rest if entry[1]]
    return mixed
