import json

import pytest

from core.errors import InvalidInput
from core.models import AuditEntry, OutboxEvent
from koperasi_risk.models import Member, RiskRule, RiskRuleRevision, RuleProposal, TenantRole
from koperasi_risk.selectors.rules import active_rules, ruleset_of
from koperasi_risk.services.proposals import ProposalWaits
from koperasi_risk.services.rulesets import (
    BadDocument,
    SourceNotFound,
    copy_rules,
    export_rules,
    import_rules,
    install_starter_rules,
    read_document,
)
from koperasi_risk.services.settings import save_settings
from koperasi_risk.tests.factories import NOON, a_koperasi, a_member, a_rule

DOCUMENT = {
    "format": "saksama.koperasi.rules",
    "version": 1,
    "rules": [
        {
            "factor": "dsr",
            "weight": 12.5,
            "threshold": 35,
            "risk_category": "tinggi",
            "auto_action": "reject",
            "action_payload": {"tiers": []},
        },
        {
            "factor": "max_dpd_current",
            "weight": 10,
            "threshold": 0,
            "risk_category": "sedang",
            "auto_action": "manual_review",
        },
    ],
}


def take_in(tenant, by=None, document=DOCUMENT, **asked):
    return import_rules(tenant=tenant, document=document, by=by, now=NOON, **asked)


def factors(tenant) -> list[str]:
    return [rule.factor for rule in active_rules(tenant)]


def test_starter_rules_leave_factors_in_use_alone_by_any_name(mekar, wayan):
    a_rule(mekar, "Loan_Count")

    installed = install_starter_rules(tenant=mekar, by=wayan, now=NOON)
    again = install_starter_rules(tenant=mekar, by=wayan, now=NOON)

    assert installed.skipped == ("active_loan_count",)
    assert len(installed.added) == 10
    assert again.added == ()
    assert RiskRuleRevision.objects.filter(via="STARTER").count() == 10


def test_a_rule_set_goes_out_and_comes_back_the_same(mekar):
    take_in(mekar)

    assert export_rules(mekar) == DOCUMENT
    assert len(take_in(mekar, document=json.loads(json.dumps(export_rules(mekar)))).same) == 2
    assert RiskRuleRevision.objects.count() == 2


def test_an_import_adds_and_overwrites_and_removes_only_where_told(mekar):
    kept, gone = a_rule(mekar, "max_dpd_current", weight=1), a_rule(mekar, "document_completeness")

    change = take_in(mekar)
    assert [content.factor for content in change.added] == ["dsr"]
    assert [(one.rule, one.after.weight) for one in change.changed] == [(kept, 10)]
    assert (change.removed, change.others) == ((), (gone,))
    assert take_in(mekar, is_removing=True).removed == (gone,)
    assert factors(mekar) == ["max_dpd_current", "dsr"]


def test_a_trial_says_what_would_be_done_and_does_nothing(mekar):
    trial = take_in(mekar, is_trial=True)

    assert len(trial.added) == 2
    assert not RiskRule.objects.exists()


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ([], ["format"]),
        ({"format": "other"}, ["format"]),
        (DOCUMENT | {"version": 2}, ["version"]),
        (DOCUMENT | {"rules": {}}, ["rules"]),
        (DOCUMENT | {"rules": [{}] * 201}, ["rules"]),
        (DOCUMENT | {"rules": ["x", *DOCUMENT["rules"]]}, ["rules[0]"]),
        (DOCUMENT | {"rules": DOCUMENT["rules"] * 2}, ["rules[2].factor", "rules[3].factor"]),
        (
            DOCUMENT | {"rules": [DOCUMENT["rules"][0] | {"weight": -1, "threshold": None}]},
            ["rules[0].weight", "rules[0].threshold"],
        ),
    ],
)
def test_a_document_with_faults_is_refused_whole(mekar, document, fields):
    with pytest.raises(BadDocument) as refusal:
        take_in(mekar, document=document)

    assert list(refusal.value.fields) == fields
    assert not RiskRule.objects.exists()


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"x": NaN}', b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused(content):
    with pytest.raises(BadDocument):
        read_document(content)


def test_each_rule_waits_by_itself_where_a_second_person_is_asked_for(mekar, wayan):
    save_settings(tenant=mekar, by=None, now=NOON, rules_need_approval=True)

    change = take_in(mekar, wayan, why="dari pusat")

    assert [proposal.via for proposal in change.proposals] == ["IMPORT", "IMPORT"]
    assert not RiskRule.objects.exists()
    with pytest.raises(ProposalWaits):
        take_in(mekar, wayan)
    assert RuleProposal.objects.count() == 2
    assert "max_dpd_current" in install_starter_rules(tenant=mekar, by=wayan, now=NOON).skipped


def test_rules_are_copied_from_a_koperasi_in_which_one_manages_risks_too(mekar, wayan):
    with a_koperasi("KSP Saudara", wayan) as source:
        take_in(source)

    copy_rules(tenant=mekar, source_id=source.pk, by=wayan, now=NOON)

    assert factors(mekar) == ["dsr", "max_dpd_current"]
    assert RiskRuleRevision.objects.of(mekar).filter(via="COPY").count() == 2


def test_rules_of_other_koperasi_are_not_found(mekar, wayan):
    with a_koperasi("KSP Lain", wayan, roles=[TenantRole.BOARD]) as other:
        take_in(other)

    for source_id in (other.pk, mekar.pk, 0, 999_999):
        with pytest.raises(SourceNotFound):
            copy_rules(tenant=mekar, source_id=source_id, by=wayan, now=NOON)
    assert not active_rules(mekar)


def test_the_hash_follows_rules_and_settings_in_the_same_step(mekar):
    take_in(mekar)
    mekar.refresh_from_db()
    first = mekar.ruleset_hash
    assert first == ruleset_of(mekar).hash

    mekar = save_settings(tenant=mekar, by=None, now=NOON, use_score_bands=True)

    assert mekar.ruleset_hash == ruleset_of(mekar).hash != first


def test_settings_are_changed_with_a_trace(mekar, wayan):
    save_settings(
        tenant=mekar,
        by=wayan,
        now=NOON,
        why="rapat pengurus",
        category_multipliers={" Tinggi ": 1.5},
        use_score_bands=False,
    )

    entry = AuditEntry.objects.get()
    assert entry.detail == {"changes": {"category_multipliers": ["{}", "{'tinggi': '1.5'}"]}}
    assert (entry.action, entry.reason) == ("koperasi.set", "rapat pengurus")
    mekar.refresh_from_db()
    assert mekar.category_multipliers == {"tinggi": "1.5"}


def test_what_factors_are_computed_from_makes_members_stale(mekar):
    member, gone = a_member(mekar), a_member(mekar, status="LEFT")
    later = NOON.replace(hour=9)

    save_settings(tenant=mekar, by=None, now=later, collectability_preset="BPR")

    news = OutboxEvent.objects.get()
    assert news.topic == "koperasi.members_changed"
    assert news.payload == {"tenant_id": mekar.pk, "member_ids": [member.pk]}
    changed = dict(Member.objects.of(mekar).values_list("pk", "changed_at"))
    assert changed == {member.pk: later, gone.pk: NOON}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("category_multipliers", []),
        ("category_multipliers", {"tinggi": -1}),
        ("category_multipliers", {"tinggi": "NaN"}),
        ("category_multipliers", {" ": 1}),
        ("collectability_preset", "X"),
        ("mandatory_savings_due_day", 31),
        ("time_zone", "Asia/Bandung"),
        ("required_documents", ["PASPOR"]),
        ("grace_days", None),
    ],
)
def test_settings_that_cannot_be_are_refused(mekar, name, value):
    with pytest.raises(InvalidInput) as refusal:
        save_settings(tenant=mekar, by=None, now=NOON, **{name: value})

    assert list(refusal.value.fields) == [name]
