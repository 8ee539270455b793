"""A warning in the AI's words: checked like all of them, a template until then."""

from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import override

from alerts.ai_texts import analysis_of, facts_of
from alerts.models import EarlyWarning
from alerts.wording import warning_text
from core.ai.prompts import plain
from core.ai.ways import wrong_ways
from core.models import AiText

Kind = EarlyWarning.Kind
FIGURES = {
    Kind.REVENUE_DROP: ("1234567.8900", "1470000", "43.2100", "2100000.5000"),
    Kind.TRANSACTION_DROP: ("3.4000", "6.3750", "60.0000", "8.5000"),
    Kind.REFUND_SPIKE: ("9.3750", "3.0000", "6.3750", "3.0000"),
    Kind.SETTLEMENT_DELAY: ("4.1500", "3.0000", "38.3300", None),
    Kind.SCORE_DROP: ("55.0000", "73.0000", "18.0000", "73"),
}


def a_warning(merchant, kind: str) -> EarlyWarning:
    current, threshold, deviation, past = FIGURES[kind]
    now = timezone.now()
    facts = {"recent_days": 10, "past_days": 20, "stopped_selling": False}
    return EarlyWarning.objects.create(
        merchant=merchant,
        kind=kind,
        severity="MEDIUM",
        current_value=Decimal(current),
        threshold=Decimal(threshold),
        deviation=Decimal(deviation),
        facts=facts | ({"past": past} if past else {}),
        detected_at=now,
        updated_at=now,
        worsened_at=now,
    )


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", Kind.values)
def test_a_warning_is_explained_by_its_sentence_and_then_by_the_ai(warung, qwen, kind, language):
    warning = a_warning(warung, kind)
    first = analysis_of(warning, language)
    texts = qwen.write()
    second = analysis_of(warning, language)

    assert [(text.state, text.reason) for text in texts] == [("READY", "")]
    assert [first.source, second.source] == ["template", "qwen"]
    assert str(first) != str(second)


def test_without_a_key_the_sentence_stands(warung):
    warning = a_warning(warung, Kind.REVENUE_DROP)

    analysis = analysis_of(warning)

    assert (analysis.text, analysis.source) == (warning_text(warning), "template")


@pytest.mark.parametrize("mode", ["invented", "promises"])
def test_an_invented_analysis_is_never_shown(warung, qwen, mode):
    warning = a_warning(warung, Kind.REVENUE_DROP)
    qwen.behave(mode)
    analysis_of(warning)

    assert qwen.write()[0].state == AiText.State.REJECTED
    assert analysis_of(warning).text == warning_text(warning)


def test_the_ai_learns_figures_alone(warung):
    warning = a_warning(warung, Kind.REVENUE_DROP)
    warning.facts |= {"note": "Jalan Kenanga 17", "list": [1]}

    facts = facts_of(warning)

    assert facts["fallen_to_rupiah"] == 1_234_568
    assert facts["past_rupiah"] == Decimal("2100000.5")
    assert facts["deviation_percent"] == Decimal("-43.2")
    assert (facts["note"], facts["list"]) == (None, None)


WRONG_WAY = {
    Kind.REVENUE_DROP: "Omzet naik 43,2% menjadi Rp 1.234.568 sehari.",
    Kind.TRANSACTION_DROP: "Penjualan meningkat menjadi 3,4 sehari.",
    Kind.REFUND_SPIKE: "Tingkat refund turun 6,4 poin menjadi 9,4%.",
    Kind.SCORE_DROP: "Skor membaik menjadi 55, naik 18 poin.",
}


@pytest.mark.parametrize("kind", WRONG_WAY)
def test_trouble_told_as_good_news_does_not_pass(warung, kind):
    facts = plain(facts_of(a_warning(warung, kind)))

    assert wrong_ways(WRONG_WAY[kind], facts=facts, language="id")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", Kind.values)
def test_our_own_sentence_of_a_warning_would_pass(warung, kind, language):
    warning = a_warning(warung, kind)

    with override(language):
        facts = plain(facts_of(warning))
        assert wrong_ways(warning_text(warning), facts=facts, language=language) == []
