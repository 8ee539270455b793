from conftest import NOON
from core.dates import start_of_day
from scoring.admin import did_scoring_finish
from scoring.services.runs import start_run


def test_a_run_over_the_past_says_nothing_about_last_night(db):
    start_run(as_of=start_of_day(NOON.date()), historical=True, now=NOON)

    assert did_scoring_finish(NOON).tone == "warn"
