"""
Collectability: how well a loan is paid, from 1 (current) to 5 (loss), by its days past due.

A loan whose oldest unpaid instalment was due 100 days ago is in 3, substandard. From 30 days on banks
watch a loan as non-performing (NPL 30+), before the law does.

Source: POJK 40/POJK.03/2019 (quality of earning assets), by days in arrears alone.
"""

CURRENT, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = 1, 2, 3, 4, 5
# The most days past due of each grade but the last.
MOST_DAYS = ((0, CURRENT), (90, SPECIAL_MENTION), (120, SUBSTANDARD), (180, DOUBTFUL))
NPL_DAYS = 30


def of(days_past_due: int) -> int:
    """
    Return the collectability of a loan.

    >>> [of(days) for days in (0, 1, 90, 91, 120, 121, 180, 181)]
    [1, 2, 2, 3, 3, 4, 4, 5]
    """
    return next((grade for most, grade in MOST_DAYS if days_past_due <= most), LOSS)


def days_of(grade: int) -> tuple[int, int | None]:
    """
    Return the least and the most days past due of a grade; the worst one has no most.

    >>> [days_of(grade) for grade in (1, 2, 3, 4, 5)]
    [(0, 0), (1, 90), (91, 120), (121, 180), (181, None)]
    """
    bounds = [-1, *(most for most, _ in MOST_DAYS), None]
    return bounds[grade - 1] + 1, bounds[grade]


def is_npl(days_past_due: int) -> bool:
    """
    Tell whether a loan counts among the non-performing ones.

    >>> is_npl(29), is_npl(30)
    (False, True)
    """
    return days_past_due >= NPL_DAYS
