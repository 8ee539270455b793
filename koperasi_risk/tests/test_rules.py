from decimal import Decimal

import pytest

from accounts.tests.people import at_once
from core.errors import InvalidInput
from core.models import AuditEntry, OutboxEvent
from core.tenancy import tenant_scope
from koperasi_risk.models import RiskRule, RiskRuleRevision
from koperasi_risk.selectors.rules import RuleFilter, RuleNotFound, active_rules, rules_page
from koperasi_risk.services.rules import (
    DuplicateFactor,
    RuleChanged,
    RuleContent,
    delete_rule,
    restore_revision,
    save_rule,
)
from koperasi_risk.tests.factories import NOON, a_koperasi, a_rule


def a_content(**changes) -> RuleContent:
    details = {
        "factor": "max_dpd_current",
        "weight": Decimal(15),
        "threshold": Decimal(30),
        "risk_category": "sedang",
        "auto_action": "MANUAL_REVIEW",
    }
    return RuleContent(**(details | changes))


def save(tenant, by=None, **changes):
    asked = {
        name: changes.pop(name)
        for name in ("rule_id", "why", "via", "base_version")
        if name in changes
    }
    return save_rule(tenant=tenant, content=a_content(**changes), by=by, now=NOON, **asked)


def test_a_new_rule_is_kept_with_its_first_revision(mekar, wayan):
    saved = save(mekar, wayan, why="RAT 2026", action_payload={"note": "telepon dulu"})

    revision = RiskRuleRevision.objects.of(mekar).get()
    assert saved.is_new
    assert saved.rule.version == 1
    assert (revision.rule, revision.version, revision.before) == (saved.rule, 1, None)
    assert revision.after == {
        "factor": "max_dpd_current",
        "weight": 15,
        "threshold": 30,
        "risk_category": "sedang",
        "auto_action": "manual_review",
        "action_payload": {"note": "telepon dulu"},
    }
    assert (revision.by, revision.why, revision.via) == (wayan, "RAT 2026", "API")


def test_a_change_is_audited_and_announced(mekar, wayan):
    rule = save(mekar, wayan, why="RAT 2026").rule

    entry, news = AuditEntry.objects.get(), OutboxEvent.objects.get()
    assert (entry.action, entry.reason) == ("risk_rule.added", "RAT 2026")
    assert entry.subject_code == str(mekar.organisation.code)
    assert news.topic == "koperasi.rules_changed"
    assert news.payload == {"tenant_id": mekar.pk, "rule_id": rule.pk}


def test_an_overwritten_rule_keeps_its_number_and_loses_what_is_not_said(mekar):
    rule = save(mekar, action_payload={"x": 1}).rule

    saved = save(mekar, rule_id=rule.pk, factor="kolektibilitas_worst", threshold=Decimal(2))

    assert not saved.is_new
    assert (saved.rule.pk, saved.rule.created_at, saved.rule.version) == (rule.pk, NOON, 2)
    assert saved.rule.action_payload is None
    assert RiskRuleRevision.objects.get(version=2).before["factor"] == "max_dpd_current"


def test_saving_what_is_there_changes_nothing(mekar):
    rule = save(mekar).rule

    saved = save(mekar, rule_id=rule.pk, weight=15.0, risk_category=" sedang ")

    assert (saved.rule.version, saved.is_new) == (1, False)
    assert RiskRuleRevision.objects.count() == OutboxEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("factor", "  "),
        ("factor", None),
        ("factor", "x" * 101),
        ("factor", "İ" * 51 + "x" * 49),  # 151 letters in lower case
        ("factor", "a\0b"),
        ("factor", "a\ud800"),
        ("weight", -1),
        ("weight", "100.000001"),
        ("weight", "0.0000001"),
        ("weight", True),
        ("weight", "berat"),
        ("weight", Decimal("NaN")),
        ("weight", None),
        ("threshold", float("inf")),
        ("threshold", Decimal("1e15") + 1),
        ("threshold", "0.1234567"),
        ("risk_category", " "),
        ("risk_category", "x" * 61),
        ("auto_action", "auto-reject"),
        ("auto_action", ["REJECT"]),
        ("action_payload", []),
        ("action_payload", {"x": float("nan")}),
        ("action_payload", {"x": "\0"}),
        ("action_payload", {"\ud800": 1}),
        ("action_payload", {"x": "y" * 10_000}),
    ],
)
def test_a_content_that_cannot_be_is_refused_by_field(mekar, field, value):
    with pytest.raises(InvalidInput) as refusal:
        save(mekar, **{field: value})

    assert list(refusal.value.fields) == [field]
    assert not RiskRule.objects.exists()


def test_every_field_at_fault_is_named_at_once(mekar):
    with pytest.raises(InvalidInput) as refusal:
        save(mekar, weight=-1, threshold="x", factor="")

    assert list(refusal.value.fields) == ["factor", "weight", "threshold"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weight", Decimal("0.000001")),
        ("weight", Decimal(100)),
        ("threshold", Decimal("-1e15")),
        ("threshold", Decimal("999999999999999.123456")),
        ("factor", "faktor kami sendiri"),
        ("factor", "loan_count"),
    ],
)
def test_an_extreme_content_is_kept_to_the_digit_and_comes_back(mekar, field, value):
    rule = save(mekar, **{field: value}).rule
    delete_rule(tenant=mekar, rule_id=rule.pk, by=None, now=NOON)

    restored = restore_revision(
        tenant=mekar,
        revision_id=RiskRuleRevision.objects.get(version=1).pk,
        by=None,
        now=NOON,
        why="kembali",
    )

    assert getattr(RiskRule.objects.get(pk=restored.rule.pk), field) == value


def test_a_factor_in_use_is_refused_whatever_its_case(mekar):
    first = save(mekar).rule

    with pytest.raises(DuplicateFactor) as refusal:
        save(mekar, factor=" MAX_DPD_Current ")

    assert refusal.value.existing == first
    assert list(refusal.value.fields) == ["factor"]


def test_another_koperasi_may_use_the_same_factor(mekar):
    rule = save(mekar).rule

    with a_koperasi("KSP Lain") as other:
        assert save(other).is_new
        with pytest.raises(RuleNotFound):
            save(other, rule_id=rule.pk, factor="x")


def test_whoever_read_an_older_version_is_told_who_changed_it(mekar, wayan):
    rule = save(mekar, wayan).rule
    save(mekar, wayan, rule_id=rule.pk, weight=20, base_version=1)

    with pytest.raises(RuleChanged, match="Wayan"):
        save(mekar, rule_id=rule.pk, weight=30, base_version=1)

    assert RiskRule.objects.get().weight == 20


def test_a_deleted_rule_leaves_its_history_and_frees_its_factor(mekar):
    rule = save(mekar).rule

    delete_rule(tenant=mekar, rule_id=rule.pk, by=None, now=NOON, why="tidak perlu")

    assert not active_rules(mekar)
    assert RiskRuleRevision.objects.get(version=2).after is None
    assert save(mekar).rule.pk != rule.pk
    with pytest.raises(RuleNotFound):
        delete_rule(tenant=mekar, rule_id=rule.pk, by=None, now=NOON)


def restore(tenant, version, why="keliru"):
    revision = RiskRuleRevision.objects.of(tenant).filter(version=version).earliest("pk")
    return restore_revision(tenant=tenant, revision_id=revision.pk, by=None, now=NOON, why=why)


def test_a_revision_puts_its_content_back(mekar):
    rule = save(mekar).rule
    save(mekar, rule_id=rule.pk, weight=40)

    restored = restore(mekar, version=1).rule

    assert (restored.pk, restored.weight, restored.version) == (rule.pk, 15, 3)
    assert RiskRuleRevision.objects.get(version=3).via == "RESTORE"


def test_a_deleted_rule_comes_back_to_life_with_its_number(mekar):
    rule = save(mekar).rule
    delete_rule(tenant=mekar, rule_id=rule.pk, by=None, now=NOON)

    assert restore(mekar, version=2).rule.pk == rule.pk
    assert list(active_rules(mekar)) == [rule]
    assert RiskRuleRevision.objects.get(version=3).before is None


def test_a_rule_does_not_come_back_to_a_factor_in_use(mekar):
    rule = save(mekar).rule
    delete_rule(tenant=mekar, rule_id=rule.pk, by=None, now=NOON)
    save(mekar)

    with pytest.raises(DuplicateFactor):
        restore(mekar, version=2)


def test_nothing_is_restored_without_a_reason(mekar):
    save(mekar)

    with pytest.raises(InvalidInput):
        restore(mekar, version=1, why=" ")


@pytest.mark.parametrize(
    ("wanted", "factors"),
    [
        (RuleFilter(), ["Alpha", "Beta", "alphabet"]),
        (RuleFilter(term=" ALPHA "), ["Alpha", "alphabet"]),
        (RuleFilter(factor="alpha"), ["Alpha"]),
        (RuleFilter(threshold=Decimal("2.50")), ["Beta"]),
        (RuleFilter(term="%"), []),
    ],
)
def test_rules_are_found_by_what_is_wanted(mekar, wanted, factors):
    for factor, threshold in [("Alpha", 1), ("Beta", "2.5"), ("alphabet", 3)]:
        a_rule(mekar, factor, threshold=Decimal(threshold))

    page = rules_page(mekar, wanted=wanted)

    assert [rule.factor for rule in page.rules] == factors


def test_pages_lead_on_and_back(mekar):
    ids = [a_rule(mekar, f"f{number}").pk for number in range(5)]

    pages = [rules_page(mekar, after=after, limit=2) for after in (0, ids[1], ids[3])]

    assert [[rule.pk for rule in page.rules] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    assert [page.next_after for page in pages] == [ids[1], ids[3], None]
    assert [page.previous_after for page in pages] == [None, 0, ids[1]]
    assert rules_page(mekar, after=10**30).rules == []


@pytest.mark.django_db(transaction=True)
def test_of_forty_who_add_the_same_factor_one_does(wayan):
    with a_koperasi("KSP Ramai", wayan) as tenant:
        pass

    def add(number):
        try:
            with tenant_scope(tenant.pk):
                return save(tenant, wayan, weight=number).is_new
        except DuplicateFactor as refusal:
            return refusal.existing.pk

    answers = at_once(add, range(40))

    with tenant_scope(tenant.pk):
        rule = RiskRule.objects.of(tenant).get()
        assert RiskRuleRevision.objects.of(tenant).count() == 1
    assert answers.count(True) == 1
    assert answers.count(rule.pk) >= 39
