"""Everything that is kept of a shop but its sales, for its owner to take home."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role, User
from alerts.selectors import warnings_of
from alerts.wording import warning_text
from banking.models import LoanApplication
from banking.selectors.objections import objections_of
from core import audit
from core.api.limits import stay_within
from core.dates import business_day
from core.request_context import client_address
from merchants.models import Merchant
from merchants.selectors import consents_of, merchant_of
from scoring.wording import reason_text

ROWS_PER_FETCH = 500


@require_GET
@for_roles(Role.MERCHANT)
def download(request: HttpRequest) -> StreamingHttpResponse:
    """The owner's data as one JSON file, written down in the audit log."""
    stay_within(scope="heavy", caller=str(request.user.code))
    now, merchant = timezone.now(), merchant_of(request.user)
    audit.record(
        "merchant.data_downloaded",
        now=now,
        by=request.user,
        subject=merchant,
        address=client_address(request),
    )
    name = f"saksama-{merchant.code}-{business_day(now)}.json"
    return StreamingHttpResponse(
        own_data(merchant, request.user, now=now),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def own_data(merchant: Merchant, owner: User, *, now: datetime) -> Iterator[str]:
    """Yield the file piece by piece: ten years of scores take no more memory than ten."""
    # When the pieces are sent, the request's language is no longer the active one.
    with override(owner.language):
        yield from _pieces(merchant, owner, now=now)


def _pieces(merchant: Merchant, owner: User, *, now: datetime) -> Iterator[str]:
    yield f'{{\n"downloadedAt": {_json(now)},\n"profile": {_json(_profile(merchant, owner))}'
    for name, rows in _chapters(merchant, owner):
        yield f',\n"{name}": ['
        for place, row in enumerate(rows):
            yield f"{',' if place else ''}\n{_json(row)}"
        yield "\n]"
    yield "\n}\n"


def _chapters(merchant: Merchant, owner: User) -> Iterator[tuple[str, Iterable[dict]]]:
    yield "consents", map(_consent, consents_of(merchant))
    yield "scores", map(_score, _long(merchant.credit_scores.defer("series").order_by("pk")))
    yield "warnings", map(_warning, _long(warnings_of(merchant, only_open=False)))
    yield "loanApplications", map(_loan, _loans(owner))
    yield "objections", map(_objection, objections_of(merchant))


def _long(rows):
    return rows.iterator(chunk_size=ROWS_PER_FETCH)


def _loans(owner: User):
    own = LoanApplication.objects.visible_to(owner).select_related("bank")
    return own.prefetch_related("installments", "repayments").order_by("pk")


def _profile(merchant: Merchant, owner: User) -> dict:
    names = ("code", "company_name", "city", "category", "scale", "joined_at")
    # Decrypted: they are the owner's own.
    personal = ("phone", "address", "tax_id", "national_id")
    return _fields(merchant, *names, *personal) | {
        "owner": {"full_name": owner.full_name, "email": owner.email}
    }


def _consent(consent) -> dict:
    names = ("code", "scope", "text_version", "granted_at", "valid_until", "withdrawn_at")
    return _fields(consent, *names)


def _score(score) -> dict:
    names = ("as_of", "points", "risk_band", "min_limit", "max_limit", "data_quality")
    return _fields(score, *names, "measurements", "policy_version") | {
        "reasons": [reason_text(reason) for reason in score.reasons]
    }


def _warning(warning) -> dict:
    names = ("code", "kind", "severity", "status", "detected_at", "resolved_at", "acknowledged_at")
    return _fields(warning, *names) | {"text": warning_text(warning)}


def _loan(loan) -> dict:
    names = ("code", "status", "amount", "tenor_months", "yearly_rate_percent", "method", "purpose")
    dates = ("submitted_at", "decided_at", "decision_reasons", "disbursed_at", "repaid_at")
    amounts = ("points_at_application", "approved_amount", "disbursed_amount")
    due = ("number", "due_date", "principal", "interest", "paid_amount", "paid_on")
    return _fields(loan, *names, *dates, *amounts) | {
        "bank": loan.bank.name,
        "installments": [_fields(row, *due) for row in loan.installments.all()],
        "repayments": [_fields(row, "amount", "paid_on") for row in loan.repayments.all()],
    }


def _objection(objection) -> dict:
    names = ("code", "status", "text", "answer", "opened_at", "due_at", "answered_at")
    about = objection.application.code if objection.application else "score"
    return _fields(objection, *names) | {"about": about}


def _fields(row, *names: str) -> dict:
    return {name: getattr(row, name) for name in names}


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(type(value))
