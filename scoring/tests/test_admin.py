from datetime import timedelta

from conftest import NOON
from core.dates import start_of_day
from scoring.admin import did_scoring_finish
from scoring.services.runs import continue_run, start_nightly_run, start_run, stop_run
from scoring.services.scores import recalculate
from scoring.tests.factories import a_sale


def test_a_run_over_the_past_says_nothing_about_last_night(db):
    start_run(as_of=start_of_day(NOON.date()), historical=True, now=NOON)

    assert did_scoring_finish(NOON).tone == "warn"


def test_a_run_that_somebody_stopped_is_not_taken_for_last_nights(db):
    nightly, _is_new = start_nightly_run(now=NOON - timedelta(hours=6))
    continue_run(run=nightly, now=NOON - timedelta(hours=6))
    stop_run(run=start_run(as_of=NOON, now=NOON), now=NOON)

    assert did_scoring_finish(NOON).tone == "ok"
    assert did_scoring_finish(NOON + timedelta(days=1)).tone == "warn"


def test_data_quality_is_said_in_words(client, admin_user, warung):
    a_sale(warung, at=NOON)
    recalculate(merchant=warung, now=NOON)
    client.force_login(admin_user)

    assert "belum cukup" in client.get("/admin/scoring/creditscore/").content.decode()
