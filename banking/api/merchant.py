"""A merchant's own loans at whichever bank, once they were submitted."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from banking.api.loan_answers import merchant_loan
from banking.api.loan_serializers import MerchantLoansSerializer
from banking.selectors.loans import applications_of, loan_book
from core.api.pagination import OffsetQuery, query_of
from core.api.permissions import role_in
from core.api.responses import ok
from core.dates import business_day
from merchants.selectors import merchant_of


class MerchantLoansView(APIView):
    permission_classes = [role_in(Role.MERCHANT)]

    @extend_schema(parameters=[OffsetQuery], responses=MerchantLoansSerializer)
    def get(self, request):
        """The caller's loan applications, newest first, and how the running loans stand."""
        query = query_of(request, OffsetQuery)
        merchant = merchant_of(request.user)
        found = applications_of(request.user, merchant)
        page = found[query["offset"] : query["offset"] + query["limit"]]
        running = loan_book(request.user, today=business_day(timezone.now()))
        standings = {standing.application.pk: standing for standing in running}
        rows = [merchant_loan(application, standings.get(application.pk)) for application in page]
        return ok({"applications": rows})
