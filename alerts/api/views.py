"""A merchant's own warnings."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from alerts.api import answers
from alerts.api.serializers import OwnAlertSerializer, OwnAlertsSerializer
from alerts.selectors import open_warnings
from alerts.services import acknowledge_warning
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer
from merchants.selectors import merchant_of


class MerchantAlertsView(APIView):
    """The caller's active early warnings, newest first."""

    permission_classes = [role_in(Role.MERCHANT)]

    @extend_schema(responses=OwnAlertsSerializer)
    def get(self, request):
        return ok(answers.own_alerts(open_warnings(merchant_of(request.user))))


class AcknowledgeView(APIView):
    """Say that a warning was seen; banks see the warning as before."""

    permission_classes = [role_in(Role.MERCHANT)]

    @extend_schema(request=None, responses=answer(OwnAlertSerializer, message=True))
    def post(self, request, code: UUID):
        warning = acknowledge_warning(
            merchant=merchant_of(request.user), code=code, now=timezone.now()
        )
        return ok(answers.own_alert(warning), message=_("Noted that you have seen this."))
