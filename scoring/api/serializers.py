"""What the score's endpoints take, and the shapes they answer."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import InstantField
from core.api.pagination import whole
from scoring.api.words import BANDS, COMPONENTS, NO_BAND
from scoring.domain.what_if import RANGES, Changes


class MoneyField(serializers.DecimalField):
    """Rupiah as text with two decimals."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=24, decimal_places=2, **kwargs)


class HistoryQuery(serializers.Serializer):
    days = whole(minimum=1, maximum=3650, default=365)


def _wonder(name: str) -> serializers.DecimalField:
    least, greatest = RANGES[name]

    @extend_schema_field(
        {"type": "number", "minimum": least, "maximum": greatest, "multipleOf": 0.0001}
    )
    class FigureField(serializers.DecimalField):
        pass

    return FigureField(
        required=False, max_digits=14, decimal_places=4, min_value=least, max_value=greatest
    )


class WhatIfQuery(serializers.Serializer):
    """Measurements to replace; at least one."""

    monthlyTransactions = _wonder("monthly_sales")
    volatility = _wonder("cv_percent")
    growth = _wonder("growth_percent")
    refundRate = _wonder("refund_percent")
    settlementDays = _wonder("settlement_days")

    def validate(self, attrs):
        if not attrs:
            raise serializers.ValidationError(_("Name at least one figure to change."))
        return attrs

    def to_changes(self) -> Changes:
        given = self.validated_data
        return Changes(
            monthly_sales=given.get("monthlyTransactions"),
            cv_percent=given.get("volatility"),
            growth_percent=given.get("growth"),
            refund_percent=given.get("refundRate"),
            settlement_days=given.get("settlementDays"),
        )


class ScoreHistoryPointSerializer(serializers.Serializer):
    date = InstantField()
    score = serializers.IntegerField()


class DashboardSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    companyName = serializers.CharField()
    currentCreditScore = serializers.IntegerField(help_text="0 without a score")
    riskBand = serializers.ChoiceField([*BANDS.values(), NO_BAND])
    estimatedMinLimit = MoneyField(help_text="the number 0 without a score")
    estimatedMaxLimit = MoneyField(help_text="the number 0 without a score")
    monthlyTransactionVolume = serializers.FloatField()
    monthlyGrowth = serializers.FloatField()
    refundRate = serializers.FloatField()
    totalTransactions = serializers.IntegerField()
    avgDailyTransaction = serializers.FloatField()
    scoreHistory = ScoreHistoryPointSerializer(many=True)


class ComponentSerializer(serializers.Serializer):
    score = serializers.IntegerField(min_value=0, max_value=100)
    weight = serializers.FloatField()


class ComponentsSerializer(serializers.Serializer):
    transactionVolume = ComponentSerializer()
    revenueConsistency = ComponentSerializer()
    growthTrend = ComponentSerializer()
    refundRate = ComponentSerializer()
    settlementTime = ComponentSerializer()


class MetricsSerializer(serializers.Serializer):
    avgMonthlyRevenue = MoneyField()
    revenueVolatility = serializers.CharField()
    growthPercentageMoM = serializers.CharField(allow_null=True)
    refundRatePercentage = serializers.CharField()
    avgSettlementDays = serializers.CharField()
    transactionCount3m = serializers.IntegerField()


class ReasonSerializer(serializers.Serializer):
    code = serializers.CharField()
    kind = serializers.CharField(help_text="risk, unmeasured or strength")
    component = serializers.ChoiceField(list(COMPONENTS.values()))
    pointsLost = serializers.FloatField()
    text = serializers.CharField()


class ImprovementSerializer(serializers.Serializer):
    component = serializers.ChoiceField(list(COMPONENTS.values()))
    points = serializers.FloatField(help_text="points that this component still has to win")
    current = serializers.CharField(allow_null=True)
    target = serializers.CharField()
    text = serializers.CharField()


class CreditDetailSerializer(serializers.Serializer):
    score = serializers.IntegerField(min_value=0, max_value=100)
    riskBand = serializers.ChoiceField(list(BANDS.values()))
    estimatedMinLimit = MoneyField()
    estimatedMaxLimit = MoneyField()
    components = ComponentsSerializer()
    metrics = MetricsSerializer()
    explanation = serializers.CharField()
    recommendation = serializers.CharField()
    explanationSource = serializers.CharField(help_text="qwen or template")
    reasonCodes = serializers.ListField(child=serializers.CharField())
    reasons = ReasonSerializer(many=True)
    improvements = ImprovementSerializer(many=True)
    dataQuality = serializers.CharField(help_text="complete, partial or insufficient")
    policyVersion = serializers.CharField()
    calculatedAt = InstantField()


class RecalculatedSerializer(serializers.Serializer):
    creditScore = serializers.IntegerField(min_value=0, max_value=100)
    riskBand = serializers.ChoiceField(list(BANDS.values()))
    calculatedAt = InstantField()


class HistoryRowSerializer(ScoreHistoryPointSerializer):
    riskBand = serializers.ChoiceField(list(BANDS.values()))


class HistorySerializer(serializers.Serializer):
    scoreHistory = HistoryRowSerializer(many=True)


class WhatIfSerializer(serializers.Serializer):
    score = serializers.IntegerField(min_value=0, max_value=100)
    riskBand = serializers.ChoiceField(list(BANDS.values()))
    estimatedMinLimit = MoneyField()
    estimatedMaxLimit = MoneyField()
    components = ComponentsSerializer()
    currentScore = serializers.IntegerField(min_value=0, max_value=100)
    currentRiskBand = serializers.ChoiceField(list(BANDS.values()))
    difference = serializers.IntegerField()


class LoanTimingSerializer(serializers.Serializer):
    """Without enough sales: `message`, no week, confidence 0."""

    recommended_week = serializers.IntegerField(min_value=1, max_value=4, allow_null=True)
    confidence = serializers.IntegerField(min_value=0, max_value=100)
    reasoning = serializers.CharField(required=False)
    date_range = serializers.CharField(required=False, help_text="YYYY-MM-DD to YYYY-MM-DD")
    message = serializers.CharField(required=False)
    source = serializers.CharField(required=False, help_text="qwen or template")


class TrendingProductSerializer(serializers.Serializer):
    name = serializers.CharField()
    reason = serializers.CharField()


class ProductInsightsSerializer(serializers.Serializer):
    performance_summary = serializers.CharField()
    top_trending_products = TrendingProductSerializer(many=True)
    inventory_advice = serializers.CharField()
    growth_opportunity = serializers.CharField()
    source = serializers.CharField(help_text="qwen or template")
