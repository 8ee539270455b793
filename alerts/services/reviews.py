"""What people make of a warning: each bank for itself, and the merchant's owner."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import BANK_ROLES, User
from alerts.models import BankReview, EarlyWarning
from alerts.selectors.warnings import WarningNotFound, seen_by
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed
from merchants.models import Merchant

State, Status = BankReview.State, EarlyWarning.Status
MAX_NOTE = 2000


class OnlyForBanks(NotAllowed):
    code = "only_for_banks"


class NoteRequired(InvalidInput):
    code = "note_required"


class NoteTooLong(InvalidInput):
    code = "note_too_long"


class WarningResolved(Conflict):
    code = "warning_resolved"


@transaction.atomic
def review_warning(
    *, code: uuid.UUID | str, state: str, note: str, by: User, now: datetime
) -> BankReview:
    """
    Add what a bank's person makes of an open warning; the newest review of their bank stands.

    The same person saying the same again gets the review that stands. Other banks and the merchant
    never see it.

    Raises OnlyForBanks, WarningNotFound, NoteRequired (to resolve takes a reason), NoteTooLong, and
    WarningResolved when a scan has closed the warning.
    """
    if by.role not in BANK_ROLES or by.organisation_id is None:
        raise OnlyForBanks(_("Only people of a bank review warnings."))
    note = _checked_note(note, state=State(state))
    warning = _lock(code, by=by)
    standing = _standing_review(warning, bank_id=by.organisation_id)
    if standing and (standing.state, standing.note, standing.by_id) == (state, note, by.pk):
        return standing
    review = BankReview.objects.create(
        warning=warning, bank_id=by.organisation_id, state=state, note=note, by=by, at=now
    )
    audit.record("warning.reviewed", now=now, by=by, subject=warning, state=str(state))
    return review


@transaction.atomic
def acknowledge_warning(
    *, merchant: Merchant, code: uuid.UUID | str, now: datetime
) -> EarlyWarning:
    """
    Note that the merchant's owner has seen a warning; a worsened one can be seen anew.

    Repeating is safe. Raises WarningNotFound for another merchant's, alike with one that is not.
    """
    warning = merchant.warnings.select_for_update(no_key=True).filter(code=code).first()
    if warning is None:
        raise WarningNotFound()
    unseen = Q(acknowledged_at=None) | Q(acknowledged_at__lt=F("worsened_at"))
    if merchant.warnings.filter(unseen, pk=warning.pk).update(acknowledged_at=now):
        warning.acknowledged_at = now
        audit.record("warning.acknowledged", now=now, by=merchant.owner, subject=warning)
    return warning


def _checked_note(note: str, *, state: State) -> str:
    note = note.strip()
    if state == State.RESOLVED and not note:
        message = _("Say in a note why this is resolved.")
        raise NoteRequired(message, fields={"note": message})
    if len(note) > MAX_NOTE:
        message = _("A note has at most %(limit)s characters.") % {"limit": MAX_NOTE}
        raise NoteTooLong(message, fields={"note": message})
    return note


def _lock(code: uuid.UUID | str, *, by: User) -> EarlyWarning:
    # Of reviews at once, each gets its number only after the one before has committed.
    warning = seen_by(by).select_for_update(of=("self",), no_key=True).filter(code=code).first()
    if warning is None:
        raise WarningNotFound()
    if warning.status == Status.RESOLVED:
        raise WarningResolved(_("A scan has closed this warning already: the condition is gone."))
    return warning


def _standing_review(warning: EarlyWarning, *, bank_id: int) -> BankReview | None:
    newest = warning.reviews.filter(bank=bank_id, at__gte=warning.worsened_at).order_by("-pk")
    return newest.first()
