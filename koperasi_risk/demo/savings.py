"""What a member of the demo has saved: the principal sum, each month's, and now and then some more."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from core.dates import add_months
from koperasi_risk.demo.stories import Story
from koperasi_risk.models import Member, SavingsAccount, SavingsMovement

KIND, MOVE, STATUS = SavingsAccount.Kind, SavingsMovement.Kind, SavingsMovement.Status
MONTHS_OF_VOLUNTARY = 14


def save_up(books, member: Member, story: Story, chance: Random) -> None:
    """Open the member's accounts and move money as the story tells."""
    if story.status == Member.Status.PENDING:
        return
    accounts = {
        kind: _open(books, member, kind)
        for kind in (KIND.PRINCIPAL, KIND.MANDATORY, KIND.VOLUNTARY)
    }
    _pay_in(books, accounts[KIND.PRINCIPAL], story)
    _each_month(books, accounts[KIND.MANDATORY], story)
    _now_and_then(books, accounts[KIND.VOLUNTARY], story, chance)
    if story.term_savings:
        _lay_by(books, member, story)
    if story.status == Member.Status.LEFT:
        _give_back(books, accounts.values(), member)
    if story.waits:
        amount = Decimal(250_000)
        move(
            books, accounts[KIND.VOLUNTARY], MOVE.DEPOSIT, amount, books.today, "T", STATUS.PENDING
        )


def _open(books, member: Member, kind: str, **details) -> SavingsAccount:
    number = f"{member.number}-{kind[0]}"
    account = books.add(SavingsAccount, member=member, kind=kind, number=number, **details)
    account.balance = Decimal(0)
    return account


def move(books, account, kind: str, amount: Decimal, on: date, mark: str, status=STATUS.VERIFIED):
    """Move money; `mark` makes the reference. Only what counts is in the balance."""
    books.add(
        SavingsMovement,
        account=account,
        kind=kind,
        amount=amount,
        on=on,
        status=status,
        method="TRANSFER" if on.day % 3 else "TUNAI",
        reference=f"{account.member.number}-{mark}",
    )
    if status in SavingsMovement.COUNTED:
        account.balance += -amount if kind == MOVE.WITHDRAWAL else amount


def _pay_in(books, account, story: Story) -> None:
    amount = books.tenant.principal_savings_amount * Decimal(str(story.principal_paid))
    if amount:
        move(
            books, account, MOVE.DEPOSIT, amount, account.member.joined_on, "POKOK", STATUS.APPROVED
        )


def mandatory_day(member: Member, month: date) -> date:
    """Return the day of a month on which the member brings the month's savings."""
    return month.replace(day=3 + int(member.number[-2:]) % 22)


def mandatory_mark(month: date) -> str:
    return f"W{month:%Y%m}"


def _each_month(books, account, story: Story) -> None:
    member, tenant = account.member, books.tenant
    month = max(member.joined_on, tenant.mandatory_savings_since).replace(day=1)
    last = member.left_on or add_months(books.today.replace(day=1), -story.behind)
    while month <= last:
        day = max(mandatory_day(member, month), member.joined_on)
        if day <= books.today and (not story.behind or month < last):
            amount = tenant.mandatory_savings_amount
            move(books, account, MOVE.DEPOSIT, amount, day, mandatory_mark(month))
        month = add_months(month, 1)


def _now_and_then(books, account, story: Story, chance: Random) -> None:
    member, end = account.member, account.member.left_on or books.today
    first = max(member.joined_on, add_months(end, -MONTHS_OF_VOLUNTARY))
    usual = max(50_000, int(member.means * Decimal("0.04")) // 10_000 * 10_000)
    if story.withdraws:
        move(books, account, MOVE.DEPOSIT, Decimal(usual * 20), first, "S0")
    for number in range(MONTHS_OF_VOLUNTARY):
        day = add_months(first, number) + timedelta(days=chance.randint(0, 20))
        if chance.random() < story.deposits and day <= end:
            amount = Decimal(usual * chance.choice((1, 1, 2, 3)))
            move(books, account, MOVE.DEPOSIT, amount, day, f"S{number + 1}")
    for back in (4, 2, 1) if story.withdraws else ():
        move(
            books,
            account,
            MOVE.WITHDRAWAL,
            Decimal(usual * 5),
            add_months(end, -back),
            f"A{back}",
        )
    _share_of_surplus(books, account, chance)


def _share_of_surplus(books, account, chance: Random) -> None:
    for year in (books.today.year - 1, books.today.year):
        day = date(year, 3, 15)
        if account.member.joined_on < day <= (account.member.left_on or books.today):
            amount = Decimal(chance.randrange(40, 320, 5) * 1000)
            move(books, account, MOVE.SURPLUS, amount, day, f"SHU{year}", STATUS.APPROVED)


def _lay_by(books, member: Member, story: Story) -> None:
    since = add_months(books.today, -5)
    account = _open(books, member, KIND.TERM, matures_on=add_months(since, 12))
    amount = (member.means * story.term_savings).quantize(Decimal(1))
    move(books, account, MOVE.DEPOSIT, amount, since, "BERJANGKA", STATUS.APPROVED)


def _give_back(books, accounts, member: Member) -> None:
    for account in accounts:
        if account.balance > 0:
            mark = f"KELUAR-{account.kind[0]}"
            amount = account.balance
            move(books, account, MOVE.WITHDRAWAL, amount, member.left_on, mark, STATUS.APPROVED)
