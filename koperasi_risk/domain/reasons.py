"""
Why a result is what it is, in sentences that name factor, value and limit.

Breached rules come first: the strongest action, then most points, then the oldest rule. Then follows
what a person has to look at: missing data, unknown factors, a member who is not active, and a score
that decided by its band. There is always at least one sentence.

    Hari tunggakan terlama: 45 hari melebihi batas 30 hari (-15 poin, tinjau manual)
    Rasio angsuran terhadap pendapatan: data pendapatan belum tersedia, perlu tinjauan manual
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from koperasi_risk.domain import words
from koperasi_risk.domain.catalogue import CATALOGUE
from koperasi_risk.domain.factors import cause_text
from koperasi_risk.domain.numbers import measured, measured_apart
from koperasi_risk.domain.records import restored
from koperasi_risk.domain.scoring import (
    APPROVE_FROM,
    DATA_MISSING,
    REJECT_LEVEL,
    REVIEW_FROM,
    UNKNOWN_FACTOR,
    Assessment,
    Line,
)


def reasons(assessment: Assessment, language: str = "id") -> list[str]:
    """Return the sentences that explain an assessment, most important first."""
    sentences = [breach(line, language) for line in assessment.breaches]
    sentences += [missing(line, language) for line in _lines(assessment, DATA_MISSING)]
    sentences += [unknown(line, language) for line in _lines(assessment, UNKNOWN_FACTOR)]
    if not assessment.lines:
        sentences.append(words.said(words.NO_RULES, language))
    if not assessment.is_active:
        sentences.append(_not_active(assessment.member_status, language))
    if assessment.level > assessment.rules_level:
        sentences.append(_band(assessment, language))
    if not sentences:
        count = len(assessment.lines)
        sentences.append(words.said(words.NO_BREACH, language).format(count=count))
    return sentences


def reasons_of_lines(
    lines: Sequence[Mapping[str, Any]], seen: Mapping[str, Any], language: str = "id"
) -> list[str]:
    """Return the sentences of a stored assessment, from its lines and what it saw."""
    return reasons(restored(lines, seen), language)


def breach(line: Line, language: str = "id") -> str:
    """Say by how much a rule is breached, and what that costs."""
    factor = CATALOGUE[line.factor_key]
    sentence = words.ABOVE if line.is_higher_riskier else words.BELOW
    if factor.unit == "flag" and line.threshold == 1:
        sentence = words.FLAG_IS_NOT_SET
    value, threshold = measured_apart(factor.unit, line.value, line.threshold, language)
    return words.said(sentence, language).format(
        label=factor.label(language),
        value=value,
        threshold=threshold,
        points=measured("points", -line.penalty, language),
        action=words.said(words.ACTIONS[line.action], language),
    )


def missing(line: Line, language: str = "id") -> str:
    """Say what is not known yet."""
    return words.said(words.DATA_MISSING, language).format(
        label=CATALOGUE[line.factor_key].label(language), cause=cause_text(line.cause, language)
    )


def unknown(line: Line, language: str = "id") -> str:
    """Say that a rule names a factor which cannot be measured."""
    return words.said(words.UNKNOWN_FACTOR, language).format(factor=line.rule.factor)


def _lines(assessment: Assessment, outcome: str) -> list[Line]:
    return [line for line in assessment.lines if line.outcome == outcome]


def _not_active(status: str, language: str) -> str:
    wording = words.STATUSES.get(status, words.NOT_ACTIVE)
    return words.said(words.MEMBER_NOT_ACTIVE, language).format(
        status=words.said(wording, language)
    )


def _band(assessment: Assessment, language: str) -> str:
    is_rejected = assessment.level == REJECT_LEVEL
    limit: Decimal = REVIEW_FROM if is_rejected else APPROVE_FROM
    score, written_limit = measured_apart("ratio", assessment.score, limit, language)
    sentence = words.BAND_REJECT if is_rejected else words.BAND_REVIEW
    return words.said(sentence, language).format(score=score, limit=written_limit)
