from datetime import date

import pytest

from config.celery import app
from core import jobs
from core.models import AuditEntry, Job
from koperasi_risk import tasks
from koperasi_risk.models import MemberFacts, RiskAssessment, RiskResult
from koperasi_risk.services.scores import start_rescore
from koperasi_risk.tests.factories import NOON, a_koperasi, a_member, a_rule


@pytest.fixture
def member(mekar):
    a_rule(mekar, "membership_months")
    return a_member(mekar)


def test_news_of_members_scores_them_anew(mekar, member):
    a_member(mekar)

    tasks.score_changed_task(tenant_id=mekar.pk, member_ids=[member.pk], event_id=1)
    tasks.score_changed_task(tenant_id=mekar.pk, member_ids=[member.pk], event_id=1)

    assert MemberFacts.objects.of(mekar).get().member_id == member.pk
    assert RiskResult.objects.of(mekar).get().assessment.trigger == "DATA"
    assert RiskAssessment.objects.of(mekar).count() == 1


def test_by_night_each_koperasi_is_scored_by_itself(mekar, member, monkeypatch):
    with a_koperasi("KSP Lain") as other:
        pass
    sent = []
    monkeypatch.setattr(tasks.rescore_tenant_task, "delay", lambda **what: sent.append(what))

    tasks.rescore_all_task()

    assert sent == [{"tenant_id": mekar.pk}, {"tenant_id": other.pk}]


def test_a_second_night_run_adds_nothing(mekar, member):
    for _ in range(2):
        tasks.rescore_tenant_task(tenant_id=mekar.pk)

    assert RiskAssessment.objects.of(mekar).get().trigger == "NIGHT"


def test_old_facts_go_by_night(mekar, member):
    for day in (date(2025, 1, 30), date(2025, 1, 31)):
        MemberFacts.objects.create(
            tenant=mekar,
            member=member,
            as_of=day,
            values={},
            member_status="ACTIVE",
            computed_at=NOON,
        )

    tasks.forget_old_facts_task()

    assert MemberFacts.objects.of(mekar).get().as_of == date(2025, 1, 31)


def test_people_watch_a_rescore_and_it_is_on_record(mekar, member, wayan):
    job = start_rescore(tenant=mekar, by=wayan, now=NOON)

    tasks.rescore_members_task(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.result) == (
        Job.State.DONE,
        {"members": 1, "changed": 1, "failed": 0},
    )
    entry = AuditEntry.objects.get(action="koperasi.rescore_started")
    assert (entry.actor_code, entry.detail) == (str(wayan.code), {"tenant": mekar.pk})


def test_a_stopped_rescore_says_what_was_done_until_then(mekar, member, wayan, monkeypatch):
    job = start_rescore(tenant=mekar, by=wayan, now=NOON)
    rescore = tasks.scores.rescore

    def stopped(**what):
        rescore(**what)
        raise jobs.Cancelled

    monkeypatch.setattr(tasks.scores, "rescore", stopped)

    tasks.rescore_members_task(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.result["members"]) == (Job.State.CANCELLED, 1)


def test_long_work_is_done_on_the_queue_for_it():
    routes = app.conf.task_routes

    for name in ("rescore_all", "rescore_tenant", "forget_old_facts"):
        assert routes[f"koperasi_risk.{name}"] == {"queue": "bulk"}
