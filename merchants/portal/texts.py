"""Texts about the shop, by the AI or from its numbers alone, as the cards of the score's page."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.models import Merchant
from scoring.ai_texts import Origin, credit_words, product_words, timing_words
from scoring.domain.timing import LoanTiming
from scoring.models import CreditScore
from scoring.selectors import ProductFacts

EXPLANATION, TIMING, PRODUCTS = "penjelasan", "waktu", "produk"
# Two seconds apart, that is a minute; afterwards the page shows it when it is opened again.
MOST_QUESTIONS = 30


@dataclass(frozen=True)
class Card:
    """One card: what it says, where that comes from, and where to ask for news of it."""

    kind: str
    title: str
    paragraphs: tuple[str, ...]
    origin: Origin
    asked: int = 0

    @property
    def poll_url(self) -> str:
        if self.asked >= MOST_QUESTIONS:
            return ""
        return f"{reverse('merchants:score-words', args=[self.kind])}?ke={self.asked + 1}"


def explanation_card(score: CreditScore, *, asked: int = 0) -> Card:
    said = credit_words(score)
    paragraphs = (said.explanation, said.recommendation)
    return Card(EXPLANATION, _("Your score in words"), paragraphs, said, asked)


def timing_card(merchant: Merchant, timing: LoanTiming, *, asked: int = 0) -> Card:
    said = timing_words(merchant, timing)
    return Card(TIMING, _("When your shop sells best"), (said.reasoning,), said, asked)


def products_card(
    merchant: Merchant, facts: ProductFacts, *, now: datetime, asked: int = 0
) -> Card:
    said = product_words(merchant, facts, now=now)
    told = said.insights
    trending = (f"{name}: {why}" for name, why in told.trending)
    paragraphs = (told.summary, *trending, told.inventory_advice, told.growth_opportunity)
    return Card(PRODUCTS, _("Your products"), paragraphs, said, asked)
