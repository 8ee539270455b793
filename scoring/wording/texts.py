"""Explanation and recommendation of a score from templates: two to four short sentences each."""

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from scoring.domain.reasons import STRENGTH
from scoring.domain.scorecard import INSUFFICIENT
from scoring.models import CreditScore, RiskBand
from scoring.wording.improvements import improvement_text
from scoring.wording.numbers import number
from scoring.wording.reasons import reason_text

# Where a text comes from, as the API says it.
TEMPLATE = "template"


def explanation_of(
    score: CreditScore, language: str | None = None, *, to_bank: bool = False
) -> str:
    """
    Explain a score: what it is, its greatest strength, what costs it most, what is unknown.

    Written to the owner, or with `to_bank` about the shop.
    """
    with override(language or get_language()):
        strengths = [reason for reason in score.reasons if reason["kind"] == STRENGTH]
        held_back = [reason for reason in score.reasons if reason["kind"] != STRENGTH]
        figures = {"points": number(score.points), "band": RiskBand(score.risk_band).label}
        opening = (
            _("The shop's score is %(points)s of 100, risk band %(band)s.")
            if to_bank
            else _("Your score is %(points)s of 100, risk band %(band)s.")
        )
        sentences = [opening % figures]
        if strengths:
            sentences.append(
                _("It helps most: %(reason)s")
                % {"reason": reason_text(strengths[0], to_bank=to_bank)}
            )
        if held_back:
            sentences.append(
                _("It costs most: %(reason)s")
                % {"reason": reason_text(held_back[0], to_bank=to_bank)}
            )
        if score.data_quality == INSUFFICIENT:
            sentences.append(_("There is little data yet, so the score may still move a lot."))
        return " ".join(sentences)


def recommendation_of(score: CreditScore, language: str | None = None) -> str:
    """Suggest what would raise a score most, without promising anybody's decision."""
    with override(language or get_language()):
        if not score.improvements:
            return _("Every component has full points. Keep recording each sale on its day.")
        sentences = [_("What would raise the score most:")]
        sentences += [improvement_text(item) for item in score.improvements[:2]]
        sentences.append(_("The score follows your sales; it is calculated anew each night."))
        return " ".join(sentences)
