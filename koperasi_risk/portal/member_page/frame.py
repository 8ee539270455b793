"""What stands on every part of a member's page: who it is, how the member stands, what may be done."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core.backoffice import mask
from koperasi_risk.models import DecisionOverride, Member, RiskResult, TenantRole
from koperasi_risk.portal.words import loan_words
from koperasi_risk.selectors.overrides import OUTGROWN, active_override, overrides_of
from koperasi_risk.selectors.results import is_stale

SCORERS = (TenantRole.FINANCING_OFFICER, TenantRole.RISK_MANAGER)
ASKERS = (TenantRole.RISK_MANAGER, TenantRole.BOARD)


def frame(request: HttpRequest, member: Member, *, tab: str, now: datetime) -> dict:
    """Return what `member/base.html` shows; `tab` is the part that is open."""
    seat = request.seat
    tenant, today = seat.tenant, seat.tenant.today(now)
    results = RiskResult.objects.of(tenant).select_related("member", "assessment")
    result = results.filter(member=member).first()
    overrides = DecisionOverride.objects.of(tenant).filter(member=member)
    return {
        "member": member,
        "tenant": tenant,
        "words": loan_words(tenant),
        "result": result,
        "is_stale": result is not None and is_stale(result, tenant, today=today),
        "override": active_override(tenant, member.pk, today=today),
        "outgrown": overrides_of(tenant, today=today, state=OUTGROWN, member_id=member.pk).first(),
        "waiting": overrides.filter(state=DecisionOverride.State.WAITING).first(),
        "may_score": seat.has(*SCORERS),
        "may_ask": seat.has(*ASKERS),
        "tabs": _tabs(member, tab, loan_words(tenant)),
        "nik": mask(member.nik, head=4, tail=4),
        "now": now,
    }


def _tabs(member: Member, current: str, words: dict) -> list[dict]:
    address = reverse("koperasi_risk:member", args=[member.code])
    check = reverse("koperasi_risk:loan-check", args=[member.code])
    tabs = {
        "ringkasan": (_("Summary"), address),
        "pinjaman": (_("%(loans)s and savings") % words, f"{address}?tab=pinjaman"),
        "riwayat": (_("History"), f"{address}?tab=riwayat"),
        "cek": (words["check"], check),
    }
    return [
        {"label": label, "url": url, "is_current": key == current}
        for key, (label, url) in tabs.items()
    ]
