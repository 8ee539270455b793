"""What loans would cost and how merchants stand: figures without an application."""

from decimal import Decimal

from django.utils import timezone
from drf_spectacular.utils import extend_schema

from banking.api import loan_answers as answers
from banking.api.loan_serializers import (
    BatchAnswerSerializer,
    BatchSerializer,
    LoanQuoteSerializer,
    QuoteQuery,
)
from banking.api.loans import LendingView, said
from banking.api.words import METHOD_OF_WORD
from banking.domain.installments import quote
from banking.models import LoanApplication
from banking.selectors.loans import assessment_for, newest_scores, terms_of, visible_merchant
from core.api.fields import instant
from core.api.pagination import query_of
from core.api.responses import ok
from core.money import round_half_up
from scoring.models import RiskBand


class QuoteView(LendingView):
    @extend_schema(parameters=[QuoteQuery], responses=LoanQuoteSerializer)
    def get(self, request):
        """What a loan would cost a month; with `merchantId`, how its checks would come out."""
        query = query_of(request, QuoteQuery)
        terms = terms_of(request.user.organisation)
        wanted = LoanApplication(
            amount=query["amount"],
            tenor_months=query["tenor"],
            yearly_rate_percent=query.get("interestRate", terms.yearly_rate_percent),
            method=METHOD_OF_WORD.get(query.get("repaymentMethod"), terms.method),
        )
        figures = {
            "tenor_months": wanted.tenor_months,
            "yearly_rate_percent": wanted.yearly_rate_percent,
            "method": wanted.method,
        }
        found = None
        if code := query.get("merchantId"):
            found = assessment_for(
                visible_merchant(request.user, code=code),
                amount=wanted.amount,
                terms=terms,
                now=timezone.now(),
                **figures,
            )
        return ok(answers.quoted(wanted, quote(principal=wanted.amount, **figures), found))


class BatchView(LendingView):
    limit_scope = "heavy"

    @extend_schema(request=BatchSerializer, responses={200: BatchAnswerSerializer})
    def post(self, request):
        """
        Score, band and limit of up to 500 merchants at once.

        A merchant that is unknown, did not consent or has no score yet looks alike: null and "N/A".
        """
        codes = list(dict.fromkeys(said(BatchSerializer, request)["merchantIds"]))
        scores = newest_scores(request.user, codes=codes)
        bands = [score.risk_band for score in scores.values()]
        return ok(
            {
                "totalMerchants": len(codes),
                "assessmentDate": instant(timezone.now()),
                "summary": {
                    "avgCreditScore": _average([score.points for score in scores.values()]),
                    "highRisk": bands.count(RiskBand.HIGH),
                    "mediumRisk": bands.count(RiskBand.MEDIUM),
                    "lowRisk": bands.count(RiskBand.LOW),
                },
                "details": [answers.batch_row(code, scores.get(code)) for code in codes],
            }
        )


def _average(points: list[int]) -> float | None:
    return float(round_half_up(Decimal(sum(points)) / len(points), 2)) if points else None
