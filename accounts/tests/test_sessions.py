from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from accounts.models import RefreshSession
from accounts.services.people import reinstate_user, suspend_user
from accounts.services.sessions import (
    InvalidRefreshToken,
    close_session,
    end_every_session,
    forget_ended,
    open_session,
    renew_session,
)
from accounts.tests.people import at_once, bearer
from accounts.tokens import read_access, read_refresh
from core.errors import InvalidInput
from core.models import AuditEntry

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
GRACE = timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
SECOND = timedelta(seconds=1)


@pytest.fixture
def now():
    return datetime.now(UTC)


def renew(token, now):
    return renew_session(refresh=token, now=now)


def profile(access):
    return bearer(access).get("/api/merchant/profile").status_code


def test_a_refresh_token_is_traded_for_new_ones(api, sari, warung, now):
    first = open_session(user=sari, now=now)

    response = api().post("/api/auth/refresh", {"refreshToken": first.refresh}, format="json")

    data = response.json()["data"]
    assert response.status_code == 200
    assert set(data) == {"accessToken", "refreshToken"}
    assert data["refreshToken"] != first.refresh
    assert profile(data["accessToken"]) == 200


def test_no_token_is_stored(sari, now):
    tokens = open_session(user=sari, now=now)

    row = RefreshSession.objects.values().get()
    jti = read_refresh(tokens.refresh)["jti"]
    assert jti not in str(row)
    assert tokens.refresh not in str(row)


def test_the_parent_stays_good_until_its_child_is_used(sari, now):
    first = open_session(user=sari, now=now)

    children = {
        renew(first.refresh, now + hours * timedelta(hours=1)).refresh for hours in range(9)
    }

    assert len(children) == 1


def test_within_the_grace_every_repeat_gets_the_same_child(sari, now):
    first = open_session(user=sari, now=now)
    child = renew(first.refresh, now)
    renew(child.refresh, now + SECOND)

    assert renew(first.refresh, now + GRACE).refresh == child.refresh


def test_later_reuse_ends_the_whole_family_and_is_audited(sari, warung, now):
    first = open_session(user=sari, now=now)
    child = renew(first.refresh, now)
    grandchild = renew(child.refresh, now + SECOND)
    other_device = open_session(user=sari, now=now)

    with pytest.raises(InvalidRefreshToken):
        renew(first.refresh, now + GRACE + SECOND)

    for dead in (first, child, grandchild):
        with pytest.raises(InvalidRefreshToken):
            renew(dead.refresh, now + GRACE + 2 * SECOND)
        assert profile(dead.access) == 401
    assert profile(other_device.access) == 200
    assert renew(other_device.refresh, now)
    entry = AuditEntry.objects.get(action="session.reuse_detected")
    assert entry.subject_code == str(sari.code)


def test_reuse_is_answered_401_and_its_revocation_stays(api, sari, now, monkeypatch):
    monkeypatch.setattr(settings, "REFRESH_GRACE_SECONDS", -1)
    first = open_session(user=sari, now=now)
    renew(renew(first.refresh, now).refresh, now)

    response = api().post("/api/auth/refresh", {"refreshToken": first.refresh}, format="json")

    assert (response.status_code, response.json()["code"]) == (401, "refresh_token_invalid")
    assert not RefreshSession.objects.filter(revoked_at=None).exists()


def test_a_long_chain_stays_one_family(sari, now):
    tokens = open_session(user=sari, now=now - 3 * DAY)
    for step in range(1, 30):
        tokens = renew(tokens.refresh, now - 3 * DAY + step * DAY / 10)

    assert RefreshSession.objects.values("family").distinct().count() == 1
    assert RefreshSession.objects.count() == 30


def test_a_refresh_token_ends_after_seven_days(sari, now):
    tokens = open_session(user=sari, now=now)

    with pytest.raises(InvalidRefreshToken):
        renew(tokens.refresh, now + 7 * DAY)


@pytest.mark.parametrize(
    "body", [{}, {"refreshToken": ""}, {"refreshToken": None}, {"refreshToken": [1]}]
)
def test_a_missing_refresh_token_is_400(api, db, body):
    response = api().post("/api/auth/refresh", body, format="json")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "refreshToken"


@pytest.mark.parametrize("text", ["nonsense", "a.b.c", "é", "..", "null"])
def test_an_unreadable_refresh_token_is_401(api, db, text):
    response = api().post("/api/auth/refresh", {"refreshToken": text}, format="json")

    assert (response.status_code, response.json()["code"]) == (401, "refresh_token_invalid")


def test_an_access_token_refreshes_nothing(sari, now):
    with pytest.raises(InvalidRefreshToken):
        renew(open_session(user=sari, now=now).access, now)


@pytest.mark.django_db(transaction=True)
def test_twelve_refreshes_at_once_make_one_child(api, sari, now):
    for trial in range(6):
        first = open_session(user=sari, now=now)

        answers = at_once(
            lambda token: api().post("/api/auth/refresh", {"refreshToken": token}, format="json"),
            [first.refresh] * 12,
        )

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["data"]["refreshToken"] for answer in answers}) == 1
        assert RefreshSession.objects.count() == 2 * (trial + 1)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_renewed_while_everything_ends(sari, admin_user, now):
    for _ in range(6):
        tokens = open_session(user=sari, now=now)

        def race(turn, tokens=tokens, sari=sari):
            if turn == 0:
                return suspend_user(user=sari, by=admin_user, reason="Fraud", now=now)
            try:
                return renew(tokens.refresh, now)
            except InvalidRefreshToken:
                return None

        at_once(race, range(6))

        assert not RefreshSession.objects.filter(user=sari, revoked_at=None).exists()
        sari = reinstate_user(user=sari, by=admin_user, reason="Cleared", now=now)


def test_signing_out_ends_this_session_alone(api, sari, warung, now):
    here, there = open_session(user=sari, now=now), open_session(user=sari, now=now)

    assert bearer(here.access).post("/api/auth/logout").status_code == 200

    assert profile(here.access) == 401
    with pytest.raises(InvalidRefreshToken):
        renew(here.refresh, now)
    assert profile(there.access) == 200


def test_signing_out_ends_the_shown_refresh_token_too(sari, now):
    here, there = open_session(user=sari, now=now), open_session(user=sari, now=now)

    bearer(here.access).post("/api/auth/logout", {"refreshToken": there.refresh}, format="json")

    with pytest.raises(InvalidRefreshToken):
        renew(there.refresh, now)


def test_nobody_signs_out_somebody_else(sari, rini, now):
    mine, hers = open_session(user=sari, now=now), open_session(user=rini, now=now)

    response = bearer(mine.access).post(
        "/api/auth/logout", {"refreshToken": hers.refresh}, format="json"
    )

    assert response.status_code == 200
    assert renew(hers.refresh, now)


@pytest.mark.parametrize("body", [{"refreshToken": "nonsense"}, {"refreshToken": ""}, {}])
def test_signing_out_minds_no_strange_token(sari, now, body):
    tokens = open_session(user=sari, now=now)

    assert bearer(tokens.access).post("/api/auth/logout", body, format="json").status_code == 200
    assert not RefreshSession.objects.filter(revoked_at=None).exists()


def test_signing_out_is_audited_once(sari, now):
    family = read_access(open_session(user=sari, now=now).access)["family"]

    for _ in range(2):
        close_session(user=sari, family=family, now=now)

    assert AuditEntry.objects.filter(action="user.signed_out").count() == 1


def test_suspension_ends_every_token_at_once_and_is_audited(sari, warung, admin_user, now):
    tokens = open_session(user=sari, now=now)

    suspend_user(user=sari, by=admin_user, reason="Fraud confirmed", now=now)

    assert profile(tokens.access) == 401
    with pytest.raises(InvalidRefreshToken):
        renew(tokens.refresh, now)
    entry = AuditEntry.objects.get(action="user.suspended")
    assert (entry.reason, entry.actor_code) == ("Fraud confirmed", str(admin_user.code))


def test_old_sessions_stay_ended_after_reinstatement(sari, warung, admin_user, now):
    tokens = open_session(user=sari, now=now)
    suspend_user(user=sari, by=admin_user, reason="Fraud", now=now)

    back = reinstate_user(user=sari, by=admin_user, reason="Cleared", now=now)

    assert back.is_active
    assert profile(tokens.access) == 401
    assert profile(open_session(user=back, now=now).access) == 200


def test_suspending_twice_is_one_suspension(sari, admin_user, now):
    for _ in range(2):
        suspend_user(user=sari, by=admin_user, reason="Fraud", now=now)

    assert AuditEntry.objects.filter(action="user.suspended").count() == 1


def test_a_suspension_needs_a_reason(sari, admin_user, now):
    with pytest.raises(InvalidInput):
        suspend_user(user=sari, by=admin_user, reason=" ", now=now)

    sari.refresh_from_db()
    assert sari.is_active


def test_ending_every_session_ends_signed_in_pages(client, sari, now):
    client.force_login(sari)
    assert "_auth_user_id" in client.session

    end_every_session(user=sari, now=now)

    assert not client.get("/akun/preferensi/").wsgi_request.user.is_authenticated


def test_forgets_what_is_over_and_keeps_what_lives(sari, now):
    old = open_session(user=sari, now=now - 6 * DAY)
    young = renew(old.refresh, now - SECOND)

    # A day later the parent has expired; its child has not.
    assert forget_ended(now=now + DAY + SECOND) == 1

    assert renew(young.refresh, now + 2 * DAY)
    assert RefreshSession.objects.count() == 2
