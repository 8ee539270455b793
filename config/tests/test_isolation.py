"""
Bank beside bank: what one keeps is nowhere for another, and whoever withdrew consent nowhere for both.

The cases are the lines of `test_routes`, where a route without a line fails; a line whose sample is not
said to be private or shared fails here.
"""

import re
from dataclasses import replace

import pytest

from accounts.models import BANK_ROLES, Role
from config.tests.routes import RIVAL, SECRET, Line, Town
from config.tests.test_routes import BANK, LINES, LOANS_API

pytestmark = pytest.mark.django_db

OURS = ("portal/", "api/bank/", "pekerjaan/")
# A bank's own, or a person's: 404 for another bank.
PRIVATE = {"application", "running", "refused", "objection", "score_objection", "job", "filter"}
# Of a merchant, for each bank while the consent stands: 404 afterwards.
OF_A_MERCHANT = {"shop", "warning"}
# Codes that stand in a query or a form, where the lines have none.
MORE = [
    *(
        Line(
            "portal/merchant/<str:code>/" + memo,
            ok=BANK,
            at="portal/merchant/{shop}/" + memo + "?pengajuan={application}",
        )
        for memo in ("memo/", "memo.pdf")
    ),
    Line("portal/saringan/lupakan/", "POST", ok=BANK, status=302, body={"filter": "{filter}"}),
    Line("portal/pengajuan/baru/", ok=BANK, at="portal/pengajuan/baru/?merchant={shop}"),
    Line("portal/pengajuan/baru/", "POST", ok=BANK, status=400, body={"merchant": "{shop}"}),
    Line(
        "api/bank/loan-quote",
        ok=BANK,
        at="api/bank/loan-quote?amount=1000000&tenor=12&merchantId={shop}",
    ),
]
# A bank's own applications for a merchant stay its own: an empty list for whoever has none. The
# simulator says that it does not find the merchant.
WITHOUT_A_LOOK = {LOANS_API + "/<str:code>", "portal/simulasi/"}


def samples_of(line: Line) -> set[str]:
    body = {} if callable(line.body) else line.body
    return set(re.findall(r"{(\w+)}", " ".join([line.at, *map(str, body.values())])))


CASES = [*(line for line in LINES if line.route.startswith(OURS)), *MORE]
PRIVATE_LINES = [line for line in CASES if samples_of(line) & PRIVATE]
MERCHANT_LINES = [
    line
    for line in CASES
    if samples_of(line) & OF_A_MERCHANT and not samples_of(line) & PRIVATE
    if line.route not in WITHOUT_A_LOOK
]
LOOKS = [line for line in CASES if line.method == "GET" and line not in PRIVATE_LINES]


@pytest.fixture(scope="module")
def officers_town(town) -> Town:
    """The town with the officer's job instead of the merchant's."""
    return replace(town, samples=town.samples | {"job": town.samples["bank_job"]})


@pytest.fixture(scope="module")
def closed_town(town) -> Town:
    """The town with a shop that nobody may see in the place of the one that consented."""
    unseen = {"shop": town.samples["unseen"], "warning": town.samples["unseen_warning"]}
    return replace(town, samples=town.samples | unseen)


def test_every_code_of_a_route_is_private_or_of_a_merchant():
    known = PRIVATE | OF_A_MERCHANT | {"unseen"}

    for line in CASES:
        assert samples_of(line) <= known, line
        assert samples_of(line) or "<" not in line.route, line


@pytest.mark.parametrize("line", PRIVATE_LINES, ids=lambda line: line.name)
def test_what_a_bank_keeps_is_nowhere_for_another(officers_town, line):
    answer = officers_town.ask(RIVAL, line)

    assert answer.outcome == 404, answer.text[:500]
    assert not answer.changed
    assert SECRET not in answer.text


@pytest.mark.parametrize("line", MERCHANT_LINES, ids=lambda line: line.name)
def test_without_consent_a_merchant_is_nowhere_for_any_bank(closed_town, line):
    for caller in (*BANK_ROLES, RIVAL):
        answer = closed_town.ask(caller, line)

        assert answer.outcome == 404, (caller, answer.text[:500])
        assert not answer.changed


def test_a_merchant_enters_no_route_of_banks(town):
    """What the lines say, `test_routes` asks."""
    theirs = [line for line in CASES if not line.route.startswith("pekerjaan/")]

    assert {line.expected(Role.MERCHANT) for line in theirs} == {403}
    assert {town.ask(Role.MERCHANT, line).outcome for line in MORE} == {403}


@pytest.mark.parametrize("line", LOOKS, ids=lambda line: line.name)
def test_no_page_or_answer_tells_what_another_bank_keeps(officers_town, line):
    samples = officers_town.samples
    secrets = [SECRET, *(samples[name] for name in PRIVATE - {"filter"})]

    text = officers_town.ask(RIVAL, line).text

    assert [secret for secret in secrets if secret in text] == []


def test_the_bank_itself_reads_what_it_keeps(officers_town):
    samples = officers_town.samples

    text = "".join(officers_town.ask(Role.BANK_OFFICER, line).text for line in LOOKS)

    kept = [SECRET, *(samples[name] for name in ("application", "running", "refused", "job"))]
    assert [secret for secret in kept if secret not in text] == []
