"""Everything that changes merchants and what they consented to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.services.people import add_person
from core import audit
from core.errors import InvalidInput, NotFound
from core.outbox import announce
from merchants.domain.phones import to_e164
from merchants.models import Consent, Merchant

# The words that merchants agree to today, and for how long.
CONSENT_TEXT_VERSION = "2026-01"
CONSENT_LIFETIME = timedelta(days=5 * 365)


class InvalidPhone(InvalidInput):
    code = "validation_failed"


class ConsentNotFound(NotFound):
    code = "consent_not_found"


@dataclass(frozen=True)
class Registration:
    """What somebody tells us to become a merchant; the phone as they typed it."""

    email: str
    password: str
    full_name: str
    company_name: str
    city: str
    address: str
    phone: str


@transaction.atomic
def register_merchant(
    *, registration: Registration, now: datetime, caller_address: str | None = None
) -> Merchant:
    """
    Make a person, their shop and its consent for partner banks, all or nothing.

    Announces `merchant.registered`. Raises EmailTaken, WeakPassword, InvalidPhone.
    """
    phone = _checked_phone(registration.phone)
    owner = User(email=registration.email, full_name=registration.full_name, role=Role.MERCHANT)
    # Names its owner before both are saved, so that the password may not be the shop's name.
    merchant = Merchant(
        owner=owner,
        company_name=registration.company_name,
        city=registration.city,
        address=registration.address,
        phone=phone,
        joined_at=now,
    )
    merchant.owner = add_person(user=owner, password=registration.password)
    merchant.save(force_insert=True)
    _add_consent(merchant=merchant, now=now)
    audit.record("merchant.registered", now=now, by=owner, subject=merchant, address=caller_address)
    announce("merchant.registered", merchant_id=merchant.pk)
    return merchant


@transaction.atomic
def grant_consent(*, merchant: Merchant, by: User, now: datetime) -> tuple[Consent, bool]:
    """
    Let partner banks see a merchant; return the consent and whether it is new.

    Repeating is safe: a consent that stands is returned as it is.
    """
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
    standing = merchant.consents.standing().order_by("-pk").first()
    if standing:
        return standing, False
    consent = _add_consent(merchant=merchant, now=now)
    audit.record("consent.granted", now=now, by=by, subject=consent, merchant=merchant.code)
    return consent, True


@transaction.atomic
def withdraw_consent(*, merchant: Merchant, code: UUID, by: User, now: datetime) -> Consent:
    """
    Withdraw a consent of this merchant: banks stop seeing it at once. Repeating changes nothing.

    Announces `consent.withdrawn`. Raises ConsentNotFound.
    """
    # Claim by condition: of several clicks exactly one withdraws.
    own = Consent.objects.filter(merchant=merchant, code=code)
    claimed = own.filter(withdrawn_at=None).update(withdrawn_at=now)
    consent = own.first()
    if consent is None:
        raise ConsentNotFound(_("Consent not found"))
    if claimed:
        audit.record("consent.withdrawn", now=now, by=by, subject=consent, merchant=merchant.code)
        announce("consent.withdrawn", merchant_id=merchant.pk, consent_id=consent.pk)
    return consent


def _add_consent(*, merchant: Merchant, now: datetime) -> Consent:
    return Consent.objects.create(
        merchant=merchant,
        text_version=CONSENT_TEXT_VERSION,
        granted_at=now,
        valid_until=now + CONSENT_LIFETIME,
    )


def _checked_phone(text: str) -> str:
    try:
        return to_e164(text)
    except ValueError as error:
        message = _("Phone number must be valid (Indonesia)")
        raise InvalidPhone(fields={"phoneNumber": message}) from error
