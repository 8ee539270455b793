"""A merchant's sales: record one, look through them, take them home as CSV."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from core.api.idempotency import once
from core.api.pagination import page_facts, query_of
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer
from core.request_context import client_address
from merchants.selectors import merchant_of
from transactions.api.answers import qris_sale, transaction_detail, transaction_row
from transactions.api.exports import sales_file
from transactions.api.serializers import (
    FilterQuery,
    ListQuery,
    NewSaleAnswerSerializer,
    NewSaleSerializer,
    SalesPaginationSerializer,
    TransactionDetailSerializer,
    TransactionSerializer,
    sales_filter,
)
from transactions.models import Transaction
from transactions.selectors.sales import SalesPage, sale_of, sales_page
from transactions.services.sales import create_sale


class SalesView(APIView):
    """A door for merchants, each to their own sales."""

    permission_classes = [role_in(Role.MERCHANT)]


class CreateView(SalesView):
    takes_idempotency_key = True

    @extend_schema(
        request=NewSaleSerializer, responses={201: answer(NewSaleAnswerSerializer, message=True)}
    )
    def post(self, request):
        """
        Record a sale; for QRIS, get the code to pay it with. The fraud engine decides first.

        A QRIS call that broke off goes on under its Idempotency-Key: same sale, same code.
        """
        body = NewSaleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        merchant = merchant_of(request.user)
        with once(request) as attempt:
            if attempt.answer:
                return attempt.answer
            sale = create_sale(
                merchant=merchant,
                sale=body.to_sale(address=client_address(request)),
                now=timezone.now(),
                code=attempt.subject or None,
                remember=lambda sale: _remember(attempt, sale, merchant),
            )
            if sale.method == Transaction.Method.CASH:
                return _created(sale, merchant)
            return attempt.keep(_waiting(sale))


class ListView(SalesView):
    @extend_schema(
        parameters=[ListQuery],
        responses=answer(
            TransactionSerializer(many=True), paged=True, pagination=SalesPaginationSerializer
        ),
    )
    def get(self, request):
        """The caller's sales, newest first."""
        query = query_of(request, ListQuery)
        merchant = merchant_of(request.user)
        found = sales_page(
            merchant=merchant,
            wanted=sales_filter(query),
            page=query["page"],
            limit=query["limit"],
            cursor=query.get("cursor"),
        )
        rows = [transaction_row(sale, merchant_code=merchant.code) for sale in found.sales]
        return ok(rows, pagination=_pagination(found, query))


class DetailView(SalesView):
    @extend_schema(responses=TransactionDetailSerializer)
    def get(self, request, code):
        """One sale of the caller."""
        merchant = merchant_of(request.user)
        sale = sale_of(merchant=merchant, code=code)
        return ok(transaction_detail(sale, merchant_code=merchant.code))


class ExportView(SalesView):
    limit_scope = "heavy"

    def perform_content_negotiation(self, request, force=False):
        # Whoever asks for text/csv gets refusals in JSON all the same.
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(parameters=[FilterQuery], responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request):
        """The caller's sales as CSV, newest first, with the filters of the list."""
        query = query_of(request, FilterQuery)
        return sales_file(
            merchant=merchant_of(request.user),
            wanted=sales_filter(query),
            filters={name: str(value) for name, value in query.items() if name != "search"},
            by=request.user,
            address=client_address(request),
            now=timezone.now(),
        )


def _remember(attempt, sale, merchant):
    if sale.method == Transaction.Method.CASH:
        attempt.keep(_created(sale, merchant))
    else:
        # Its answer needs the gateway first; a repeat goes on with this sale.
        attempt.begin(sale.code)


def _waiting(sale):
    return ok(qris_sale(sale), message=_("QRIS sale created"), status=201)


def _created(sale, merchant):
    row = transaction_row(sale, merchant_code=merchant.code)
    return ok(row, message=_("Cash sale recorded"), status=201)


def _pagination(found: SalesPage, query: dict) -> dict:
    return page_facts(total=found.total, page=query["page"], limit=query["limit"]) | {
        "totalIsExact": found.total_is_exact,
        "nextCursor": found.next_cursor,
        "searchedSince": found.searched_since and found.searched_since.isoformat(),
    }
