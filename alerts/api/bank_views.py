"""What banks see and say of the warnings of consenting merchants."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from alerts.api import answers, serializers
from alerts.api.words import SEVERITIES, STANDINGS, TYPES, stored
from alerts.models import BankReview
from alerts.selectors import (
    BoardFilter,
    board,
    board_counts,
    monthly_trend,
    warning_of,
    warnings_on_file,
)
from alerts.services import review_warning
from core.api.idempotency import idempotent
from core.api.pagination import query_of
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer

State = BankReview.State


class BankView(APIView):
    permission_classes = [role_in(Role.BANK_OFFICER, Role.BANK_APPROVER)]


class MerchantAlertsView(BankView):
    """One consenting merchant's warnings, newest first; active ones unless asked otherwise."""

    @extend_schema(
        parameters=[serializers.StatusQuery], responses=serializers.MerchantAlertsSerializer
    )
    def get(self, request, code: str):
        query = serializers.StatusQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = warnings_on_file(request.user, merchant_code=code, wanted=query.wanted)
        return ok(answers.merchant_alerts(code, found))


class BoardView(BankView):
    """Warnings of all consenting merchants, worst first, page by page."""

    @extend_schema(parameters=[serializers.BoardQuery], responses=serializers.BoardSerializer)
    def get(self, request):
        query = query_of(request, serializers.BoardQuery)
        page = board(
            request.user,
            wanted=BoardFilter(
                severity=stored(SEVERITIES, query.get("severity", "")),
                kind=stored(TYPES, query.get("type", "")),
                standing=stored(STANDINGS, query.get("standing", "")),
                only_open=query["status"] == serializers.ACTIVE,
                search=query.get("search", ""),
                city=query.get("city", ""),
                order=query["sort"],
            ),
            limit=query["limit"],
            cursor=query.get("cursor"),
        )
        return ok(answers.board_page(page, board_counts(request.user)))


class TrendView(BankView):
    """How many warnings each month brought and closed."""

    @extend_schema(parameters=[serializers.TrendQuery], responses=serializers.TrendSerializer)
    def get(self, request):
        months = query_of(request, serializers.TrendQuery)["months"]
        return ok(answers.trend(monthly_trend(request.user, months=months, now=timezone.now())))


class ReviewView(BankView):
    """Say what your bank makes of a warning; other banks and the merchant never see it."""

    state: State

    @extend_schema(
        request=serializers.NoteRequest,
        responses=answer(serializers.BankAlertSerializer, message=True),
    )
    @idempotent
    def post(self, request, code: UUID):
        asked = serializers.NoteRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        review_warning(
            code=code,
            state=self.state,
            note=asked.validated_data["note"],
            by=request.user,
            now=timezone.now(),
        )
        warning = warning_of(request.user, code=code)
        return ok(answers.bank_alert(warning), message=_("Your bank's view was noted."))


class AcknowledgeView(ReviewView):
    state = State.ACKNOWLEDGED


class MonitorView(ReviewView):
    state = State.MONITORING


class ResolveView(ReviewView):
    """Resolve a warning for your bank; a note says why. It comes back when it worsens a tier."""

    state = State.RESOLVED
