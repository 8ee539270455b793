"""
Whole rule sets: the starter's, one in a document, one copied from another koperasi.

A document is checked whole before anything is written, and each rule then goes the way of all changes:
with a revision of its own, or with a proposal of its own where a second person is asked for.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import InvalidInput, NotFound
from core.tenancy import tenant_scope
from koperasi_risk.access import seat_of
from koperasi_risk.domain import catalogue
from koperasi_risk.domain.rule_contents import RuleContent, content_of, from_wire, to_wire
from koperasi_risk.domain.starter import STARTER_RULES
from koperasi_risk.models import RiskRule, RuleProposal, Tenant, TenantRole
from koperasi_risk.selectors.rules import active_rules, proposals_of
from koperasi_risk.selectors.rules.contents import checked
from koperasi_risk.services.notes import checked_why
from koperasi_risk.services.proposals import State, propose
from koperasi_risk.services.rule_book import Deed, Via, erase, locked, refresh_ruleset_hash, write

__all__ = [
    "BadDocument",
    "Overwriting",
    "RulesetChange",
    "SourceNotFound",
    "copy_rules",
    "export_rules",
    "import_rules",
    "install_starter_rules",
    "read_document",
    "refresh_ruleset_hash",
]

FORMAT, FORMAT_VERSION = "saksama.koperasi.rules", 1
MAX_RULES, MAX_DOCUMENT_BYTES = 200, 1_000_000


class BadDocument(InvalidInput):
    """This is no rule set; `fields` names what is wrong where."""

    code = "bad_document"


class SourceNotFound(NotFound):
    code = "source_not_found"


@dataclass(frozen=True)
class Overwriting:
    """A rule in force, and what it is to hold instead."""

    rule: RiskRule
    before: RuleContent
    after: RuleContent


@dataclass(frozen=True)
class RulesetChange:
    """
    What a rule set does to the rules in force, or would do.

    `others` are rules that it does not name and that stay; `removed` those that go; `skipped` are factors
    that were left alone. `proposals` wait for a second person, and nothing else happened then.
    """

    added: tuple[RuleContent, ...] = ()
    changed: tuple[Overwriting, ...] = ()
    same: tuple[RiskRule, ...] = ()
    removed: tuple[RiskRule, ...] = ()
    others: tuple[RiskRule, ...] = ()
    skipped: tuple[str, ...] = ()
    proposals: tuple[RuleProposal, ...] = ()


@transaction.atomic
def install_starter_rules(
    *, tenant: Tenant, by: User | None, now: datetime, why: str = ""
) -> RulesetChange:
    """
    Add the starter rules, besides those whose factor a rule or a waiting proposal has by any name.

    Repeating adds nothing.
    """
    why = checked_why(why)
    tenant = locked(tenant)
    taken = {_meant(rule.factor) for rule in active_rules(tenant)} | {
        _meant(proposal.factor_key) for proposal in proposals_of(tenant).filter(state=State.WAITING)
    }
    starters = [content_of(rule) for rule in STARTER_RULES]
    plan = RulesetChange(
        added=tuple(content for content in starters if content.key not in taken),
        skipped=tuple(content.factor for content in starters if content.key in taken),
    )
    return _carry_out(tenant, plan, Deed(by, now, why, Via.STARTER))


def _meant(name: str) -> str:
    factor = catalogue.find(name)
    return factor.key if factor else name


def export_rules(tenant: Tenant) -> dict:
    """Return the rules in force as a document: no numbers of rows, nobody's name."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "rules": [to_wire(content_of(rule)) for rule in active_rules(tenant)],
    }


def read_document(content: bytes) -> dict:
    """Read a document from a file. Raises BadDocument for what is no JSON, or too long."""
    if len(content) > MAX_DOCUMENT_BYTES:
        raise _bad("document", _("The file is too large."))
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _bad("document", _("This is not a JSON document.")) from None


def _refuse_constant(name: str):
    raise ValueError(name)


@transaction.atomic
def import_rules(
    *,
    tenant: Tenant,
    document: Mapping,
    by: User | None,
    now: datetime,
    why: str = "",
    is_trial: bool = False,
    is_removing: bool = False,
    via: str = Via.IMPORT,
) -> RulesetChange:
    """
    Add and overwrite rules by a document; rules it does not name go only where `is_removing`.

    A trial writes nothing and says what would be done; importing the same again changes nothing.

    Raises BadDocument, naming each rule and field at fault, and ProposalWaits; nothing is written then.
    """
    why = checked_why(why)
    contents = _contents(document)
    tenant = locked(tenant)
    plan = _plan(tenant, contents, is_removing=is_removing)
    return plan if is_trial else _carry_out(tenant, plan, Deed(by, now, why, via))


@transaction.atomic
def copy_rules(
    *,
    tenant: Tenant,
    source_id: int,
    by: User,
    now: datetime,
    why: str = "",
    is_trial: bool = False,
    is_removing: bool = False,
) -> RulesetChange:
    """
    Import the rules of another koperasi, in which the person manages risks, too; see `import_rules`.

    Raises SourceNotFound for every other koperasi.
    """
    with tenant_scope(source_id):
        source = Tenant.objects.filter(pk=source_id).exclude(pk=tenant.pk).first()
        seat = seat_of(by, source) if source else None
        if seat is None or not seat.has(TenantRole.RISK_MANAGER):
            raise SourceNotFound()
        document = export_rules(source)
    return import_rules(
        tenant=tenant,
        document=document,
        by=by,
        now=now,
        why=why,
        is_trial=is_trial,
        is_removing=is_removing,
        via=Via.COPY,
    )


def _contents(document: Mapping) -> list[RuleContent]:
    """Return a document's rules, checked."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise _bad("format", _("This is not a rule set that was exported here."))
    if document.get("version") != FORMAT_VERSION:
        raise _bad("version", _("This version of the document cannot be read."))
    rules = document.get("rules")
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        message = _("A rule set is a list of at most %(limit)s rules.") % {"limit": MAX_RULES}
        raise _bad("rules", message)
    problems: dict[str, str] = {}
    contents = list(_checked_contents(rules, problems))
    if problems:
        raise BadDocument(fields=problems)
    return contents


def _checked_contents(rules: list, problems: dict[str, str]) -> Iterator[RuleContent]:
    seen = set()
    for position, words in enumerate(rules):
        place = f"rules[{position}]"
        if not isinstance(words, Mapping):
            problems[place] = _("Must be an object.")
            continue
        try:
            content = checked(from_wire(words))
        except InvalidInput as refusal:
            problems |= {f"{place}.{field}": text for field, text in refusal.fields.items()}
            continue
        if content.key in seen:
            problems[f"{place}.factor"] = _("An earlier rule of the document has this factor.")
        seen.add(content.key)
        yield content


def _bad(field: str, message: str) -> BadDocument:
    return BadDocument(message, fields={field: message})


def _plan(tenant: Tenant, contents: Iterable[RuleContent], *, is_removing: bool) -> RulesetChange:
    in_force = {rule.factor_key: rule for rule in active_rules(tenant)}
    added, changed, same = [], [], []
    for content in contents:
        rule = in_force.pop(content.key, None)
        if rule is None:
            added.append(content)
        elif content_of(rule) == content:
            same.append(rule)
        else:
            changed.append(Overwriting(rule, content_of(rule), content))
    unnamed = tuple(in_force.values())
    return RulesetChange(
        added=tuple(added),
        changed=tuple(changed),
        same=tuple(same),
        removed=unnamed if is_removing else (),
        others=() if is_removing else unnamed,
    )


def _carry_out(tenant: Tenant, plan: RulesetChange, deed: Deed) -> RulesetChange:
    steps: list[tuple[RiskRule | None, RuleContent | None]] = [
        *((rule, None) for rule in plan.removed),
        *((change.rule, change.after) for change in plan.changed),
        *((None, content) for content in plan.added),
    ]
    if tenant.rules_need_approval:
        proposals = tuple(propose(tenant, rule, content, deed) for rule, content in steps)
        return _with_proposals(plan, proposals)
    for rule, content in steps:
        write(tenant, rule, content, deed) if content else erase(tenant, rule, deed)
    return plan


def _with_proposals(plan: RulesetChange, proposals: tuple[RuleProposal, ...]) -> RulesetChange:
    return RulesetChange(**{**vars(plan), "proposals": proposals})
