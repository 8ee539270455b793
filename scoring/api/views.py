from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from core.api.idempotency import idempotent
from core.api.pagination import query_of
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer
from core.errors import NotFound
from merchants.models import Merchant
from merchants.selectors import merchant_of
from scoring.ai_texts import credit_words
from scoring.api import answers, serializers
from scoring.models import CreditScore
from scoring.selectors import (
    dashboard_of,
    latest_score,
    loan_timing_of,
    product_facts,
    score_history,
    shop_with_newest,
    supposed_card,
)
from scoring.services.scores import recalculate


class ScoreNotAvailable(NotFound):
    code = "score_not_available"


class ShopView(APIView):
    """A view of the caller's own shop."""

    permission_classes = [role_in(Role.MERCHANT)]

    @property
    def shop(self) -> Merchant:
        return merchant_of(self.request.user)

    def score(self) -> CreditScore:
        score = latest_score(self.shop)
        if score is None:
            raise ScoreNotAvailable(
                _("Your credit score is not available yet. It appears after your first sales.")
            )
        return score


class DashboardView(ShopView):
    """The caller's score, sales of the last 30 days and score history."""

    @extend_schema(responses=serializers.DashboardSerializer)
    def get(self, request):
        shop = shop_with_newest(request.user)
        return ok(answers.dashboard(shop, dashboard_of(shop, now=timezone.now())))


class CreditDetailView(ShopView):
    """The caller's newest score: components, measurements, reasons, what is still to be won."""

    @extend_schema(responses=serializers.CreditDetailSerializer)
    def get(self, request):
        return ok(answers.credit_detail(self.score()))


class RecalculateView(ShopView):
    """Score the caller's shop now; every call adds a score."""

    limit_scope = "heavy"

    @extend_schema(request=None, responses=answer(serializers.RecalculatedSerializer, message=True))
    @idempotent
    def post(self, request):
        score = recalculate(merchant=self.shop, now=timezone.now())
        # Asked for now, the AI's words are there when somebody reads the score.
        credit_words(score)
        return ok(answers.recalculated(score), message=_("The credit score was recalculated."))


class ScoreHistoryView(ShopView):
    """The last score of each business day, newest first."""

    @extend_schema(parameters=[serializers.HistoryQuery], responses=serializers.HistorySerializer)
    def get(self, request):
        days = query_of(request, serializers.HistoryQuery)["days"]
        history = score_history(self.shop, now=timezone.now(), days=days)
        return ok({"scoreHistory": [answers.history_row(score) for score in history]})


class WhatIfView(ShopView):
    """The score as it would be with other measurements, by the same code."""

    @extend_schema(parameters=[serializers.WhatIfQuery], responses=serializers.WhatIfSerializer)
    def get(self, request):
        wondered = serializers.WhatIfQuery(data=request.query_params)
        wondered.is_valid(raise_exception=True)
        score = self.score()
        return ok(answers.supposed(supposed_card(score, wondered.to_changes()), score))


class LoanTimingView(ShopView):
    """The week of the month in which the shop sells best."""

    @extend_schema(responses=serializers.LoanTimingSerializer)
    def get(self, request):
        shop = self.shop
        timing = loan_timing_of(shop, now=timezone.now())
        return ok(answers.loan_timing(shop, timing) if timing else answers.too_early_for_timing())


class ProductInsightsView(ShopView):
    """What sells best and what that suggests."""

    @extend_schema(responses=serializers.ProductInsightsSerializer)
    def get(self, request):
        shop, now = self.shop, timezone.now()
        return ok(answers.product_insights(shop, product_facts(shop, now=now), now=now))
