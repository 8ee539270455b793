"""The AI's words on a score as a bank reads them; figures in sentences until they are there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from banking.selectors import merchant_score
from core.ai import opine
from core.api.limits import stay_within
from core.models import AiOpinion
from scoring.ai_texts import QWEN, CreditWords, credit_words
from scoring.models import CreditScore
from scoring.wording import explanation_of, improvement_text

# Asked every two seconds, a minute long.
MOST_POLLS = 30
IMPROVEMENTS = 2


@require_http_methods(["GET", "POST"])
@for_roles(*BANK_ROLES)
def merchant_ai(request: HttpRequest, code: str) -> HttpResponse:
    """Ask whether the AI's text is there by now (GET), or say whether it was useful (POST)."""
    score = merchant_score(request.user, code=code)
    if request.method == "POST":
        stay_within(scope="write", caller=str(request.user.code))
        _opine(request, credit_words(score))
        return redirect(reverse("banking:merchant", args=[code]) + "#ai")
    context = ai_card(score, request.user, code=code, polls=_polls(request) + 1)
    return render(request, "banking/merchant/_ai.html", context)


def ai_card(score: CreditScore, user: User, *, code: str, polls: int = 0) -> dict:
    """Return the context of `_ai.html`."""
    found = credit_words(score)
    address = reverse("banking:merchant-ai", args=[code])
    return {
        "words": found,
        "paragraphs": _paragraphs(score, found),
        "opinion_url": address,
        "poll_url": f"{address}?{urlencode({'kali': polls})}" if polls < MOST_POLLS else "",
        "is_useful": _opinion(found, user),
    }


def _paragraphs(score: CreditScore, found: CreditWords) -> list[str]:
    if found.source == QWEN:
        return [found.explanation, found.recommendation]
    improvements = " ".join(improvement_text(item) for item in score.improvements[:IMPROVEMENTS])
    return [text for text in (explanation_of(score, to_bank=True), improvements) if text]


def _opinion(found: CreditWords, user: User) -> bool | None:
    if found.source != QWEN:
        return None
    own = AiOpinion.objects.filter(text__code=found.code, person_code=str(user.code))
    return own.values_list("is_useful", flat=True).first()


def _opine(request: HttpRequest, found: CreditWords) -> None:
    useful = request.POST.get("useful")
    if found.source == QWEN and useful in ("yes", "no"):
        opine(
            code=found.code,
            person_code=str(request.user.code),
            is_useful=useful == "yes",
            now=timezone.now(),
        )


def _polls(request: HttpRequest) -> int:
    text = request.GET.get("kali", "")
    return int(text) if text.isdecimal() and len(text) < 4 else MOST_POLLS
