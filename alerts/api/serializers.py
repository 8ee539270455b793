"""What comes in and goes out about warnings."""

from rest_framework import serializers

from alerts.api.words import SEVERITIES, STANDINGS, TYPES
from alerts.selectors import ORDERS
from alerts.services.reviews import MAX_NOTE
from core.api.fields import TextField
from core.api.pagination import MAX_LIMIT, whole

ACTIVE, RESOLVED, ALL = "active", "resolved", "all"


class AlertSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=list(TYPES.values()))
    severity = serializers.ChoiceField(choices=list(SEVERITIES.values()))
    metric = serializers.CharField()
    analysis = serializers.CharField()
    analysisSource = serializers.CharField(help_text="`qwen` or `template`")


class OwnAlertSerializer(AlertSerializer):
    currentValue = serializers.CharField()
    detectedAt = serializers.CharField()
    acknowledgedAt = serializers.CharField(allow_null=True)


class OwnAlertsSerializer(serializers.Serializer):
    totalAlerts = serializers.IntegerField()
    criticalCount = serializers.IntegerField()
    mediumCount = serializers.IntegerField()
    lowCount = serializers.IntegerField()
    alerts = OwnAlertSerializer(many=True)


class BankAlertSerializer(AlertSerializer):
    value = serializers.CharField()
    threshold = serializers.CharField()
    deviation = serializers.CharField(help_text="per cent; points for refunds and the score")
    detected = serializers.CharField()
    resolved = serializers.BooleanField(help_text="closed by a scan, or resolved by your bank")
    standing = serializers.ChoiceField(choices=list(STANDINGS.values()))
    resolvedAt = serializers.CharField(allow_null=True)
    resolution = serializers.CharField(allow_null=True)


class SummarySerializer(serializers.Serializer):
    total = serializers.IntegerField()
    critical = serializers.IntegerField()
    medium = serializers.IntegerField()
    low = serializers.IntegerField()


class MerchantAlertsSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    summary = SummarySerializer()
    alerts = BankAlertSerializer(many=True)


class BoardRowSerializer(BankAlertSerializer):
    merchantId = serializers.CharField()
    companyName = serializers.CharField()
    city = serializers.CharField()


class BoardCountsSerializer(SummarySerializer):
    new = serializers.IntegerField()
    acknowledged = serializers.IntegerField()
    monitoring = serializers.IntegerField()
    resolved = serializers.IntegerField(help_text="by your bank, while the condition holds")


class BoardSerializer(serializers.Serializer):
    counts = BoardCountsSerializer(help_text="of all open ones, whatever was asked for")
    alerts = BoardRowSerializer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class TrendMonthSerializer(serializers.Serializer):
    month = serializers.CharField(help_text="YYYY-MM")
    raised = serializers.IntegerField()
    critical = serializers.IntegerField()
    medium = serializers.IntegerField()
    low = serializers.IntegerField()
    resolved = serializers.IntegerField()


class TrendSerializer(serializers.Serializer):
    months = TrendMonthSerializer(many=True)


class RiskFlagSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=list(TYPES.values()))
    severity = serializers.ChoiceField(choices=list(SEVERITIES.values()))
    detected = serializers.CharField()


class StatusQuery(serializers.Serializer):
    """Which of a merchant's alerts: `status`, or `resolved` as older clients ask."""

    status = serializers.ChoiceField(choices=[ACTIVE, RESOLVED, ALL], required=False)
    resolved = serializers.ChoiceField(choices=["true", "false"], required=False)

    @property
    def wanted(self) -> str:
        asked = self.validated_data
        as_resolved = {"true": RESOLVED, "false": ACTIVE}.get(asked.get("resolved", ""), ACTIVE)
        return asked.get("status", as_resolved)


class BoardQuery(serializers.Serializer):
    severity = serializers.ChoiceField(choices=list(SEVERITIES.values()), required=False)
    type = serializers.ChoiceField(choices=list(TYPES.values()), required=False)
    standing = serializers.ChoiceField(choices=list(STANDINGS.values()), required=False)
    status = serializers.ChoiceField(choices=[ACTIVE, ALL], default=ACTIVE)
    search = serializers.CharField(max_length=100, required=False)
    city = serializers.CharField(max_length=50, required=False)
    sort = serializers.ChoiceField(choices=list(ORDERS), default="severity")
    limit = whole(minimum=1, maximum=MAX_LIMIT, default=50)
    cursor = serializers.CharField(max_length=36, required=False)


class TrendQuery(serializers.Serializer):
    months = whole(minimum=1, maximum=24, default=6)


class NoteRequest(serializers.Serializer):
    note = TextField(max_length=MAX_NOTE, required=False, allow_blank=True, default="")
