"""Ask that a person looks again: at the score, or at a bank's refusal."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.models import Role
from banking.selectors.objections import (
    has_open_score_objection,
    objections_of,
    open_to_objection,
)
from banking.services.objections import (
    ANSWER_WITHIN,
    LEAST_LETTERS,
    MOST_LETTERS,
    raise_objection,
)
from core.api.limits import stay_within
from core.errors import Refusal
from core.formats import rupiah, tanggal
from merchants.models import Merchant
from merchants.selectors import merchant_of
from scoring.selectors import latest_score

# What the form calls the score; anything else is an application's number.
SCORE = "skor"


class ObjectionForm(forms.Form):
    """What somebody objects to, and why; `code` makes sending it twice one objection."""

    code = forms.UUIDField(widget=forms.HiddenInput)
    subject = forms.ChoiceField(label=gettext_lazy("What do you object to?"))
    text = forms.CharField(
        label=gettext_lazy("What is not right?"),
        min_length=LEAST_LETTERS,
        max_length=MOST_LETTERS,
        widget=forms.Textarea,
    )

    def __init__(self, *args, subjects: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = subjects

    @property
    def application_code(self) -> str | None:
        subject = self.cleaned_data["subject"]
        return None if subject == SCORE else subject

    def refuse(self, refusal: Refusal) -> None:
        """Show why nothing was sent; sent again, it is another try."""
        self.add_error("text" if "text" in refusal.fields else None, refusal.message)
        self.data = self.data.copy()
        self.data["code"] = uuid4()


@require_http_methods(["GET", "POST"])
@for_roles(Role.MERCHANT)
def objections(request: HttpRequest) -> HttpResponse:
    """One's objections with their answers, and a form for another where there is something left."""
    merchant = merchant_of(request.user)
    subjects = subjects_of(merchant)
    if request.method == "GET":
        chosen = {"subject": request.GET.get("tentang") or (subjects[0][0] if subjects else "")}
        form = ObjectionForm(initial=chosen | {"code": uuid4()}, subjects=subjects)
        return _shown(request, merchant, form)
    stay_within(scope="write", caller=str(request.user.code))
    form = ObjectionForm(request.POST, subjects=subjects)
    # Sent twice: its subject is no longer open to choose.
    if _is_known(merchant, form) or (form.is_valid() and _sent(request, merchant, form)):
        return redirect("merchants:objections")
    return _shown(request, merchant, form, status=400)


def _is_known(merchant: Merchant, form: ObjectionForm) -> bool:
    try:
        return merchant.objections.filter(code=UUID(form.data.get("code", ""))).exists()
    except ValueError:
        return False


def _shown(request, merchant: Merchant, form: ObjectionForm, status: int = 200) -> HttpResponse:
    context = {
        "merchant": merchant,
        "form": form,
        "objections": objections_of(merchant),
        "days": ANSWER_WITHIN.days,
        "now": timezone.now(),
    }
    return render(request, "merchants/objections.html", context, status=status)


def subjects_of(merchant: Merchant) -> list[tuple[str, str]]:
    """Return what may be objected to now, as choices: the score, then refused applications."""
    subjects = []
    score = latest_score(merchant)
    if score and not has_open_score_objection(merchant):
        day = tanggal(score.as_of_day)
        words = {"points": score.points, "day": day}
        subjects.append((SCORE, _("My score of %(points)s, as of %(day)s") % words))
    for application in open_to_objection(merchant):
        words = {
            "bank": application.bank.name,
            "amount": rupiah(application.amount),
            "day": tanggal(application.decided_at),
        }
        label = _("%(bank)s refused %(amount)s on %(day)s") % words
        subjects.append((application.code, label))
    return subjects


def _sent(request: HttpRequest, merchant: Merchant, form: ObjectionForm) -> bool:
    try:
        raise_objection(
            merchant=merchant,
            by=request.user,
            text=form.cleaned_data["text"],
            code=form.cleaned_data["code"],
            application_code=form.application_code,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, _("Your objection is on its way. A person will look at it."))
    return True
