"""
The words of scores, timing and products: the AI's once they passed the check, a template's until then.

Each names its source. Asking is safe on every view of a page; nobody waits for the AI.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import get_language, override

from core.ai import OFF, Words, is_on, words
from core.ai.prompts import foreign_name
from core.money import round_half_up
from merchants.models import Merchant
from scoring import wording
from scoring.domain.policy import POLICIES
from scoring.domain.reasons import RISK, STRENGTH, UNMEASURED
from scoring.domain.series import BLOCK_DAYS, WINDOW_DAYS
from scoring.domain.timing import LoanTiming
from scoring.models import CreditScore, RiskBand
from scoring.selectors import ProductFacts, product_facts_of_complete_days
from scoring.wording import TEMPLATE, ProductInsights, prompts

QWEN = "qwen"
CREDIT, TIMING, PRODUCTS = "credit", "timing", "products"
MOST_PRODUCTS = 5


@dataclass(frozen=True, kw_only=True)
class Origin:
    """
    Where a text comes from: `source` is "qwen" or "template".

    `state` says what became of the AI's text (WAITING while it is being written, OFF without an AI),
    `code` names it; `model` and `written_at` are set for texts that the AI wrote.
    """

    source: str = TEMPLATE
    model: str = ""
    written_at: datetime | None = None
    state: str = OFF
    code: UUID | None = None


@dataclass(frozen=True)
class CreditWords(Origin):
    explanation: str
    recommendation: str


@dataclass(frozen=True)
class TimingWords(Origin):
    reasoning: str


@dataclass(frozen=True)
class ProductWords(Origin):
    insights: ProductInsights


# ── The score ──────────────────────────────────────────────────────────────────────────
def credit_words(score: CreditScore, language: str | None = None) -> CreditWords:
    """Explain a score and suggest what would raise it, in a language (default: the active one)."""
    language = _language(language)
    with override(language):
        found = words(
            kind=CREDIT,
            subject=str(score.merchant_id),
            language=language,
            facts=credit_facts(score),
            schema=prompts.CREDIT_SCHEMA,
            instructions=prompts.CREDIT,
            temperature=0.4,
            max_tokens=500,
        )
    if found.text:
        return CreditWords(**found.text, **_origin(found))
    return CreditWords(
        explanation=wording.explanation_of(score, language),
        recommendation=wording.recommendation_of(score, language),
        **_origin(found),
    )


def credit_facts(score: CreditScore) -> dict[str, Any]:
    """Return what the AI learns of a score: figures alone, in the units that their names tell."""
    kinds = {reason["component"]: reason["kind"] for reason in score.reasons}
    return {
        "score": score.points,
        "score_out_of": 100,
        "risk_band": RiskBand(score.risk_band).label,
        "data_quality": score.data_quality,
        "period_days": WINDOW_DAYS,
        "observed_days": score.measurements["observed_days"],
        "sales": score.sales_count,
        "average_monthly_revenue_rupiah": round_half_up(score.average_monthly_revenue),
        "components": _components(score),
        "strengths": [name for name, kind in kinds.items() if kind == STRENGTH],
        "weaknesses": [name for name, kind in kinds.items() if kind == RISK],
        "not_measured": [name for name, kind in kinds.items() if kind == UNMEASURED],
        "improvements": [_improvement(item) for item in score.improvements],
    }


# Each component's measurement, under a name that tells its unit.
_MEASURED = {
    "volume": ("monthly_sales", "sales_a_month"),
    "consistency": ("cv_percent", "difference_between_months_percent"),
    "growth": ("growth_percent", "growth_beyond_chance_percent"),
    "refund": ("refund_percent", "refunded_sales_percent"),
    "settlement": ("settlement_days", "days_until_money_arrives"),
}


def _components(score: CreditScore) -> dict[str, Any]:
    return {
        rule.name: {
            "points": getattr(score, f"{rule.name}_points"),
            "points_out_of": 100,
            "weight_percent": rule.weight_percent,
            _MEASURED[rule.name][1]: _figure(score.measurements[_MEASURED[rule.name][0]]),
        }
        for rule in POLICIES[score.policy_version].components
    }


def _improvement(item: Mapping[str, Any]) -> dict[str, Any]:
    unit = _MEASURED[item["component"]][1]
    return {
        "component": item["component"],
        "points_to_win": _figure(item["points_to_win"]),
        f"target_{unit}": _figure(item["target"]),
    }


# ── Timing ─────────────────────────────────────────────────────────────────────────────
def timing_words(
    merchant: Merchant, timing: LoanTiming, language: str | None = None
) -> TimingWords:
    """Say why that week of the month; the week itself is computed and never the AI's."""
    language = _language(language)
    found = words(
        kind=TIMING,
        subject=str(merchant.pk),
        language=language,
        facts=timing_facts(timing),
        schema=prompts.TIMING_SCHEMA,
        instructions=prompts.TIMING,
        temperature=0.3,
        max_tokens=300,
    )
    if found.text:
        return TimingWords(**found.text, **_origin(found))
    with override(language):
        return TimingWords(reasoning=wording.timing_text(timing), **_origin(found))


def timing_facts(timing: LoanTiming) -> dict[str, Any]:
    """Return what the AI learns of timing: no amounts, and as many days as there really were."""
    return {
        "complete_days_observed": timing.observed_days,
        "recommended_week": timing.recommended_week,
        "confidence_percent": timing.confidence,
        "days_are": timing.volatility,
        "variation_of_daily_revenue_percent": _percent(timing.volatility_ratio),
        "variation_is_of_last_days": min(BLOCK_DAYS, timing.observed_days),
        "weeks_of_the_month": _weeks(timing),
        "next_from": timing.starts_on,
        "next_to": timing.ends_on,
    }


def _weeks(timing: LoanTiming) -> list[dict[str, Any]]:
    means = [mean for mean in timing.week_means if mean is not None]
    average = sum(means) / len(means)
    return [
        {"week": number, "against_the_average_week_percent": _against(mean, average)}
        for number, mean in enumerate(timing.week_means, start=1)
    ]


def _against(mean: Decimal | None, average: Decimal) -> Decimal | None:
    return None if mean is None or average <= 0 else _figure(100 * (mean - average) / average)


# ── Products ───────────────────────────────────────────────────────────────────────────
def product_words(
    merchant: Merchant, facts: ProductFacts, *, now: datetime, language: str | None = None
) -> ProductWords:
    """
    Tell what sells and what that suggests.

    The template tells of the sales of this moment, `facts`; the AI of the days that are over, so that
    not every sale asks it anew.
    """
    language = _language(language)
    found, names = _asked_of_products(merchant, now=now, language=language)
    if found.text:
        return ProductWords(insights=_insights(found.text, names), **_origin(found))
    with override(language):
        insights = wording.product_insights(
            measured=facts.measured, products=facts.products, newest_sales=facts.newest_sales
        )
    return ProductWords(insights=insights, **_origin(found))


def _asked_of_products(
    merchant: Merchant, *, now: datetime, language: str
) -> tuple[Words, dict[str, str]]:
    facts = product_facts_of_complete_days(merchant, now=now) if is_on() else None
    if facts is None:
        return Words(), {}
    # The AI gets names without anybody's address in them; what it says of them is shown under ours.
    names = {
        foreign_name(each.name): each.name for each in reversed(facts.products[:MOST_PRODUCTS])
    }
    found = words(
        kind=PRODUCTS,
        subject=str(merchant.pk),
        language=language,
        facts=_product_facts(facts),
        schema=prompts.products_schema(list(names)[::-1]),
        instructions=prompts.PRODUCTS,
        temperature=0.4,
        max_tokens=600,
    )
    return found, names


def _product_facts(facts: ProductFacts) -> dict[str, Any]:
    measured, products = facts.measured, facts.products[:MOST_PRODUCTS]
    pieces = sum(each.quantity for each in products)
    return {
        "period_days": WINDOW_DAYS,
        "observed_days": measured.observed_days,
        "sales": measured.sales_count,
        "revenue_rupiah": round_half_up(measured.revenue),
        "revenue_of_each_30_days_newest_first_rupiah": [
            round_half_up(block) for block in measured.block_revenues
        ],
        "change_of_last_30_days_percent": _figure(measured.raw_growth_percent),
        "counted_in_newest_sales": facts.newest_sales,
        "products": [
            {
                "name": foreign_name(each.name),
                "pieces": _figure(each.quantity),
                "share_of_these_pieces_percent": _share(each.quantity, pieces),
                "revenue_rupiah": None if each.revenue is None else round_half_up(each.revenue),
            }
            for each in products
        ],
    }


def _insights(text: Mapping[str, Any], names: Mapping[str, str]) -> ProductInsights:
    trending = text["top_trending_products"]
    return ProductInsights(
        summary=text["performance_summary"],
        trending=tuple((names[each["name"]], each["reason"]) for each in trending),
        inventory_advice=text["inventory_advice"],
        growth_opportunity=text["growth_opportunity"],
    )


# ── All of them ────────────────────────────────────────────────────────────────────────
def _origin(found: Words) -> dict[str, Any]:
    return {
        "source": QWEN if found.text else TEMPLATE,
        "model": found.model,
        "written_at": found.written_at,
        "state": found.state,
        "code": found.code,
    }


def _language(language: str | None) -> str:
    return "en" if (language or get_language() or "id").startswith("en") else "id"


def _figure(value: Decimal | int | str | None) -> Decimal | None:
    """Round to the one decimal that people read."""
    return None if value is None else round_half_up(Decimal(value), 1)


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return _figure(100 * part / whole) if whole else None


def _percent(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else _figure(100 * ratio)
