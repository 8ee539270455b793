"""
Write in a koperasi's rule book: what a rule may be, and one way in which every change is kept.

Every change holds the koperasi's own row, so that changes come one after another: of two people who
add the same factor one is refused, and the rule set's hash is that of all the rules.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput
from core.outbox import announce
from koperasi_risk.models import Action, RiskRule, RiskRuleRevision, Tenant
from koperasi_risk.selectors.rules import key_of, rule_for, ruleset_of

Via = RiskRuleRevision.Via
MAX_WEIGHT, MAX_THRESHOLD, DECIMALS = Decimal(100), Decimal(10**15), 6
MAX_FACTOR, MAX_CATEGORY, MAX_PAYLOAD, MAX_WHY = 100, 60, 10_000, 300


class DuplicateFactor(Conflict):
    """The koperasi has a rule for this factor already; `existing` is that rule."""

    code = "duplicate_factor"

    def __init__(self, existing: RiskRule):
        self.existing = existing
        message = _("There is a rule for the factor %(factor)s already.") % {
            "factor": existing.factor
        }
        super().__init__(message, fields={"factor": message})


class RuleChanged(Conflict):
    """Somebody changed the rule since it was read; `rule` is what it is now."""

    code = "rule_changed"

    def __init__(self, rule: RiskRule, *, when: str):
        self.rule = rule
        super().__init__(
            _("%(who)s changed this rule on %(when)s. Look at it again before you change it.")
            % {"who": rule.updated_by or "Saksama", "when": when}
        )


@dataclass(frozen=True)
class RuleContent:
    """What somebody writes into a rule. `auto_action` is one of Action."""

    factor: str
    weight: Decimal
    threshold: Decimal
    risk_category: str
    auto_action: str
    action_payload: Mapping | None = None

    @property
    def key(self) -> str:
        return key_of(self.factor)


@dataclass(frozen=True)
class Deed:
    """Who changes rules, when, why and by way of what; `approved_by` where a second person agreed."""

    by: User | None
    now: datetime
    why: str = ""
    via: str = Via.API
    approved_by: User | None = None


def content_of(rule: RiskRule) -> RuleContent:
    """Return what is written in a rule."""
    return RuleContent(
        factor=rule.factor,
        weight=rule.weight,
        threshold=rule.threshold,
        risk_category=rule.risk_category,
        auto_action=rule.auto_action,
        action_payload=rule.action_payload,
    )


def to_wire(content: RuleContent) -> dict:
    """Return a content in the words of the wire: kept in revisions, proposals and exports."""
    words = {
        "factor": content.factor,
        "weight": _number_on_the_wire(content.weight),
        "threshold": _number_on_the_wire(content.threshold),
        "risk_category": content.risk_category,
        "auto_action": content.auto_action.lower(),
    }
    if content.action_payload is not None:
        words["action_payload"] = dict(content.action_payload)
    return words


def from_wire(words: Mapping) -> RuleContent:
    """Return the content that these words say, unchecked: see `checked`."""
    action = words.get("auto_action")
    return RuleContent(
        factor=words.get("factor"),
        weight=words.get("weight"),
        threshold=words.get("threshold"),
        risk_category=words.get("risk_category"),
        auto_action=action.upper() if isinstance(action, str) and action.islower() else action,
        action_payload=words.get("action_payload"),
    )


def _number_on_the_wire(value: Decimal) -> int | float | str:
    # Text only where a float would not give the same digits back.
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value.normalize())


def checked(content: RuleContent) -> RuleContent:
    """Return a content that may be written, trimmed. Raises InvalidInput naming every field at fault."""
    problems: dict[str, str] = {}
    found = {}
    checks = {
        "factor": lambda value: _text(value, most=MAX_FACTOR),
        "weight": lambda value: _number(value, least=Decimal(0), most=MAX_WEIGHT),
        "threshold": lambda value: _number(value, least=-MAX_THRESHOLD, most=MAX_THRESHOLD),
        "risk_category": lambda value: _text(value, most=MAX_CATEGORY),
        "auto_action": _action,
        "action_payload": _payload,
    }
    for field, check in checks.items():
        try:
            found[field] = check(getattr(content, field))
        except ValueError as problem:
            problems[field] = str(problem)
    if problems:
        raise InvalidInput(fields=problems)
    return replace(content, **found)


def _text(value, *, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError(_("Must be text."))
    text = value.strip()
    if not text:
        raise ValueError(_("Must not be blank."))
    if not _can_be_kept(text):
        raise ValueError(_("Holds a character that cannot be kept."))
    # Lower case may be longer than the text itself: "İ".
    if max(len(text), len(text.lower())) > most:
        raise ValueError(_("Has at most %(limit)s characters.") % {"limit": most})
    return text


def _can_be_kept(text: str) -> bool:
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _number(value, *, least: Decimal, most: Decimal) -> Decimal:
    number = _decimal(value)
    if not least <= number <= most:
        limits = {"least": f"{least:f}", "most": f"{most:f}"}
        raise ValueError(_("Must be from %(least)s to %(most)s.") % limits)
    if number != round(number, DECIMALS):
        raise ValueError(_("Has at most %(limit)s decimals.") % {"limit": DECIMALS})
    return number


def _decimal(value) -> Decimal:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(_("Must be a number."))
    return number


def _action(value) -> Action:
    if value not in Action.values:
        raise ValueError(_("Must be approve, manual_review or reject."))
    return Action(value)


def _payload(value) -> dict | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError(_("Must be an object or null."))
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(_("Holds a value that cannot be kept.")) from None
    if len(text) > MAX_PAYLOAD:
        raise ValueError(_("Has at most %(limit)s characters.") % {"limit": MAX_PAYLOAD})
    if not _can_be_kept(_all_text(json.loads(text))):
        raise ValueError(_("Holds a character that cannot be kept."))
    return json.loads(text)


def _all_text(value) -> str:
    if isinstance(value, dict):
        return "".join(map(_all_text, [*value.keys(), *value.values()]))
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    return value if isinstance(value, str) else ""


def checked_why(why: str, *, is_required: bool = False) -> str:
    """Return a reason, trimmed. Raises InvalidInput for one that is too long, or missing."""
    if not why.strip() and is_required:
        raise InvalidInput(fields={"why": _("Say why.")})
    return checked_note(why, field="why")


def checked_note(note: str, *, field: str = "note") -> str:
    """Return a note, trimmed; it may be empty. Raises InvalidInput."""
    try:
        return _text(note, most=MAX_WHY) if note.strip() else ""
    except ValueError as problem:
        raise InvalidInput(fields={field: str(problem)}) from None


def locked(tenant: Tenant | int) -> Tenant:
    """Hold a koperasi's own row until the transaction ends, and return it as it is now."""
    rows = Tenant.objects.select_related("organisation")
    pk = getattr(tenant, "pk", tenant)
    return rows.select_for_update(of=("self",), no_key=True).get(pk=pk)


def refuse_a_duplicate(tenant: Tenant, content: RuleContent, *, besides: RiskRule | None) -> None:
    """Raise DuplicateFactor where another rule in force has this factor's name."""
    existing = rule_for(tenant, content.factor)
    if existing and existing != besides:
        raise DuplicateFactor(existing)


def refuse_another_version(tenant: Tenant, rule: RiskRule, base_version: int | None) -> None:
    """Raise RuleChanged where the rule is not what somebody read; None is whoever did not read."""
    if base_version is not None and rule.version != base_version:
        at = rule.updated_at.astimezone(ZoneInfo(tenant.time_zone))
        raise RuleChanged(rule, when=f"{at:%d/%m/%Y %H.%M}")


def write(tenant: Tenant, rule: RiskRule | None, content: RuleContent, deed: Deed) -> RiskRule:
    """
    Write a checked content into a rule, or into a new one, and keep what it was before.

    A deleted rule comes back to life. The caller holds the koperasi's row and refused duplicates.
    """
    before = content_of(rule) if rule and not rule.deleted_at else None
    if rule is None:
        rule = RiskRule(tenant=tenant, version=0, created_at=deed.now, created_by=deed.by)
    for field in ("factor", "weight", "threshold", "risk_category", "auto_action"):
        setattr(rule, field, getattr(content, field))
    rule.action_payload = content.action_payload
    rule.factor_key, rule.deleted_at = content.key, None
    return _keep(tenant, rule, before, content, deed)


def erase(tenant: Tenant, rule: RiskRule, deed: Deed) -> RiskRule:
    """Take a rule out of force: its factor is free again, its history stays."""
    rule.deleted_at = deed.now
    return _keep(tenant, rule, content_of(rule), None, deed)


def _keep(
    tenant: Tenant,
    rule: RiskRule,
    before: RuleContent | None,
    after: RuleContent | None,
    deed: Deed,
) -> RiskRule:
    rule.version += 1
    rule.updated_at, rule.updated_by = deed.now, deed.by
    rule.save()
    RiskRuleRevision.objects.create(
        tenant=tenant,
        rule=rule,
        version=rule.version,
        before=before and to_wire(before),
        after=after and to_wire(after),
        by=deed.by,
        approved_by=deed.approved_by,
        at=deed.now,
        why=deed.why,
        via=deed.via,
    )
    _tell(tenant, rule, before, after, deed)
    refresh_ruleset_hash(tenant)
    return rule


def _tell(tenant: Tenant, rule: RiskRule, before, after, deed: Deed) -> None:
    verb = "deleted" if after is None else "added" if before is None else "changed"
    audit.record(
        f"risk_rule.{verb}",
        now=deed.now,
        by=deed.by,
        subject=tenant.organisation,
        reason=deed.why,
        rule_id=rule.pk,
        version=rule.version,
        via=str(deed.via),
        approved_by=str(deed.approved_by.code) if deed.approved_by else None,
    )
    announce("koperasi.rules_changed", tenant_id=tenant.pk, rule_id=rule.pk)


def refresh_ruleset_hash(tenant: Tenant) -> str:
    """Note what the rules and settings of the koperasi come to; results under another hash are stale."""
    tenant.ruleset_hash = ruleset_of(tenant).hash
    Tenant.objects.filter(pk=tenant.pk).update(ruleset_hash=tenant.ruleset_hash)
    return tenant.ruleset_hash
