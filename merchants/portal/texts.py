"""Texts about the shop, by the AI or from its numbers alone, as cards that people may judge."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.ai import opine
from core.models import AiOpinion
from merchants.models import Merchant
from scoring.ai_texts import QWEN, Origin, credit_words, product_words, timing_words
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
    # What this person said of it: True, False or nothing yet.
    is_useful: bool | None = None
    asked: int = 0

    @property
    def url(self) -> str:
        return reverse("merchants:score-words", args=[self.kind])

    @property
    def poll_url(self) -> str:
        if self.asked >= MOST_QUESTIONS:
            return ""
        return f"{self.url}?ke={self.asked + 1}"


def explanation_card(score: CreditScore, *, reader: User, asked: int = 0) -> Card:
    said = credit_words(score)
    paragraphs = (said.explanation, said.recommendation)
    title = _("Your score in words")
    return Card(EXPLANATION, title, paragraphs, said, _opinion(said, reader), asked)


def timing_card(merchant: Merchant, timing: LoanTiming, *, reader: User, asked: int = 0) -> Card:
    said = timing_words(merchant, timing)
    title = _("When your shop sells best")
    return Card(TIMING, title, (said.reasoning,), said, _opinion(said, reader), asked)


def products_card(
    merchant: Merchant, facts: ProductFacts, *, reader: User, now: datetime, asked: int = 0
) -> Card:
    said = product_words(merchant, facts, now=now)
    told = said.insights
    trending = (f"{name}: {why}" for name, why in told.trending)
    paragraphs = (told.summary, *trending, told.inventory_advice, told.growth_opportunity)
    return Card(PRODUCTS, _("Your products"), paragraphs, said, _opinion(said, reader), asked)


def _opinion(said: Origin, reader: User) -> bool | None:
    if said.source != QWEN:
        return None
    own = AiOpinion.objects.filter(text__code=said.code, person_code=str(reader.code))
    return own.values_list("is_useful", flat=True).first()


def judge(card: Card, *, answer: str, reader: User, now: datetime) -> None:
    """Keep whether a text of the AI was useful ("yes" or "no"); of other texts nothing is asked."""
    if card.origin.source == QWEN and answer in ("yes", "no"):
        is_useful = answer == "yes"
        opine(code=card.origin.code, person_code=str(reader.code), is_useful=is_useful, now=now)
