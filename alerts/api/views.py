from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from accounts.models import Role
from core.api.permissions import role_in
from core.api.responses import ok


class AlertSummarySerializer(serializers.Serializer):
    totalAlerts = serializers.IntegerField()
    criticalCount = serializers.IntegerField()
    mediumCount = serializers.IntegerField()
    lowCount = serializers.IntegerField()
    alerts = serializers.ListField(child=serializers.DictField())


class MerchantAlertsView(APIView):
    """The caller's active early warnings. No detector runs yet, so there are none."""

    permission_classes = [role_in(Role.MERCHANT)]

    @extend_schema(responses=AlertSummarySerializer)
    def get(self, request):
        return ok(
            {"totalAlerts": 0, "criticalCount": 0, "mediumCount": 0, "lowCount": 0, "alerts": []}
        )
