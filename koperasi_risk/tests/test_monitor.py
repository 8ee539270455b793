"""The monitor's figures beside a plain, slow count of the same rows, and by hand."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.staticfiles import finders
from weasyprint import CSS, HTML

from core.models import AuditEntry
from koperasi_risk.domain import collectability
from koperasi_risk.domain.periods import month_ends, steps
from koperasi_risk.models import (
    Collateral,
    Decision,
    DecisionOverride,
    Loan,
    MemberFacts,
    RiskAssessment,
    RiskResult,
    RiskRuleRevision,
    Tenant,
)
from koperasi_risk.portal.monitor import views
from koperasi_risk.selectors.ledgers import ledgers_of
from koperasi_risk.selectors.monitor import (
    ageing_of,
    breach_rates,
    decisions_over_time,
    override_counts,
    past_of,
    rule_changes,
)
from koperasi_risk.selectors.results import decision_counts
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_person,
    a_rule,
    an_installment,
)

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # 10.00 in Jakarta
TODAY = date(2026, 11, 21)
ZONE = ZoneInfo("Asia/Jakarta")
YEAR = steps(12, today=TODAY, zone=ZONE)
ENDS = month_ends(12, today=TODAY)


def an_assessment(member, at, decision="APPROVE", lines=()) -> RiskAssessment:
    return RiskAssessment(
        tenant_id=member.tenant_id,
        member=member,
        score=80,
        decision=decision,
        reasons=["x"],
        lines=[{"rule_id": rule, "outcome": outcome} for rule, outcome in lines],
        seen={},
        ruleset_hash="x",
        as_of=at.date(),
        computed_at=at,
        trigger="NIGHT",
    )


def some_facts(member, day, level=1, outstanding=1_000_000, days=0, loans="1") -> MemberFacts:
    return MemberFacts(
        tenant_id=member.tenant_id,
        member=member,
        as_of=day,
        values={"active_loan_count": loans},
        member_status="ACTIVE",
        days_past_due=days,
        collectability=level,
        outstanding=outstanding,
        computed_at=datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=5),
    )


@pytest.fixture
def members(mekar) -> list:
    return [a_member(mekar) for _ in range(25)]


@pytest.fixture
def assessed(mekar, members) -> list[RiskAssessment]:
    """Two rules, and assessments at odd times of sixteen months; some at one instant."""
    dice, rules = random.Random(5), [a_rule(mekar, "max_dpd_current"), a_rule(mekar, "dsr")]
    made = [
        an_assessment(
            dice.choice(members),
            NOW - timedelta(days=dice.randrange(1, 480), hours=dice.choice([0, 9, 17])),
            dice.choice(Decision.values),
            [
                (rule.pk, dice.choice(["BREACH", "PASS", "DATA_MISSING", "UNKNOWN_FACTOR"]))
                for rule in rules
            ],
        )
        for _ in range(300)
    ]
    RiskAssessment.objects.bulk_create(made)
    for row in latest(made, NOW).values():
        RiskResult.objects.create(
            tenant=mekar,
            member_id=row.member_id,
            assessment=row,
            score=row.score,
            decision=row.decision,
            reasons=row.reasons,
            ruleset_hash="x",
            as_of=row.as_of,
            computed_at=row.computed_at,
        )
    return made


def latest(assessments, until) -> dict[int, RiskAssessment]:
    """Each member's latest assessment before an instant, found the plain way."""
    found = {}
    for row in sorted(assessments, key=lambda row: (row.computed_at, row.pk)):
        if row.computed_at < until:
            found[row.member_id] = row
    return found


# ── Decisions ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("months", [3, 6, 12, 24])
def test_decisions_at_each_step_are_those_of_a_plain_count(mekar, assessed, months):
    cut = steps(months, today=TODAY, zone=ZONE)

    counted = decisions_over_time(mekar, cut)

    plain = [
        Counter(row.decision for row in latest(assessed, step.ends_at).values()) for step in cut
    ]
    assert counted == [{name: count[name] for name in Decision.values} for count in plain]


def test_the_last_step_says_what_the_results_say(mekar, assessed):
    assert decisions_over_time(mekar, YEAR)[-1] == decision_counts(mekar)


def test_decisions_of_a_kind_are_of_members_with_such_a_loan_now(mekar, members, assessed):
    borrower, settled = members[:2]
    a_loan(borrower, purpose=Loan.Purpose.PRODUCTIVE)
    a_loan(settled, purpose=Loan.Purpose.PRODUCTIVE, status="SETTLED")

    counted = decisions_over_time(mekar, YEAR, kind="PRODUCTIVE")[-1]

    assert sum(counted.values()) == 1
    assert counted[latest(assessed, NOW)[borrower.pk].decision] == 1


def test_breaches_now_and_then_are_those_of_a_plain_count(mekar, assessed):
    then = NOW - timedelta(days=90)

    rates = breach_rates(mekar, then=then)

    for rate in rates:
        for outcomes, until in ((rate.now, NOW + timedelta(days=1)), (rate.before, then)):
            found = Counter(
                line["outcome"]
                for row in latest(assessed, until).values()
                for line in row.lines
                if line["rule_id"] == rate.rule.pk
            )
            assert outcomes.breached == found["BREACH"]
            assert outcomes.judged == found["BREACH"] + found["PASS"]
            assert outcomes.missing == found["DATA_MISSING"] + found["UNKNOWN_FACTOR"]
    assert [rate.rule.factor for rate in rates] == ["max_dpd_current", "dsr"]


def test_a_rule_that_nobody_breached_says_so(mekar, members):
    rule = a_rule(mekar, "max_dpd_current")
    RiskAssessment.objects.bulk_create(
        [an_assessment(members[0], NOW - timedelta(days=100), lines=[(rule.pk, "PASS")])]
    )

    assert [rate.never_fired for rate in breach_rates(mekar, then=NOW)] == [True]


def test_rule_changes_are_told_newest_first(mekar, wayan):
    rule = a_rule(mekar, "dsr")
    content = {"factor": "dsr", "threshold": "35"}
    for version, before, after in ((1, None, content), (2, content, content), (3, content, None)):
        RiskRuleRevision.objects.create(
            tenant=mekar,
            rule=rule,
            version=version,
            before=before,
            after=after,
            by=wayan,
            at=NOW - timedelta(days=10 - version),
            via="API",
        )

    changes = rule_changes(mekar, since=NOW - timedelta(days=8))

    assert [(change.factor, change.deed) for change in changes] == [
        ("dsr", "DELETED"),
        ("dsr", "CHANGED"),
    ]
    assert changes[0].by == "Wayan"


def test_overrides_are_counted_by_members_who_got_one(mekar, members, wayan, assessed):
    row = latest(assessed, NOW)[members[0].pk]
    for state, days in (("APPROVED", 5), ("APPROVED", 9), ("REJECTED", 3), ("APPROVED", 400)):
        DecisionOverride.objects.create(
            tenant=mekar,
            member=members[0],
            assessment=row,
            came_from="AUTO_REJECT",
            went_to="APPROVE",
            reason_code="OTHER",
            note="x",
            valid_until=TODAY,
            state=state,
            maker=wayan,
            made_at=NOW - timedelta(days=days),
        )

    counts = override_counts(mekar, since=NOW - timedelta(days=365))

    assert (counts.approved, counts.rejected, counts.waiting, counts.members) == (2, 1, 0, 1)
    assert counts.percent == Decimal(100) / counts.judged


# ── How loans are paid ─────────────────────────────────────────────────────────────────


def test_rpm_and_par30_come_out_as_by_hand(mekar, members):
    MemberFacts.objects.bulk_create(
        some_facts(member, TODAY, level, amount, days)
        for member, level, amount, days in (
            (members[0], 1, 60_000_000, 0),
            (members[1], 2, 20_000_000, 31),
            (members[2], 2, 4_000_000, 30),
            (members[3], 3, 4_000_000, 100),
            (members[4], 4, 4_000_000, 150),
            (members[5], 5, 8_000_000, 400),
            # Owes nothing any more, whatever class a record elsewhere has.
            (members[6], 5, 0, 0),
        )
    )

    ageing = ageing_of(mekar, now=NOW)

    # (50% of 4 + 75% of 4 + 8) of 100 million, and 20 + 4 + 4 + 8.
    assert (ageing.total, ageing.rpm, ageing.par30) == (100_000_000, 13, 36)
    assert [(row.members, row.outstanding, row.percent) for row in ageing.rows] == [
        (1, 60_000_000, 60),
        (2, 24_000_000, 24),
        (1, 4_000_000, 4),
        (1, 4_000_000, 4),
        (1, 8_000_000, 8),
    ]
    assert (ageing.borrowers, ageing.loans) == (6, {1: 1, 2: 2, 3: 1, 4: 1, 5: 1})


def test_without_facts_nothing_is_known(mekar, members):
    ageing = ageing_of(mekar, now=NOW)

    assert (ageing.total, ageing.rpm, ageing.par30, ageing.computed_at) == (0, None, None, None)


def test_whose_facts_are_of_yesterday_still_counts_once(mekar, members):
    yesterday = TODAY - timedelta(days=1)
    MemberFacts.objects.bulk_create(
        [
            some_facts(members[0], yesterday, 1),
            some_facts(members[0], TODAY, 3),
            some_facts(members[1], yesterday, 2),
            some_facts(members[1], yesterday - timedelta(days=1), 5),
            some_facts(members[2], TODAY - timedelta(days=30), 5),
        ]
    )

    assert ageing_of(mekar, now=NOW).members == {3: 1, 2: 1}


@pytest.mark.parametrize("preset", Tenant.Preset.values)
def test_loans_of_a_kind_stand_in_the_classes_of_the_books(mekar, members, preset):
    mekar.collectability_preset = preset
    dice = random.Random(7)
    for member in members:
        loan = a_loan(member, purpose=dice.choice(Loan.Purpose.values))
        first = dice.randrange(30, 700)
        for number in range(1, 5):
            due = TODAY - timedelta(days=first - number * 30)
            paid = dice.choice([0, 0, 400_000, 1_000_000])
            is_full = paid == 1_000_000
            an_installment(
                loan,
                number,
                due,
                principal_paid=paid,
                interest_paid=100_000 if is_full else 0,
                paid_in_full_on=due if is_full else None,
            )
        if dice.random() < 0.5:
            Collateral.objects.create(
                tenant=mekar, loan=loan, kind="BPKB", appraised_value=5_000_000, haircut_percent=20
            )

    ageing = ageing_of(mekar, now=NOW, kind="PRODUCTIVE")

    wanted = {*Loan.objects.filter(purpose="PRODUCTIVE").values_list("pk", flat=True)}
    outstanding, loans, late = Counter(), Counter(), Decimal(0)
    for _member, _status, ledger in ledgers_of(mekar, as_of=TODAY):
        for loan in ledger.loans:
            amount = collectability.outstanding(loan)
            if loan.id in wanted and amount:
                level = collectability.of_loan(loan, preset=preset, as_of=TODAY)
                outstanding[level] += amount
                loans[level] += 1
                late += amount if collectability.days_past_due(loan, TODAY) > 30 else 0
    assert (ageing.loans, ageing.outstanding, ageing.late) == (loans, outstanding, late)
    assert len(loans) > 1


def test_moves_between_months_ends_are_those_of_a_plain_count(mekar, members):
    dice, known = random.Random(3), {}
    for member in members:
        for day in ENDS:
            # Some joined later, some months have no figures of a member.
            if dice.random() < 0.85:
                amount = dice.choice([0, 1_000_000, 2_500_000])
                known[member.pk, day] = some_facts(
                    member, day, dice.randrange(1, 6), amount, dice.choice([0, 30, 31, 90])
                )
    MemberFacts.objects.bulk_create(known.values())

    past = past_of(mekar, ENDS)

    for before, day in zip(ENDS, ENDS[1:], strict=False):
        plain = Counter()
        for member in members:
            source, target = known.get((member.pk, before)), known.get((member.pk, day))
            if source and target and source.outstanding:
                plain[
                    source.collectability, target.collectability if target.outstanding else 0
                ] += 1
        assert past.moves[day].moves == plain
        owing = [row for (_member, at), row in known.items() if at == day and row.outstanding]
        late = sum(row.outstanding for row in owing if row.days_past_due > 30)
        assert past.ageing[day].late == late
        assert past.ageing[day].par30 == Decimal(100) * late / sum(r.outstanding for r in owing)
    assert ENDS[0] not in past.moves


def test_a_month_without_figures_joins_nothing(mekar, members):
    MemberFacts.objects.bulk_create(
        some_facts(members[0], day, level)
        for day, level in ((ENDS[-4], 1), (ENDS[-3], 2), (ENDS[-1], 5))
    )

    past = past_of(mekar, ENDS)

    assert {day: rates.moves for day, rates in past.moves.items()} == {ENDS[-3]: {(1, 2): 1}}
    assert past.moves[ENDS[-3]].worse_percent == 100
    assert [*past.ageing] == [ENDS[-4], ENDS[-3], ENDS[-1]]


def test_a_month_is_known_by_its_last_day_with_figures(mekar, members):
    MemberFacts.objects.bulk_create(
        [some_facts(members[0], ENDS[-2], 1), some_facts(members[0], date(2026, 10, 29), 2)]
    )

    past = past_of(mekar, ENDS)

    assert past.moves[date(2026, 10, 31)].moves == {(1, 2): 1}


def test_another_koperasi_counts_for_nothing(mekar, members, assessed):
    MemberFacts.objects.bulk_create([some_facts(members[0], TODAY)])
    with a_koperasi("KSP Lain") as other:
        assert ageing_of(other, now=NOW).total == 0
        assert not any(sum(step.values()) for step in decisions_over_time(other, YEAR))
        assert past_of(other, ENDS).ageing == {}


# ── The page and its files ─────────────────────────────────────────────────────────────


@pytest.fixture
def at(mekar, client):
    """Return a function that opens a page as somebody of the koperasi."""

    def open_page(path, *roles, person=None, **query):
        client.force_login(person or a_person("Made", mekar, *(roles or ["MANAJER_RISIKO"])))
        return client.get(f"/koperasi/{path}", query)

    return open_page


@pytest.fixture
def lively(mekar, members, assessed, wayan):
    """Figures for every part of the monitor, around the present."""
    today = mekar.today(datetime.now(UTC))
    days = [*month_ends(12, today=today), today]
    MemberFacts.objects.bulk_create(
        some_facts(member, day, 1 + (place + number) % 5, days=place * 9)
        for number, day in enumerate(days)
        for place, member in enumerate(members)
    )
    rule = a_rule(mekar, "=cmd|' /C calc'!A1")
    RiskRuleRevision.objects.create(
        tenant=mekar,
        rule=rule,
        version=1,
        after={"factor": rule.factor},
        by=wayan,
        at=datetime.now(UTC) - timedelta(days=40),
        why="=1+1",
        via="API",
    )
    return mekar


@pytest.mark.parametrize("query", [{}, {"periode": "3"}, {"jenis": "PRODUCTIVE"}])
def test_the_page_shows_every_part(lively, at, query):
    text = at("monitor/", **query).content.decode()

    for title in (
        "Keputusan dari waktu ke waktu",
        "Pelanggaran per aturan",
        "Kolektibilitas",
        "RPM dan PAR30 dari waktu ke waktu",
        "Perpindahan kelas dari bulan ke bulan",
        "Perubahan aturan",
    ):
        assert title in text
    assert query.get("jenis") or text.count("Lihat tabel") >= 3


def test_the_page_of_a_new_koperasi_says_what_is_missing(mekar, at):
    text = at("monitor/").content.decode()

    for words in ("Belum ada data", "Belum ada aturan", "Belum ada riwayat", "Belum ada anggota"):
        assert words in text


def test_a_sharia_koperasi_reads_of_financing(mekar, at):
    Tenant.objects.filter(pk=mekar.pk).update(kind="KSPPS")

    text = at("monitor/").content.decode()

    assert "Jenis pembiayaan" in text
    assert "Murabahah" in text
    assert "Jenis pinjaman" not in text


@pytest.mark.parametrize("query", [{"periode": "7"}, {"periode": "x"}, {"jenis": "' OR 1=1"}])
def test_what_cannot_be_read_is_the_usual(mekar, at, query):
    answer = at("monitor/", **query)

    assert answer.status_code == 200
    assert '<option value="12" selected>' in answer.content.decode()


@pytest.mark.parametrize("path", ["monitor/", "monitor.csv", "monitor.pdf"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("MANAJER_RISIKO", 200), ("PENGURUS", 200), ("PETUGAS_PEMBIAYAAN", 403), ("ANGGOTA", 403)],
)
def test_managers_and_the_board_read_the_monitor(mekar, at, path, role, status):
    assert at(path, role).status_code == status


def test_the_page_asks_as_often_for_many_members_as_for_few(
    lively, wayan, client, django_assert_max_num_queries
):
    client.force_login(wayan)
    with django_assert_max_num_queries(32):
        client.get("/koperasi/monitor/")


def test_the_csv_calculates_nothing_and_is_on_record(lively, at):
    answer = at("monitor.csv", periode="6")

    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert any(line.startswith(("\"'=cmd", "'=cmd")) for line in lines)
    assert not any(cell.startswith("=") for line in lines for cell in line.split(","))
    entry = AuditEntry.objects.get(action="koperasi.monitor_exported")
    assert entry.detail == {"shape": "csv", "months": 6, "kind": ""}


@pytest.mark.parametrize("months", ["12", "24"])
def test_the_pdf_fits_three_sheets(lively, at, months, monkeypatch):
    sheets = []

    def counted(html):
        style = CSS(filename=finders.find("css/memo.css"))
        sheets.append(len(HTML(string=html).render(stylesheets=[style]).pages))
        return b"%PDF"

    monkeypatch.setattr(views, "pdf_of", counted)

    at("monitor.pdf", periode=months)

    assert sheets[0] <= 3


def test_the_pdf_is_one(lively, at):
    answer = at("monitor.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_without_the_libraries_that_draw_text_the_page_opens(lively, at, monkeypatch):
    def lacks(_html):
        raise OSError("libpango")

    monkeypatch.setattr(views, "pdf_of", lacks)

    answer = at("monitor.pdf", periode="6")

    assert (answer.status_code, answer["Location"]) == (302, "/koperasi/monitor/?periode=6")
