"""The desk of AI texts: everybody sees what became of them, administrators what was said."""

import pytest
from django.utils import timezone

from core.models import AiOpinion, AiText, AuditEntry


@pytest.fixture
def text(db) -> AiText:
    now = timezone.now()
    text = AiText.objects.create(
        kind="credit",
        subject="7",
        language="id",
        facts_hash="x",
        prompt='{"facts": "rahasia dagang"}',
        answer="jawaban yang ditolak",
        state=AiText.State.REJECTED,
        reason="number 87,3%",
        asked_at=now,
        due_at=now,
    )
    AiOpinion.objects.create(text=text, person_code="p", is_useful=True, at=now)
    return text


def page_of(client, person, text) -> str:
    client.force_login(person)
    return client.get(f"/admin/core/aitext/{text.pk}/change/").content.decode()


def test_operators_see_what_became_of_a_text_and_not_what_was_said(client, operator, text):
    page = page_of(client, operator, text)

    assert "number 87,3%" in page
    assert "rahasia dagang" not in page and "jawaban yang ditolak" not in page
    assert not AuditEntry.objects.filter(action="ai_text.read").exists()


def test_administrators_read_question_and_answer_on_record(client, admin_user, text):
    page = page_of(client, admin_user, text)

    assert "rahasia dagang" in page and "jawaban yang ditolak" in page
    entry = AuditEntry.objects.get(action="ai_text.read")
    assert (entry.actor_code, entry.subject_code) == (str(admin_user.code), str(text.code))
