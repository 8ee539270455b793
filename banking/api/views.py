"""The bank's view of consenting merchants, read only."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from banking.api import answers
from banking.api.serializers import (
    FoundSerializer,
    MerchantCreditSerializer,
    MerchantDetailSerializer,
    PortfolioQuery,
    PortfolioSerializer,
    SearchRequest,
)
from banking.selectors import PortfolioFilter, merchant_score, portfolio_page
from banking.services.merchants import open_merchant
from core.api.pagination import query_of
from core.api.permissions import role_in
from core.api.responses import ok
from scoring.api.answers import credit_detail

BANK_PEOPLE = [role_in(Role.BANK_OFFICER, Role.BANK_APPROVER)]


class PortfolioView(APIView):
    """One row per consenting merchant with its latest score, best first."""

    permission_classes = BANK_PEOPLE

    @extend_schema(parameters=[PortfolioQuery], responses=PortfolioSerializer)
    def get(self, request):
        query = query_of(request, PortfolioQuery)
        page = portfolio_page(
            request.user,
            wanted=PortfolioFilter(
                search=query.get("search", ""),
                risk_band=query.get("riskBand", "").upper(),
                category=query.get("category", ""),
                city=query.get("city", ""),
            ),
            sort=query["sort"],
            limit=query["limit"],
            offset=query["offset"],
            now=timezone.now(),
        )
        return ok({"count": page.total, "merchants": list(map(answers.portfolio_row, page.rows))})


class SearchView(APIView):
    """Merchants by their latest score, before paging."""

    permission_classes = BANK_PEOPLE

    @extend_schema(request=SearchRequest, responses=FoundSerializer)
    def post(self, request):
        wanted = SearchRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        query = wanted.validated_data
        page = portfolio_page(
            request.user,
            wanted=PortfolioFilter(
                risk_band=query.get("riskBand", "").upper(),
                category=query.get("businessCategory", ""),
                min_points=query["minCreditScore"],
                max_points=query["maxCreditScore"],
            ),
            sort="score",
            limit=query["limit"],
            offset=query["offset"],
            now=timezone.now(),
        )
        return ok({"count": page.total, "merchants": list(map(answers.found_row, page.rows))})


class MerchantView(APIView):
    """One consenting merchant: who it is, its score and figures. Reading it is recorded."""

    permission_classes = BANK_PEOPLE

    @extend_schema(responses=MerchantDetailSerializer)
    def get(self, request, code: str):
        overview = open_merchant(code=code, by=request.user, now=timezone.now())
        return ok(answers.merchant_detail(overview))


class CreditView(APIView):
    """One consenting merchant's newest score, as the merchant itself reads it."""

    permission_classes = BANK_PEOPLE

    @extend_schema(responses=MerchantCreditSerializer)
    def get(self, request, code: str):
        score = merchant_score(request.user, code=code)
        return ok(credit_detail(score) | {"merchantId": code})
