"""Objections: a merchant asks that a person looks again, and a person answers."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from banking.models import LoanApplication, Objection
from banking.selectors.objections import ObjectionNotFound, may_answer, objections_for
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.outbox import announce
from merchants.models import Merchant
from scoring.models import CreditScore
from scoring.selectors import latest_score

# What we promise: an answer by a person within this time.
ANSWER_WITHIN = timedelta(days=7)
LEAST_LETTERS, MOST_LETTERS = 20, 2000


class NothingToObjectTo(NotFound):
    code = "nothing_to_object_to"
    default_message = gettext_lazy("There is no such score or decision to object to.")


class AlreadyObjected(Conflict):
    code = "objection_open"
    default_message = gettext_lazy(
        "Your objection is already open. You see the answer here as soon as it is given."
    )


class AlreadyAnswered(Conflict):
    code = "objection_answered"
    default_message = gettext_lazy("This objection was already answered.")


class DecidedItself(NotAllowed):
    code = "decided_itself"
    default_message = gettext_lazy(
        "You made this decision. Somebody else of your bank answers the objection."
    )


@transaction.atomic
def raise_objection(
    *,
    merchant: Merchant,
    by: User,
    text: str,
    code: UUID,
    now: datetime,
    application_code: str | None = None,
) -> Objection:
    """
    Object to a rejected application, or without its code to the merchant's newest score.

    `code` becomes the objection's own: sent again, it returns the first one. Of several at once, one
    is made: a decision has one open objection at a time, and so have a merchant's scores together.

    Announces `objection.raised`. Raises InvalidInput, NothingToObjectTo, AlreadyObjected.
    """
    text = _checked(text)
    # Those who object at the same time wait for each other here.
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
    if known := Objection.objects.filter(code=code).first():
        return _the_same(known, merchant)
    subject = _subject(merchant, application_code)
    if _is_open(merchant, subject):
        raise AlreadyObjected()
    objection = Objection.objects.create(
        code=code,
        merchant=merchant,
        text=text,
        opened_at=now,
        due_at=now + ANSWER_WITHIN,
        **subject,
    )
    audit.record("objection.raised", now=now, by=by, subject=objection, merchant=merchant.code)
    announce("objection.raised", objection_id=objection.pk)
    return objection


@transaction.atomic
def open_objection(*, code: UUID, by: User, now: datetime) -> Objection:
    """
    Return an objection for whoever may answer it; that its text was read goes on record.

    Raises ObjectionNotFound for one that is not theirs to read.
    """
    objection = objections_for(by).filter(code=code).first()
    if objection is None:
        raise ObjectionNotFound()
    audit.record(
        "objection.read", now=now, by=by, subject=objection, merchant=objection.merchant.code
    )
    return objection


@transaction.atomic
def answer_objection(*, code: UUID, by: User, answer: str, now: datetime) -> Objection:
    """
    Answer an objection: a bank's person one against a decision, an operator one against a score.

    Repeating the same answer changes nothing. Raises ObjectionNotFound, InvalidInput, AlreadyAnswered,
    and DecidedItself for the person who made the decision.
    """
    answer = _checked(answer, field="answer")
    objection = objections_for(by).select_for_update(of=("self",)).filter(code=code).first()
    if objection is None:
        raise ObjectionNotFound()
    if objection.status == Objection.Status.ANSWERED:
        if objection.answered_by == by and objection.answer == answer:
            return objection
        raise AlreadyAnswered()
    if not may_answer(by, objection):
        raise DecidedItself()
    objection.answer, objection.status = answer, Objection.Status.ANSWERED
    objection.answered_by, objection.answered_at = by, now
    objection.save(update_fields=["answer", "status", "answered_by", "answered_at"])
    audit.record(
        "objection.answered", now=now, by=by, subject=objection, merchant=objection.merchant.code
    )
    return objection


def _checked(text: str, *, field: str = "text") -> str:
    text = text.strip()
    if not LEAST_LETTERS <= len(text) <= MOST_LETTERS:
        message = _("Please write between %(least)s and %(most)s letters.") % {
            "least": LEAST_LETTERS,
            "most": MOST_LETTERS,
        }
        raise InvalidInput(message, fields={field: message})
    return text


def _the_same(known: Objection, merchant: Merchant) -> Objection:
    if known.merchant_id != merchant.pk:
        raise AlreadyObjected()
    return known


def _subject(
    merchant: Merchant, application_code: str | None
) -> dict[str, LoanApplication | CreditScore]:
    if application_code is None:
        score = latest_score(merchant)
        if score is None:
            raise NothingToObjectTo()
        return {"score": score}
    application = LoanApplication.objects.filter(
        merchant=merchant, code=application_code, status=LoanApplication.Status.REJECTED
    ).first()
    if application is None:
        raise NothingToObjectTo()
    return {"application": application}


def _is_open(merchant: Merchant, subject: dict) -> bool:
    """Tell whether an objection waits; a score of last night is no new reason to ask once more."""
    waiting = merchant.objections.filter(status=Objection.Status.OPEN)
    if "score" in subject:
        return waiting.exclude(score=None).exists()
    return waiting.filter(**subject).exists()
