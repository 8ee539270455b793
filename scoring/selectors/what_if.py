"""What a score would be if some of its measurements were different."""

from scoring.domain.measurements import measure
from scoring.domain.policy import POLICIES
from scoring.domain.scorecard import Scorecard
from scoring.domain.series import Series
from scoring.domain.what_if import Changes, what_if
from scoring.models import CreditScore


def supposed_card(score: CreditScore, changes: Changes) -> Scorecard:
    """
    Score a merchant again, under the policy and from the series of a stored score, with changes.

    Raises ValueError for a change out of range.
    """
    measured = measure(Series.from_json(score.series))
    return what_if(measured, changes, policy=POLICIES[score.policy_version])
