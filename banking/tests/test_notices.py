"""What banks are told of, behind the bell and by mail."""

import socket
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Organisation, Role, User
from banking.models import LoanApplication, Notice, Objection
from banking.selectors.notices import unseen
from banking.services.notice_mails import mail_notices
from banking.services.notices import (
    forget_old_notices,
    tell_bank_of_loan,
    tell_bank_of_objection,
    tell_banks,
)
from banking.tasks import tell_banks_task
from banking.tests.shops import a_loan, a_score, a_warning
from core.tests.hands import side_by_side
from proof.mailbox import Mailbox

pytestmark = pytest.mark.django_db
Status, Kind = LoanApplication.Status, Notice.Kind
NOW = timezone.now()


@pytest.fixture
def tuti(bank) -> User:
    """Decides at Budi's bank, and reads English."""
    return User.objects.create(
        email="tuti@bank.example",
        full_name="Tuti",
        role=Role.BANK_APPROVER,
        organisation=bank,
        language="en",
    )


@pytest.fixture
def andi(db) -> User:
    """Lends for another bank."""
    other = Organisation.objects.create(code="BNI", name="Bank Negara", kind="BANK")
    return User.objects.create(
        email="andi@other.example", full_name="Andi", role=Role.BANK_OFFICER, organisation=other
    )


@pytest.fixture
def mailbox(settings):
    """A mail server of this machine, and real connections to it."""
    with Mailbox() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = box.address
        yield box


def warn(shop, *, event="RAISED", news=1, severity="MEDIUM", **details):
    warning = a_warning(shop, severity=severity, **details)
    return tell_banks(warning_id=warning.pk, event=event, severity=severity, news=news, now=NOW)


def mailed_to() -> list[str]:
    return [message.to[0] for message in mail.outbox]


# ── Who is told ────────────────────────────────────────────────────────────────────────


def test_a_bank_with_an_application_or_a_loan_is_told_and_no_other(budi, andi, warung):
    a_loan(warung, by=budi)

    assert [notice.bank for notice in warn(warung)] == [budi.organisation]
    assert (unseen(budi), unseen(andi)) == (1, 0)


@pytest.mark.parametrize(
    "ended", [{"status": Status.REJECTED}, {"status": Status.DISBURSED, "repaid_at": NOW}]
)
def test_a_bank_whose_business_is_over_is_not_told(budi, warung, ended):
    a_loan(warung, by=budi, **ended)

    assert warn(warung) == []


def test_nobody_is_told_once_the_consent_has_ended(budi, warung):
    a_loan(warung, by=budi)
    warung.consents.update(withdrawn_at=NOW)

    assert warn(warung) == []


def test_the_same_news_again_changes_nothing(budi, warung):
    a_loan(warung, by=budi)
    warning = a_warning(warung)
    for _ in range(2):
        tell_banks_task(warning_id=warning.pk, event="RAISED", severity="MEDIUM", event_id=7)

    assert Notice.objects.count() == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("event", "severity", "kind", "wants_mail"),
    [
        ("RAISED", "LOW", Kind.WARNING_RAISED, True),
        ("WORSENED", "MEDIUM", Kind.WARNING_WORSENED, False),
        ("WORSENED", "CRITICAL", Kind.WARNING_WORSENED, True),
        ("", "", Kind.WARNING_RESOLVED, False),
    ],
)
def test_new_and_critical_warnings_are_mailed(budi, warung, event, severity, kind, wants_mail):
    a_loan(warung, by=budi)
    warning = a_warning(warung)

    tell_banks(warning_id=warning.pk, event=event, severity=severity, news=1, now=NOW)

    notice = Notice.objects.get()
    assert (notice.kind, notice.wants_mail) == (kind, wants_mail)


def test_a_bank_is_told_once_of_each_submission_and_decision(budi, warung):
    loan = a_loan(warung, by=budi, status=Status.SUBMITTED, submitted_at=NOW)
    for _ in range(2):
        tell_bank_of_loan(application_id=loan.pk, now=NOW)
    LoanApplication.objects.filter(pk=loan.pk).update(status=Status.APPROVED, decided_at=NOW)
    tell_bank_of_loan(application_id=loan.pk, now=NOW)

    kinds = Notice.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [Kind.SUBMITTED, Kind.DECIDED]


def test_an_objection_to_a_decision_reaches_its_bank(budi, warung):
    loan = a_loan(warung, by=budi, status=Status.REJECTED, decided_at=NOW)
    objection = Objection.objects.create(
        merchant=warung, application=loan, text="…", opened_at=NOW, due_at=NOW
    )

    tell_bank_of_objection(objection_id=objection.pk, now=NOW)

    assert Notice.objects.get().kind == Kind.OBJECTION


# ── Mails ──────────────────────────────────────────────────────────────────────────────


def test_each_active_person_of_the_bank_is_mailed_once_in_their_language(
    budi, tuti, andi, warung, bank
):
    User.objects.create(
        email="old@bank.example",
        full_name="Old",
        role=Role.BANK_OFFICER,
        organisation=bank,
        is_active=False,
    )
    a_loan(warung, by=budi)
    [notice] = warn(warung)

    assert mail_notices(now=NOW) == 2
    assert mail_notices(now=NOW) == 0

    indonesian, english = mail.outbox
    assert mailed_to() == [budi.email, tuti.email]
    assert indonesian.subject == "Peringatan baru: Warung Sari"
    assert english.subject == "New warning: Warung Sari"
    assert f"/portal/peringatan/{notice.warning.code}/" in english.body
    assert Notice.objects.get().mailed_at == NOW


def test_a_mail_holds_no_personal_data_and_no_figures(budi, warung):
    warung.phone, warung.address = "+6281234567890", "Jl. Braga 1"
    warung.save()
    a_loan(warung, by=budi)
    warn(warung)

    mail_notices(now=NOW)

    [message] = mail.outbox
    for secret in ("6281234567890", "Braga", "100.000", "100000", "3.000.000", "Sari Dewi"):
        assert secret not in message.body + message.subject


def test_a_submission_is_mailed_to_those_who_may_decide_it(budi, tuti, warung):
    loan = a_loan(warung, by=budi, status=Status.SUBMITTED, submitted_at=NOW)
    tell_bank_of_loan(application_id=loan.pk, now=NOW)

    mail_notices(now=NOW)

    assert mailed_to() == [tuti.email]


def received(mailbox) -> list[str]:
    return [message["To"] for message in mailbox.mails]


# A server that hangs up, one that is closing, and one that is about to.
@pytest.mark.parametrize("answer", ["", "421 closing", "nonsense"])
def test_a_server_that_goes_midway_mails_nobody_twice(budi, tuti, warung, mailbox, answer):
    a_loan(warung, by=budi)
    warn(warung)
    mailbox.answers[tuti.email] = answer

    assert mail_notices(now=NOW) == 1
    mailbox.answers.clear()
    assert mail_notices(now=NOW) == 1

    assert received(mailbox) == [budi.email, tuti.email]


def test_a_server_that_was_away_mails_what_waited_when_it_is_back(budi, warung, mailbox, settings):
    a_loan(warung, by=budi)
    warn(warung)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        settings.EMAIL_PORT = nobody.getsockname()[1]
    assert mail_notices(now=NOW) == 0

    settings.EMAIL_PORT = mailbox.address[1]
    assert mail_notices(now=NOW + timedelta(days=2)) == 1

    [message] = mailbox.mails
    assert message["Subject"] == "Peringatan baru: Warung Sari"


def test_a_mail_refused_for_now_is_asked_again_and_holds_up_no_other_notice(
    budi, tuti, warung, mailbox
):
    a_loan(warung, by=budi)
    warn(warung)
    loan = a_loan(warung, by=budi, status=Status.SUBMITTED, submitted_at=NOW)
    tell_bank_of_loan(application_id=loan.pk, now=NOW)
    mailbox.answers[budi.email] = "451 greylisted, try again"

    assert mail_notices(now=NOW) == 1
    mailbox.answers.clear()
    assert mail_notices(now=NOW) == 2

    assert received(mailbox) == [tuti.email, budi.email, tuti.email]


def test_a_refused_address_holds_up_no_other_and_is_not_asked_again(budi, tuti, warung, mailbox):
    a_loan(warung, by=budi)
    warn(warung)
    mailbox.answers[budi.email] = "550 no such person"

    assert mail_notices(now=NOW) == 1
    mailbox.answers.clear()
    assert mail_notices(now=NOW) == 0
    assert received(mailbox) == [tuti.email]


def test_a_mail_that_waited_is_not_sent_after_the_consent_ended(budi, warung, mailbox):
    a_loan(warung, by=budi)
    warn(warung)
    mailbox.answers[budi.email] = ""
    mail_notices(now=NOW)
    mailbox.answers.clear()
    warung.consents.update(withdrawn_at=NOW)

    assert mail_notices(now=NOW) == 0
    assert mailbox.mails == []


def test_what_waited_too_long_is_news_no_more(budi, warung):
    a_loan(warung, by=budi)
    warn(warung)

    assert mail_notices(now=NOW + timedelta(days=4)) == 0
    assert forget_old_notices(now=NOW + timedelta(days=200)) == 1


@pytest.mark.parametrize(("age", "wants_mail"), [(23, True), (24, False)])
def test_what_was_decided_more_than_a_day_ago_waits_behind_the_bell_alone(
    budi, warung, age, wants_mail
):
    decided_at = NOW - timedelta(hours=age)
    loan = a_loan(warung, by=budi, status=Status.REJECTED, decided_at=decided_at)

    tell_bank_of_loan(application_id=loan.pk, now=NOW)

    notice = Notice.objects.get()
    assert (notice.at, notice.wants_mail, unseen(budi)) == (decided_at, wants_mail, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_mail_each_person_once(budi, tuti, warung, mailbox):
    a_loan(warung, by=budi)
    for number, kind in enumerate(("REVENUE_DROP", "REFUND_SPIKE", "SCORE_DROP")):
        warn(warung, news=number, kind=kind)

    sent = side_by_side(2, lambda _: mail_notices(now=NOW))
    # What one held while the other passed by waits for the clock.
    sent.append(mail_notices(now=NOW))

    assert sum(sent) == 6
    assert sorted(received(mailbox)) == [budi.email] * 3 + [tuti.email] * 3


# ── The bell and its page ──────────────────────────────────────────────────────────────


def test_looking_at_the_page_marks_what_it_shows_as_seen(client, budi, warung):
    a_loan(warung, by=budi)
    warn(warung)
    client.force_login(budi)

    assert unseen(budi) == 1
    text = client.get("/portal/pemberitahuan/").content.decode()
    assert "Omzet turun: Warung Sari" in text
    assert "Peringatan baru · " in text
    assert unseen(budi) == 0


def test_warnings_of_a_merchant_that_withdrew_are_no_longer_shown(client, budi, warung):
    loan = a_loan(warung, by=budi, status=Status.SUBMITTED, submitted_at=NOW)
    tell_bank_of_loan(application_id=loan.pk, now=NOW)
    warn(warung)
    warung.consents.update(withdrawn_at=NOW)
    client.force_login(budi)

    text = client.get("/portal/pemberitahuan/").content.decode()

    assert "Peringatan baru" not in text
    assert loan.code in text
    # Nor do they ring for ever.
    assert unseen(budi) == 0


def test_the_page_costs_the_same_for_any_number_of_notices(
    client, budi, warung, django_assert_max_num_queries
):
    a_loan(warung, by=budi)
    a_score(warung, 70)
    for number in range(8):
        warn(warung, news=number, kind=f"K{number}")
    client.force_login(budi)
    client.get("/portal/pemberitahuan/")

    with django_assert_max_num_queries(7):
        client.get("/portal/pemberitahuan/")
