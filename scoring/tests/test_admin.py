from conftest import NOON
from core.dates import start_of_day
from scoring.admin import did_scoring_finish
from scoring.services.runs import start_run
from scoring.services.scores import recalculate
from scoring.tests.factories import a_sale


def test_a_run_over_the_past_says_nothing_about_last_night(db):
    start_run(as_of=start_of_day(NOON.date()), historical=True, now=NOON)

    assert did_scoring_finish(NOON).tone == "warn"


def test_data_quality_is_said_in_words(client, admin_user, warung):
    a_sale(warung, at=NOON)
    recalculate(merchant=warung, now=NOON)
    client.force_login(admin_user)

    assert "belum cukup" in client.get("/admin/scoring/creditscore/").content.decode()
