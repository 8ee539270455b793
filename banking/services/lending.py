"""What every step of lending shares: who may act, on which row, with which figures, and its record."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import BANK_ROLES, User
from banking.domain.checks import Assessment
from banking.domain.installments import LEAST_TENOR, LONGEST_TENOR
from banking.models import LoanApplication, LoanTransition, RepaymentMethod
from banking.selectors.loans import ApplicationNotFound, assessment_for, score_at, terms_of
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed
from core.formats import jam, tanggal
from core.money import MAX_AMOUNT
from merchants.models import Merchant

MOST_RATE = Decimal(100)
LONGEST_PURPOSE, LONGEST_NOTES = 200, 2000
# What an audit entry compares; notes may tell of persons and stay with the step itself.
_COMPARED = (
    "status",
    "amount",
    "recommended_amount",
    "tenor_months",
    "yearly_rate_percent",
    "method",
    "purpose",
    "points_at_application",
    "band_at_application",
    "decision_reasons",
    "approved_amount",
    "disbursed_amount",
)


class NotABankPerson(NotAllowed):
    code = "not_a_bank_person"


class InvalidFigure(InvalidInput):
    code = "invalid_figure"


class ConsentWithdrawn(Conflict):
    code = "consent_withdrawn"


class ChangedMeanwhile(Conflict):
    """Somebody else was quicker; the message says who decided, and when."""

    code = "changed_meanwhile"


def require_bank_person(by: User) -> None:
    """Raise NotABankPerson unless `by` works for a bank."""
    if getattr(by, "role", None) not in BANK_ROLES:
        raise NotABankPerson(_("Only a bank's people lend."))


def locked_application(*, by: User, code: str) -> LoanApplication:
    """
    Lock one application of this person's bank; others wait until the transaction ends.

    Raises NotABankPerson, ApplicationNotFound.
    """
    require_bank_person(by)
    rows = LoanApplication.objects.visible_to(by).filter(code=code)
    # FOR NO KEY UPDATE: whatever only refers to the application need not wait.
    application = (
        rows.select_related("bank", "merchant", "score", "decided_by")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if application is None:
        raise ApplicationNotFound()
    return application


def require_consent(application: LoanApplication) -> None:
    """Raise ConsentWithdrawn once the merchant lets banks see it no more."""
    if not Merchant.objects.consenting().filter(pk=application.merchant_id).exists():
        raise ConsentWithdrawn(
            _("The merchant withdrew its consent: this application can only be rejected.")
        )


def require_version(application: LoanApplication, version: int | None) -> None:
    """Raise ChangedMeanwhile when the caller saw an older version; None sees none."""
    if version is not None and version != application.version:
        raise overtaken(application)


def overtaken(application: LoanApplication) -> ChangedMeanwhile:
    """Word the conflict of somebody who comes too late."""
    if application.decided_by_id:
        text = _("Already decided by %(who)s on %(day)s at %(time)s: %(status)s.") % {
            "who": application.decided_by,
            "day": tanggal(application.decided_at),
            "time": jam(application.decided_at),
            "status": application.get_status_display(),
        }
    else:
        text = _("This application was changed meanwhile; it is now: %(status)s.") % {
            "status": application.get_status_display()
        }
    return ChangedMeanwhile(text)


# ── Figures ────────────────────────────────────────────────────────────────────────────


def checked_amount(value: Any, *, field: str) -> Decimal:
    """Return an amount of rupiah, more than 0 and exact to the sen. Raises InvalidFigure."""
    amount = _decimal(value, field)
    if not 0 < amount <= MAX_AMOUNT or amount != round(amount, 2):
        raise _wrong(field, _("The amount must be more than 0, with at most two decimals."))
    return amount


def checked_rate(value: Any) -> Decimal:
    """Return a yearly rate of 0 to 100 per cent, two decimals. Raises InvalidFigure."""
    rate = _decimal(value, "yearly_rate_percent")
    if not 0 <= rate <= MOST_RATE or rate != round(rate, 2):
        text = _("The interest must be 0 to 100% a year, with at most two decimals.")
        raise _wrong("yearly_rate_percent", text)
    return rate


def checked_tenor(value: Any) -> int:
    """Return a tenor of 1 to 120 months. Raises InvalidFigure."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not LEAST_TENOR <= value <= LONGEST_TENOR:
        raise _wrong("tenor_months", _("The tenor must be 1 to 120 months."))
    return value


def checked_method(value: Any) -> str:
    """Return a method of repayment. Raises InvalidFigure."""
    if value not in RepaymentMethod.values:
        raise _wrong("method", _("This is no way of repayment that we know."))
    return str(value)


def checked_text(value: str, *, field: str, longest: int) -> str:
    """Return a text without the space around it. Raises InvalidFigure for one that is too long."""
    text = (value or "").strip()
    if len(text) > longest:
        raise _wrong(field, _("At most %(count)s characters.") % {"count": longest})
    return text


def _decimal(value: Any, field: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise _wrong(field, _("This is no number."))
    return number


def _wrong(field: str, text: str) -> InvalidFigure:
    return InvalidFigure(text, fields={field: text})


# ── What is frozen, and what goes on record ────────────────────────────────────────────


def freeze(application: LoanApplication, *, now: datetime) -> None:
    """Set score and checks of an application to those of `now`; the caller saves it."""
    score = score_at(application.merchant, now)
    application.score = score
    application.points_at_application = score.points if score else None
    application.band_at_application = score.risk_band if score else ""
    application.assessment = _assessed(application, score, now).as_json()


def _assessed(application: LoanApplication, score, now: datetime) -> Assessment:
    return assessment_for(
        application.merchant,
        amount=application.amount,
        tenor_months=application.tenor_months,
        yearly_rate_percent=application.yearly_rate_percent,
        method=application.method,
        terms=terms_of(application.bank),
        now=now,
        score=score,
    )


def state_of(application: LoanApplication) -> dict[str, Any]:
    """Return the fields that an audit entry compares, as plain values."""
    return {name: _plain(getattr(application, name)) for name in _COMPARED}


def note_step(
    application: LoanApplication,
    *,
    action: str,
    before: Mapping[str, Any],
    by: User,
    now: datetime,
    notes: str = "",
) -> None:
    """
    Save an application that moved or changed: raise its version, add the step, record both in the audit.

    `before` is `state_of` from before the change, empty for a new application.
    """
    application.version += 1
    application.updated_at = now
    application.save()
    after = state_of(application)
    changed = [name for name in after if before.get(name) != after[name]]
    detail = {
        "before": {name: before[name] for name in changed if name in before},
        "after": {name: after[name] for name in changed},
    }
    if "status" in changed:
        LoanTransition.objects.create(
            application=application,
            came_from=before.get("status", ""),
            went_to=application.status,
            notes=notes,
            detail=detail,
            by=by,
            at=now,
        )
    snapshot = _snapshot(application)
    audit.record(action, by=by, subject=application, now=now, **detail, snapshot=snapshot)


def _snapshot(application: LoanApplication) -> str:
    """Return the hash of score and checks that somebody saw when they acted."""
    score = str(application.score.code) if application.score else ""
    seen = json.dumps([score, application.assessment], sort_keys=True)
    return hashlib.sha256(seen.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value
