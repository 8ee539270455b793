"""Applications are made and, while they are drafts, changed."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from banking.domain import pipeline
from banking.models import LoanApplication
from banking.models.loans import new_application_code
from banking.selectors.loans import terms_of, visible_merchant
from banking.services import moves
from banking.services.lending import (
    LONGEST_PURPOSE,
    checked_amount,
    checked_method,
    checked_rate,
    checked_tenor,
    checked_text,
    freeze,
    locked_application,
    note_step,
    overtaken,
    require_bank_person,
    require_consent,
    require_version,
    state_of,
)
from core.errors import Conflict, InvalidInput

_CODE = re.compile(r"LA-[0-9A-Z-]{4,47}")
_CHANGEABLE = (
    "amount",
    "recommended_amount",
    "tenor_months",
    "yearly_rate_percent",
    "method",
    "purpose",
)


class InvalidCode(InvalidInput):
    code = "invalid_application_code"


class CodeTaken(Conflict):
    code = "code_taken"


class NotADraft(Conflict):
    code = "not_a_draft"


@transaction.atomic
def make_application(
    *,
    by: User,
    merchant_code: str,
    amount: Decimal,
    tenor_months: int,
    now: datetime,
    yearly_rate_percent: Decimal | None = None,
    method: str | None = None,
    purpose: str = "",
    recommended_amount: Decimal | None = None,
    submit: bool = False,
    code: str | None = None,
) -> LoanApplication:
    """
    Make an application of this person's bank, as a draft or submitted at once.

    The bank's terms give rate and method where none are named; score and checks are frozen. A `code`
    (`LA-…`) makes the call repeatable: the second returns the application of the first.

    Raises NotABankPerson, MerchantNotFound (also without consent), InvalidFigure, InvalidCode, and
    CodeTaken when the code was used with other figures.
    """
    require_bank_person(by)
    terms = terms_of(by.organisation)
    figures = _checked(
        amount=amount,
        tenor_months=tenor_months,
        yearly_rate_percent=_or(yearly_rate_percent, terms.yearly_rate_percent),
        method=method or terms.method,
        purpose=purpose,
        recommended_amount=recommended_amount,
    )
    if code is None:
        code = new_application_code()
    elif not _CODE.fullmatch(code):
        raise InvalidCode(_("This is no number of an application."))
    elif known := _known(code):
        return _the_same(known, by, merchant_code, figures)
    merchant = visible_merchant(by, code=merchant_code)
    try:
        with transaction.atomic():
            return _make(by, merchant, figures, now, submit, code)
    except IntegrityError:
        # Made at the same instant under the same code.
        if known := _known(code):
            return _the_same(known, by, merchant_code, figures)
        raise


@transaction.atomic
def edit_application(
    *, code: str, by: User, version: int | None, now: datetime, **changes: Any
) -> LoanApplication:
    """
    Change figures or purpose of a draft; score and checks become those of `now`.

    `changes` may name amount, recommended_amount, tenor_months, yearly_rate_percent, method, purpose.
    Nothing happens when nothing changes. Raises NotABankPerson, ApplicationNotFound, NotADraft,
    ChangedMeanwhile, ConsentWithdrawn, InvalidFigure.
    """
    application = locked_application(by=by, code=code)
    if application.status != pipeline.DRAFT:
        if application.decided_by_id:
            raise overtaken(application)
        raise NotADraft(_("Only a draft can be changed."))
    require_version(application, version)
    require_consent(application)
    figures = _checked(**changes)
    changed = [name for name in figures if getattr(application, name) != figures[name]]
    if not changed:
        return application
    before = state_of(application)
    for name in changed:
        setattr(application, name, figures[name])
    freeze(application, now=now)
    note_step(application, action="loan.edited", before=before, by=by, now=now)
    return application


def _make(by, merchant, figures, now, is_submitted, code) -> LoanApplication:
    application = LoanApplication(
        code=code,
        bank=by.organisation,
        merchant=merchant,
        made_by=by,
        made_at=now,
        version=0,
        **figures,
    )
    freeze(application, now=now)
    note_step(application, action="loan.made", before={}, by=by, now=now)
    if is_submitted:
        moves.submit(application, by=by, now=now)
    return application


def _known(code: str) -> LoanApplication | None:
    return LoanApplication.objects.select_related("merchant", "bank").filter(code=code).first()


def _the_same(known: LoanApplication, by: User, merchant_code: str, figures) -> LoanApplication:
    is_ours = known.bank_id == by.organisation_id and known.merchant.code == merchant_code
    if not is_ours or any(getattr(known, name) != figures[name] for name in _CHANGEABLE):
        raise CodeTaken(_("This application was made already, with other figures."))
    return known


def _or(value, otherwise):
    return otherwise if value is None else value


def _checked(**figures: Any) -> dict[str, Any]:
    """Return the figures as they are stored. Raises InvalidFigure, TypeError for a name unknown."""
    return {name: _CHECKS[name](value) for name, value in _named(figures).items()}


def _named(figures: dict[str, Any]) -> dict[str, Any]:
    if unknown := figures.keys() - set(_CHANGEABLE):
        raise TypeError(f"nobody changes {', '.join(sorted(unknown))}")
    return figures


def _recommended(value: Any) -> Decimal | None:
    return None if value is None else checked_amount(value, field="recommended_amount")


_CHECKS = {
    "amount": lambda value: checked_amount(value, field="amount"),
    "recommended_amount": _recommended,
    "tenor_months": checked_tenor,
    "yearly_rate_percent": checked_rate,
    "method": checked_method,
    "purpose": lambda value: checked_text(value, field="purpose", longest=LONGEST_PURPOSE),
}
