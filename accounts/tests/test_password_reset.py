import json
import re
import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import translation
from django.utils.translation import gettext

from accounts import reset_tokens
from accounts.models import ResetMail, User
from accounts.reset_tokens import make_reset_token
from accounts.services import password_reset
from accounts.services.password_reset import forget_old_mails, mail_waiting_links, reset_link
from accounts.services.people import suspend_user
from accounts.services.sessions import open_session
from accounts.tasks import mail_reset_link_task
from accounts.tests.people import NEW_PASSWORD, PASSWORD, at_once, bearer, login, with_password
from core.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def sari(sari):
    return with_password(sari)


def ask(api, email):
    return api().post("/api/auth/request-password-reset", {"email": email}, format="json")


def use(api, token, password=NEW_PASSWORD, **more):
    form = {"resetToken": token, "newPassword": password} | more
    return api().post("/api/auth/reset-password", form, format="json")


def test_known_and_unknown_addresses_get_the_same_answer(api, sari):
    known, unknown = ask(api, "SARI@example.com"), ask(api, "nobody@example.com")

    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    assert set(known.json()["data"]) == {"message"}


def test_known_and_unknown_addresses_cost_the_same(api, sari, django_assert_num_queries):
    for email in ("sari@example.com", "nobody@example.com"):
        with django_assert_num_queries(6):
            ask(api, email)


def test_the_news_holds_only_the_persons_code(api, sari):
    ask(api, "sari@example.com")

    event = OutboxEvent.objects.get(topic="password_reset.requested")
    assert event.payload == {"user_code": str(sari.code)}


@pytest.mark.parametrize("email", ["", "nonsense", None, ["a"]])
def test_an_impossible_address_is_400(api, db, email):
    assert ask(api, email).status_code == 400


def test_the_mail_holds_a_link_that_works_once(api, sari):
    ask(api, "sari@example.com")
    mail_reset_link_task(**OutboxEvent.objects.get().payload, event_id=1)
    mail_reset_link_task(**OutboxEvent.objects.get().payload, event_id=1)

    [message] = mail.outbox
    token = re.search(r"/accounts/password/reset/key/([\w-]+)/", message.body)[1]
    assert message.to == ["sari@example.com"]
    assert use(api, token).status_code == 200
    again = use(api, token)
    assert (again.status_code, again.json()["code"]) == (400, "reset_token_invalid")


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_mail_speaks_the_persons_language(api, sari, language):
    User.objects.filter(pk=sari.pk).update(language=language)

    ask(api, "sari@example.com")
    mail_waiting_links(now=datetime.now(UTC))

    with translation.override(language):
        subject = gettext("Set a new Saksama password")
        ignore = gettext(
            "If you did not ask for this, nothing has changed and you can ignore this mail."
        )
    assert mail.outbox[0].subject == subject
    assert ignore in mail.outbox[0].body
    assert "&" not in mail.outbox[0].body


def test_nobody_is_mailed_for_an_unknown_address(api, db):
    ask(api, "nobody@example.com")

    mail_reset_link_task(**OutboxEvent.objects.get().payload)

    assert mail.outbox == []


def test_suspended_people_get_no_mail(api, sari, admin_user):
    ask(api, "sari@example.com")
    suspend_user(user=sari, by=admin_user, reason="Fraud", now=datetime.now(UTC))

    mail_waiting_links(now=datetime.now(UTC))

    assert mail.outbox == []


@pytest.fixture
def mail_server(monkeypatch):
    """Return a function that breaks or mends the mail server, for addresses that hold `for_whom`."""
    real = password_reset.send_mail

    def breaks(error: Exception | None, *, for_whom: str = "@"):
        def send(subject, text, sender, to):
            if error and for_whom in to[0]:
                raise error
            return real(subject, text, sender, to)

        monkeypatch.setattr(password_reset, "send_mail", send)

    return breaks


@pytest.mark.parametrize(
    "error", [smtplib.SMTPServerDisconnected("away"), TimeoutError(), ValueError("nonsense")]
)
def test_an_absent_mail_server_is_tried_again_later(api, sari, mail_server, error):
    ask(api, "sari@example.com")
    mail_server(error)

    assert mail_waiting_links(now=datetime.now(UTC)) == 0
    mail_server(None)
    assert mail_waiting_links(now=datetime.now(UTC)) == 1

    assert len(mail.outbox) == 1


def test_a_refused_mail_holds_up_no_other(api, sari, rini, mail_server):
    mail_server(smtplib.SMTPRecipientsRefused({}), for_whom="sari")
    ask(api, "sari@example.com")
    ask(api, "rini@example.com")

    assert mail_waiting_links(now=datetime.now(UTC)) == 1
    assert mail.outbox[0].to == ["rini@example.com"]


def test_after_a_day_nobody_waits_for_a_link(api, sari):
    ask(api, "sari@example.com")
    later = datetime.now(UTC) + timedelta(hours=25)

    assert mail_waiting_links(now=later) == 0
    assert forget_old_mails(now=later) == 1


@pytest.mark.django_db(transaction=True)
def test_of_workers_side_by_side_one_mails_a_link(api, sari):
    ask(api, "sari@example.com")

    mailed = at_once(lambda _: mail_waiting_links(now=datetime.now(UTC)), range(5))

    assert sorted(mailed) == [0, 0, 0, 0, 1]
    assert len(mail.outbox) == 1
    assert ResetMail.objects.get().mailed_at


def test_a_new_password_replaces_the_old_one_and_ends_every_session(api, sari, warung):
    tokens = open_session(user=sari, now=datetime.now(UTC))

    assert use(api, make_reset_token(sari)).status_code == 200

    assert bearer(tokens.access).get("/api/merchant/profile").status_code == 401
    refreshed = api().post("/api/auth/refresh", {"refreshToken": tokens.refresh}, format="json")
    assert refreshed.status_code == 401
    assert login("sari@example.com", PASSWORD).status_code == 401
    assert login("sari@example.com", NEW_PASSWORD).status_code == 200
    assert AuditEntry.objects.filter(action="user.password_reset").count() == 1


def test_a_reset_opens_a_lock_out(api, sari):
    for _ in range(6):
        login("sari@example.com", "wrong-password-1")

    use(api, make_reset_token(sari))

    assert login("sari@example.com", NEW_PASSWORD).status_code == 200


def test_the_repetition_is_optional_but_must_agree(api, sari):
    token = make_reset_token(sari)

    differs = use(api, token, confirmPassword="something-else-12")
    assert (differs.status_code, differs.json()["errors"][0]["field"]) == (400, "confirmPassword")
    assert use(api, token, confirmPassword=NEW_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    "password", ["short-7", "password123", "warung sari", "sari@example.com", "x" * 129]
)
def test_a_weak_password_is_refused_and_the_link_stays_good(api, sari, warung, password):
    token = make_reset_token(sari)

    response = use(api, token, password)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "newPassword"
    assert use(api, token).status_code == 200


def test_staff_need_stronger_passwords(api, budi):
    assert use(api, make_reset_token(budi), "ombak-tua-8").status_code == 400


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "-",
        "1-",
        "zzzzzzzzzzzzz-abc",
        "zzzzzzzzzzzz-abc-def",
        "é-é",
        "1-abc-def",
        "x" * 500,
        "1",
    ],
)
def test_nonsense_tokens_are_refused(api, sari, token):
    response = use(api, token)

    assert (response.status_code, response.json()["code"]) == (400, "reset_token_invalid")


@pytest.mark.parametrize("field", ["resetToken", "newPassword"])
@pytest.mark.parametrize("value", ["", None, [], {}])
def test_both_fields_are_compulsory(api, sari, field, value):
    form = {"resetToken": make_reset_token(sari), "newPassword": NEW_PASSWORD, field: value}

    response = api().post("/api/auth/reset-password", form, format="json")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_a_token_opens_only_its_own_account(api, sari, rini):
    token = make_reset_token(sari)
    others = f"{make_reset_token(rini).partition('-')[0]}-{token.partition('-')[2]}"

    assert use(api, others).status_code == 400


def test_a_token_ends_after_an_hour(api, sari, monkeypatch):
    token = make_reset_token(sari)

    def at(minutes):
        later = datetime.now() + timedelta(minutes=minutes)  # noqa: DTZ005  (Django's own naive clock)
        monkeypatch.setattr(reset_tokens.ResetTokenGenerator, "_now", lambda self: later)

    at(61)
    assert use(api, token).status_code == 400
    at(59)
    assert use(api, token).status_code == 200


def test_suspension_ends_a_link(api, sari, admin_user):
    token = make_reset_token(sari)

    suspend_user(user=sari, by=admin_user, reason="Fraud", now=datetime.now(UTC))

    assert use(api, token).status_code == 400


def test_a_reset_token_is_no_token_of_the_api(sari, warung):
    assert bearer(make_reset_token(sari)).get("/api/merchant/profile").status_code == 401


def test_an_access_token_resets_nothing(api, sari):
    assert use(api, open_session(user=sari, now=datetime.now(UTC)).access).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_five_uses_at_once_exactly_one_succeeds(api, sari):
    token = make_reset_token(sari)
    passwords = [f"gunung-hijau-tinggi-{n}" for n in range(5)]

    answers = at_once(lambda password: use(api, token, password).status_code, passwords)

    assert sorted(answers) == [200, 400, 400, 400, 400]
    winner = passwords[answers.index(200)]
    assert login("sari@example.com", winner).status_code == 200


def test_no_token_and_no_address_is_kept(api, sari):
    ask(api, "sari@example.com")
    use(api, make_reset_token(sari))

    kept = json.dumps(
        [list(OutboxEvent.objects.values("payload")), list(AuditEntry.objects.values("detail"))]
    )
    assert "sari@" not in kept and "-" + make_reset_token(sari).partition("-")[2] not in kept


def test_the_page_sets_a_password_with_the_same_link(client, api, sari):
    path = reset_link(sari).removeprefix("http://localhost:8000")
    form_page = client.get(path).url

    response = client.post(form_page, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert response.status_code == 302
    assert login("sari@example.com", NEW_PASSWORD).status_code == 200
    assert client.get(path).status_code == 200  # says that the link is used up
    assert AuditEntry.objects.filter(action="user.password_reset").count() == 1


def test_the_page_shows_a_weak_password_beside_its_field(client, sari):
    form_page = client.get(reset_link(sari).removeprefix("http://localhost:8000")).url

    response = client.post(form_page, {"password1": "password123", "password2": "password123"})

    assert response.context["form"].errors["password1"]


def test_the_page_asks_like_the_api_and_never_tells(client, sari):
    answers = [
        client.post("/accounts/password/reset/", {"email": email})
        for email in ("sari@example.com", "nobody@example.com")
    ]

    assert {(answer.status_code, answer.url) for answer in answers} == {
        (302, "/accounts/password/reset/done/")
    }
    assert OutboxEvent.objects.filter(topic="password_reset.requested").count() == 2
    assert mail.outbox == []
