"""What comes in and goes out about the merchants a bank may see."""

from rest_framework import serializers

from alerts.api.serializers import RiskFlagSerializer
from banking.selectors import ORDERS
from core.api.fields import TextField
from core.api.pagination import OffsetQuery, whole
from scoring.api.serializers import CreditDetailSerializer

BANDS = ["Low", "Medium", "High"]


class PortfolioQuery(OffsetQuery):
    """What `merchants/all` may be asked."""

    sort = serializers.ChoiceField(choices=["score", *ORDERS], default="score")
    riskBand = serializers.ChoiceField(choices=BANDS, required=False)
    category = serializers.CharField(max_length=50, required=False)
    city = serializers.CharField(max_length=50, required=False)
    search = serializers.CharField(max_length=100, required=False)


class SearchRequest(OffsetQuery):
    """What `merchants/search` may be asked; bounds are both included."""

    minCreditScore = whole(minimum=0, maximum=100, default=0)
    maxCreditScore = whole(minimum=0, maximum=100, default=100)
    riskBand = serializers.ChoiceField(choices=BANDS, required=False)
    businessCategory = TextField(max_length=50, required=False)


class MerchantRowSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    companyName = serializers.CharField()
    city = serializers.CharField()
    businessCategory = serializers.CharField(allow_null=True)
    businessScale = serializers.CharField()
    creditScore = serializers.IntegerField(help_text="0 when there is no score yet")
    riskBand = serializers.CharField(help_text='"N/A" when there is no score yet')


class PortfolioRowSerializer(MerchantRowSerializer):
    monthlyRevenue = serializers.FloatField()


class PortfolioSerializer(serializers.Serializer):
    count = serializers.IntegerField(
        help_text="All that match, not only this page; on a list of more pages up to 10 s old"
    )
    merchants = PortfolioRowSerializer(many=True)


class FoundRowSerializer(MerchantRowSerializer):
    estimatedMaxLimit = serializers.CharField(help_text="the number 0 when there is no score yet")


class FoundSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    merchants = FoundRowSerializer(many=True)


class ScorePointSerializer(serializers.Serializer):
    date = serializers.CharField()
    score = serializers.IntegerField()
    riskBand = serializers.CharField()


class FinancialMetricsSerializer(serializers.Serializer):
    revenue30d = serializers.FloatField()
    transactions30d = serializers.IntegerField()
    avgMonthlyRevenue = serializers.CharField()
    revenueGrowth = serializers.CharField()
    refundRate = serializers.CharField()
    avgSettlementDays = serializers.CharField()


class EligibilitySerializer(serializers.Serializer):
    estimatedMinLimit = serializers.CharField()
    estimatedMaxLimit = serializers.CharField()
    isEligible = serializers.BooleanField()
    canBorrow = serializers.BooleanField()


class MerchantDetailSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    companyName = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    city = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    businessCategory = serializers.CharField(allow_null=True)
    businessScale = serializers.CharField()
    joinDate = serializers.CharField()
    creditScore = serializers.IntegerField(allow_null=True)
    riskBand = serializers.CharField()
    scoreHistory = ScorePointSerializer(many=True)
    financialMetrics = FinancialMetricsSerializer()
    loanEligibility = EligibilitySerializer()
    riskFlags = RiskFlagSerializer(many=True)


class MerchantCreditSerializer(CreditDetailSerializer):
    merchantId = serializers.CharField()
