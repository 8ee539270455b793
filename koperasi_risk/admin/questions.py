"""What people of a koperasi see first: their own open points, and nothing of the product's."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from core.backoffice import Answer, morning_of_seat
from koperasi_risk.access import Seat
from koperasi_risk.admin.desk import EVERYBODY, MANAGER_AND_BOARD
from koperasi_risk.models import (
    DataImport,
    DecisionOverride,
    RiskResult,
    RuleProposal,
    SavingsMovement,
)
from koperasi_risk.selectors.members import stale


@morning_of_seat
def which_results_are_stale(seat: Seat, now: datetime) -> Answer | None:
    if not seat.has(*EVERYBODY):
        return None
    results = RiskResult.objects.of(seat.tenant)
    old = results.filter(stale(seat.tenant, today=seat.tenant.today(now))).count()
    return Answer(
        question=_("Do results wait to be scored again?"),
        figure=str(old),
        note=_("of %(total)s") % {"total": results.count()},
        url=reverse("admin:koperasi_risk_riskresult_changelist") + "?stale=yes",
        tone="warn" if old else "ok",
    )


@morning_of_seat
def which_proposals_wait(seat: Seat, now: datetime) -> Answer | None:
    if not seat.has(*MANAGER_AND_BOARD):
        return None
    waiting = RuleProposal.objects.of(seat.tenant).filter(state="WAITING").count()
    return Answer(
        question=_("Do changes of rules wait for a second person?"),
        figure=str(waiting),
        note=_("nothing is decided before") if waiting else _("none waits"),
        url=reverse("admin:koperasi_risk_ruleproposal_changelist") + "?state__exact=WAITING",
        tone="warn" if waiting else "ok",
    )


@morning_of_seat
def which_overrides_wait(seat: Seat, now: datetime) -> Answer | None:
    if not seat.has(*MANAGER_AND_BOARD):
        return None
    waiting = DecisionOverride.objects.of(seat.tenant).filter(state="WAITING").count()
    return Answer(
        question=_("Do overrides wait for the board?"),
        figure=str(waiting),
        note=_("the engine's decision holds until then") if waiting else _("none waits"),
        url=reverse("admin:koperasi_risk_decisionoverride_changelist") + "?state__exact=WAITING",
        tone="warn" if waiting else "ok",
    )


@morning_of_seat
def which_movements_wait(seat: Seat, now: datetime) -> Answer | None:
    if not seat.has(*EVERYBODY):
        return None
    waiting = SavingsMovement.objects.of(seat.tenant).filter(status="PENDING").count()
    return Answer(
        question=_("Do deposits and withdrawals wait to be verified?"),
        figure=str(waiting),
        note=_("they count from then on") if waiting else _("none waits"),
        url=reverse("admin:koperasi_risk_savingsmovement_changelist") + "?status__exact=PENDING",
        tone="warn" if waiting else "ok",
    )


@morning_of_seat
def which_files_were_refused(seat: Seat, now: datetime) -> Answer | None:
    if not seat.has(*EVERYBODY):
        return None
    refused = DataImport.objects.of(seat.tenant).filter(Q(state="REFUSED") | Q(refused__gt=0))
    count = refused.count()
    return Answer(
        question=_("Were files or rows refused?"),
        figure=str(count),
        note=_("imports with refused rows") if count else _("all rows were taken in"),
        url=reverse("admin:koperasi_risk_dataimport_changelist"),
        tone="warn" if count else "ok",
    )
