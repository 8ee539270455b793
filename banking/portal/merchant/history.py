"""The fifth tab: what happened, newest first; who of this bank read it is asked for by itself."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import WarningStep
from banking.selectors import Overview
from banking.selectors.merchant_history import Happening, Kind, merchant_history
from core.formats import rupiah
from merchants.models import Merchant
from scoring.models import RiskBand

ROWS = 50
# Without a choice, everything but the bank's own readings, which would drown the rest.
USUAL = (Kind.SCORE, Kind.WARNING, Kind.LOAN, Kind.CONSENT)
ICONS = {
    Kind.SCORE: "chart",
    Kind.WARNING: "error",
    Kind.LOAN: "receipt",
    Kind.CONSENT: "lock",
    Kind.READING: "eye",
}
READINGS = {
    "merchant.personal_data_read": gettext_lazy("The merchant's data were read"),
    "merchant.memo_printed": gettext_lazy("A credit memo was printed"),
}


def context(request: HttpRequest, overview: Overview, *, now: datetime) -> dict:
    """Return the context of `riwayat.html`."""
    wanted = request.GET.get("jenis", "")
    kind = wanted if wanted in Kind.values else ""
    cursor = request.GET.get("setelah", "")
    history = merchant_history(
        request.user,
        overview.merchant,
        kinds=[kind] if kind else USUAL,
        # What happens while the page is put together belongs to it.
        before=_before(cursor) or now + timedelta(minutes=1),
        limit=ROWS,
    )
    return {
        "kinds": _choices(overview.merchant, kind),
        "entries": [_entry(happening) for happening in history.happenings],
        "query": urlencode({"tab": "riwayat"} | ({"jenis": kind} if kind else {})),
        "cursor": cursor if _before(cursor) else "",
        "next_cursor": history.before.isoformat() if history.before else "",
    }


def _before(cursor: str) -> datetime | None:
    """Read where an earlier page ended; None for what is no instant."""
    try:
        instant = parse_datetime(cursor)
    except ValueError:
        return None
    return instant if instant and is_aware(instant) else None


def _choices(merchant: Merchant, current: str) -> list[dict]:
    address = f"{reverse('banking:merchant', args=[merchant.code])}?tab=riwayat"
    return [
        {"label": _("All"), "url": address, "is_current": not current},
        *(
            {"label": kind.label, "url": f"{address}&jenis={kind}", "is_current": kind == current}
            for kind in Kind
        ),
    ]


def _entry(happening: Happening) -> dict:
    words = _WORDS[happening.kind](happening.what, happening.detail)
    return {"icon": ICONS[happening.kind], "at": happening.at} | words


def _score(score, detail: dict) -> dict:
    figures = {"points": score.points, "band": RiskBand(score.risk_band).label}
    if detail["change"]:
        figures["change"] = f"{detail['change']:+d}".replace("-", "−")
        return {"text": _("Score %(points)s, risk %(band)s (%(change)s)") % figures}
    return {"text": _("Score %(points)s, risk %(band)s") % figures}


def _warning(row, _detail: dict) -> dict:
    warning = row.warning
    url = reverse("banking:warning", args=[warning.code])
    if isinstance(row, WarningStep):
        figures = {"kind": warning.get_kind_display(), "event": row.get_event_display()}
        figures["severity"] = row.get_severity_display()
        text = _("Warning %(kind)s: %(event)s (%(severity)s)") % figures
        return {"text": text, "url": url}
    figures = {"kind": warning.get_kind_display(), "state": row.get_state_display()}
    return {
        "text": _("Review of %(kind)s: %(state)s") % figures,
        "url": url,
        "who": row.by.full_name,
        "note": row.note,
    }


def _loan(step, _detail: dict) -> dict:
    application = step.application
    figures = {
        "code": application.code,
        "amount": rupiah(application.amount),
        "status": step.get_went_to_display(),
    }
    return {
        "text": _("%(code)s, %(amount)s: %(status)s") % figures,
        "url": reverse("banking:application", args=[application.code]),
        "who": step.by.full_name,
        "note": step.notes,
    }


def _consent(_consent, detail: dict) -> dict:
    text = (
        _("Consent withdrawn") if detail.get("withdrawn") else _("Consent given to partner banks")
    )
    return {"text": text}


def _reading(entry, detail: dict) -> dict:
    return {"text": str(READINGS.get(entry.action, entry.action)), "who": detail["who"]}


_WORDS = {
    Kind.SCORE: _score,
    Kind.WARNING: _warning,
    Kind.LOAN: _loan,
    Kind.CONSENT: _consent,
    Kind.READING: _reading,
}
