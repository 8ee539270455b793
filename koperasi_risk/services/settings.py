"""What a koperasi lends and scores by is set here."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import InvalidInput
from core.outbox import announce
from koperasi_risk.models import Member, Tenant
from koperasi_risk.services.changes import note_change
from koperasi_risk.services.notes import checked_why
from koperasi_risk.services.rule_book import locked, refresh_ruleset_hash

# What rules are counted by, what members' factors are computed from, and the rest.
COUNTED_BY = {"use_score_bands", "category_multipliers"}
COMPUTED_FROM = {
    "time_zone",
    "principal_savings_amount",
    "mandatory_savings_amount",
    "mandatory_savings_due_day",
    "mandatory_savings_since",
    "own_capital",
    "collectability_preset",
    "grace_days",
    "unsecured_limit",
    "required_documents",
}
SETTINGS = COUNTED_BY | COMPUTED_FROM | {"kind", "rules_need_approval"}
MAX_MULTIPLIER, MAX_CATEGORIES = Decimal(10), 50


@transaction.atomic
def save_settings(
    *, tenant: Tenant, by: User | None, now: datetime, why: str = "", **changes
) -> Tenant:
    """
    Change settings of a koperasi, named as the columns of Tenant. What is there already changes nothing.

    Results are stale from then on where their score may be another. Raises InvalidInput by field.
    """
    assert changes.keys() <= SETTINGS, f"no settings: {changes.keys() - SETTINGS}"
    why = checked_why(why)
    tenant = locked(tenant)
    news = {
        name: value
        for name, value in _checked(tenant, changes).items()
        if value != getattr(tenant, name)
    }
    if not news:
        return tenant
    detail = {name: [str(getattr(tenant, name)), str(value)] for name, value in news.items()}
    for name, value in news.items():
        setattr(tenant, name, value)
    tenant.save(update_fields=list(news))
    audit.record(
        "koperasi.set", now=now, by=by, subject=tenant.organisation, reason=why, changes=detail
    )
    _follow(tenant, news.keys(), now=now)
    return tenant


def _checked(tenant: Tenant, changes: Mapping) -> dict:
    problems, found = {}, {}
    for name, value in changes.items():
        try:
            cleaned = Tenant._meta.get_field(name).clean(value, tenant)
            found[name] = EXTRA_CHECKS.get(name, _unchanged)(cleaned)
        except ValidationError as problem:
            problems[name] = " ".join(problem.messages)
    if problems:
        raise InvalidInput(fields=problems)
    return found


def _unchanged(value):
    return value


def _multipliers(value: dict) -> dict[str, str]:
    """Return how often each category counts, under its name in lower case."""
    if not isinstance(value, Mapping) or len(value) > MAX_CATEGORIES:
        raise ValidationError(_("Must be an object of categories and numbers."))
    found = {
        str(name).strip().lower(): format(_times(times).normalize(), "f")
        for name, times in value.items()
    }
    if any(not name or len(name) > 60 or "\0" in name for name in found):
        raise ValidationError(_("A category has from 1 to 60 characters."))
    return found


def _times(value) -> Decimal:
    try:
        times = Decimal(str(value))
    except InvalidOperation:
        times = Decimal("NaN")
    if not times.is_finite() or not 0 <= times <= MAX_MULTIPLIER or times != round(times, 6):
        message = _("A multiplier is a number from 0 to %(most)s.") % {"most": MAX_MULTIPLIER}
        raise ValidationError(message)
    return times


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValidationError(_("There is no such time zone."))
    return value


EXTRA_CHECKS = {"category_multipliers": _multipliers, "time_zone": _time_zone}


def _follow(tenant: Tenant, changed, *, now: datetime) -> None:
    if changed & COUNTED_BY:
        refresh_ruleset_hash(tenant)
        announce("koperasi.rules_changed", tenant_id=tenant.pk, rule_id=None)
    if changed & COMPUTED_FROM:
        present = Member.objects.of(tenant).exclude(status=Member.Status.LEFT)
        note_change(tenant, present.values_list("pk", flat=True), now=now)
