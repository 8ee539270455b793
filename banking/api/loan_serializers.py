"""What comes in and goes out about loans."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from banking.api.words import METHOD_OF_WORD, STATUS_OF_WORD
from banking.domain import reasons
from banking.domain.installments import LEAST_TENOR, LONGEST_TENOR
from banking.services.lending import LONGEST_NOTES, LONGEST_PURPOSE
from banking.services.repayments import LONGEST_REFERENCE
from core.api.fields import AmountField, InstantField, PlainDecimalField, TextField
from core.api.pagination import MAX_LIMIT, whole

MOST_IN_A_BATCH = 500


class WholeField(serializers.IntegerField):
    """A whole number; not `true`, which Python would count as one."""

    def to_internal_value(self, data):
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class RateField(PlainDecimalField):
    """Per cent a year, 0 to 100, at most two decimals."""

    pattern = r"^([0-9]{1,2}(\.[0-9]{1,2})?|100(\.0{1,2})?)$"

    def __init__(self, **kwargs):
        super().__init__(
            max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100), **kwargs
        )


def _tenor(**kwargs) -> WholeField:
    return WholeField(min_value=LEAST_TENOR, max_value=LONGEST_TENOR, **kwargs)


def _method(**kwargs) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=list(METHOD_OF_WORD), required=False, **kwargs)


# ── In ─────────────────────────────────────────────────────────────────────────────────


class NewLoanApplicationSerializer(serializers.Serializer):
    merchantId = TextField(max_length=50)
    amount = AmountField()
    tenor = _tenor(help_text="Months")
    bankId = TextField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=100,
        help_text="Ignored: the bank is the caller's",
    )
    status = serializers.ChoiceField(choices=["Draft", "Submitted"], default="Draft")
    purpose = TextField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_PURPOSE
    )
    recommendedAmount = AmountField(required=False, allow_null=True)
    interestRate = RateField(required=False, allow_null=True, help_text="The bank's own by default")
    repaymentMethod = _method(allow_null=True, help_text="The bank's own by default")


class LoanTransitionSerializer(serializers.Serializer):
    to = serializers.ChoiceField(choices=list(STATUS_OF_WORD))
    notes = TextField(required=False, allow_blank=True, allow_null=True, max_length=LONGEST_NOTES)
    approvedAmount = AmountField(required=False, allow_null=True)
    interestRate = RateField(required=False, allow_null=True)
    tenor = _tenor(required=False, allow_null=True)
    disbursedAmount = AmountField(required=False, allow_null=True)
    reasons = serializers.ListField(
        child=TextField(max_length=40), required=False, max_length=reasons.MOST
    )
    version = WholeField(
        required=False, allow_null=True, min_value=1, max_value=2**31 - 1,
        help_text="The version that the caller saw; another one now is a conflict",
    )  # fmt: skip


class NewLoanRepaymentSerializer(serializers.Serializer):
    reference = TextField(max_length=LONGEST_REFERENCE)
    amount = AmountField()
    paidOn = serializers.DateField(required=False, help_text="Today by default")


class PipelineQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=list(STATUS_OF_WORD), required=False)
    officer = serializers.UUIDField(required=False, help_text="The code of who made it")
    overdue = serializers.BooleanField(default=False)
    minAmount = AmountField(required=False)
    maxAmount = AmountField(required=False)
    minScore = whole(minimum=0, maximum=100, default=None)
    maxScore = whole(minimum=0, maximum=100, default=None)
    search = serializers.CharField(max_length=100, required=False)
    limit = whole(minimum=1, maximum=MAX_LIMIT, default=50)
    cursor = serializers.CharField(max_length=50, required=False)


class QuoteQuery(serializers.Serializer):
    amount = AmountField()
    tenor = _tenor()
    interestRate = RateField(required=False)
    repaymentMethod = _method()
    merchantId = serializers.CharField(
        max_length=50, required=False, help_text="Adds the checks of a loan to this merchant"
    )


class BatchSerializer(serializers.Serializer):
    merchantIds = serializers.ListField(
        child=TextField(max_length=50),
        min_length=1,
        max_length=MOST_IN_A_BATCH,
        error_messages={
            "required": _("merchantIds must be a list that is not empty."),
            "null": _("merchantIds must be a list that is not empty."),
            "not_a_list": _("merchantIds must be a list that is not empty."),
        },
    )


# ── Out ────────────────────────────────────────────────────────────────────────────────


class LoanMadeSerializer(serializers.Serializer):
    applicationId = serializers.CharField()
    merchantId = serializers.CharField()
    bankId = serializers.CharField()
    amount = serializers.CharField()
    tenor = serializers.IntegerField()
    status = serializers.CharField()
    creditScoreAtApplication = serializers.IntegerField(allow_null=True)
    riskBandAtApplication = serializers.CharField(allow_null=True)


class LoanApplicationSerializer(serializers.Serializer):
    applicationId = serializers.CharField()
    bankId = serializers.CharField()
    appliedAt = InstantField()
    amount = serializers.CharField()
    recommendedAmount = serializers.CharField(allow_null=True)
    tenor = serializers.IntegerField()
    status = serializers.CharField()
    creditScoreAtApplication = serializers.IntegerField(allow_null=True)
    riskBandAtApplication = serializers.CharField(allow_null=True)
    purpose = serializers.CharField(allow_null=True)
    interestRate = serializers.CharField(allow_null=True)
    repaymentMethod = serializers.CharField()
    bankDecisionNotes = serializers.CharField(allow_null=True)
    bankDecisionDate = InstantField(allow_null=True)
    approvedAmount = serializers.CharField(allow_null=True)
    disbursedAmount = serializers.CharField(allow_null=True)
    disbursedDate = InstantField(allow_null=True)
    repaidDate = InstantField(allow_null=True)
    version = serializers.IntegerField()


class LoanApplicationsSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    applications = LoanApplicationSerializer(many=True)


class LoanPipelineRowSerializer(LoanApplicationSerializer):
    merchantId = serializers.CharField()
    companyName = serializers.CharField()
    officer = serializers.CharField()
    creditScoreNow = serializers.IntegerField(allow_null=True)
    scoreChange = serializers.IntegerField(allow_null=True)
    decisionDue = InstantField(allow_null=True)
    isLate = serializers.BooleanField()


class LoanStageSerializer(serializers.Serializer):
    status = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.FloatField()
    medianHours = serializers.FloatField(allow_null=True)
    late = serializers.IntegerField()


class LoanPipelineSerializer(serializers.Serializer):
    stages = LoanStageSerializer(many=True)
    applications = LoanPipelineRowSerializer(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class LoanCheckSerializer(serializers.Serializer):
    code = serializers.CharField()
    passed = serializers.BooleanField(allow_null=True, help_text="null: the figure is not known")
    value = serializers.CharField(allow_null=True)
    limit = serializers.CharField(allow_null=True)
    text = serializers.CharField()


class LoanAssessmentSerializer(serializers.Serializer):
    recommendation = serializers.CharField()
    checks = LoanCheckSerializer(many=True)


class LoanStepSerializer(serializers.Serializer):
    source = serializers.CharField(allow_null=True)
    to = serializers.CharField()
    by = serializers.CharField()
    at = InstantField()
    notes = serializers.CharField(allow_null=True)

    def get_fields(self):
        # `from` is no name in Python.
        fields = super().get_fields()
        return {"from": fields.pop("source"), **fields}


class LoanStandingSerializer(serializers.Serializer):
    total = serializers.FloatField()
    paid = serializers.FloatField()
    remaining = serializers.FloatField()
    outstandingPrincipal = serializers.FloatField()
    due = serializers.FloatField()
    overdue = serializers.FloatField()
    daysPastDue = serializers.IntegerField()
    collectability = serializers.IntegerField(min_value=1, max_value=5)
    nextDueDate = serializers.DateField(allow_null=True)


class LoanDetailSerializer(LoanApplicationSerializer):
    merchantId = serializers.CharField()
    companyName = serializers.CharField()
    assessment = LoanAssessmentSerializer()
    decisionReasons = serializers.ListField(child=serializers.CharField())
    decidedBy = serializers.CharField(allow_null=True)
    decisionDue = InstantField(allow_null=True)
    nextStatuses = serializers.ListField(child=serializers.CharField())
    history = LoanStepSerializer(many=True)
    standing = LoanStandingSerializer(allow_null=True)


class LoanInstallmentSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    dueDate = serializers.DateField()
    principal = serializers.CharField()
    interest = serializers.CharField()
    amount = serializers.CharField()
    paidAmount = serializers.CharField()
    paidOn = serializers.DateField(allow_null=True)


class LoanRepaymentSerializer(serializers.Serializer):
    reference = serializers.CharField()
    amount = serializers.CharField()
    paidOn = serializers.DateField()


class LoanScheduleSerializer(serializers.Serializer):
    applicationId = serializers.CharField()
    standing = LoanStandingSerializer(allow_null=True)
    installments = LoanInstallmentSerializer(many=True)
    repayments = LoanRepaymentSerializer(many=True)


class LoanRecordedSerializer(LoanRepaymentSerializer):
    applicationId = serializers.CharField()
    standing = LoanStandingSerializer()
    repaidDate = InstantField(allow_null=True)


class LoanQuoteSerializer(serializers.Serializer):
    amount = serializers.FloatField()
    tenor = serializers.IntegerField()
    interestRate = serializers.FloatField()
    repaymentMethod = serializers.CharField()
    installment = serializers.FloatField()
    totalInterest = serializers.FloatField()
    total = serializers.FloatField()
    assessment = LoanAssessmentSerializer(allow_null=True)


class BatchSummarySerializer(serializers.Serializer):
    avgCreditScore = serializers.FloatField(allow_null=True)
    highRisk = serializers.IntegerField()
    mediumRisk = serializers.IntegerField()
    lowRisk = serializers.IntegerField()


class BatchRowSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    creditScore = serializers.IntegerField(allow_null=True)
    riskBand = serializers.CharField()
    loanLimit = serializers.CharField(allow_null=True)


class BatchAnswerSerializer(serializers.Serializer):
    totalMerchants = serializers.IntegerField()
    assessmentDate = InstantField()
    summary = BatchSummarySerializer()
    details = BatchRowSerializer(many=True)


class MerchantLoanSerializer(serializers.Serializer):
    applicationId = serializers.CharField()
    bankId = serializers.CharField()
    bankName = serializers.CharField()
    appliedAt = InstantField()
    amount = serializers.CharField()
    tenor = serializers.IntegerField()
    status = serializers.CharField()
    purpose = serializers.CharField(allow_null=True)
    interestRate = serializers.CharField()
    repaymentMethod = serializers.CharField()
    approvedAmount = serializers.CharField(allow_null=True)
    decisionDate = InstantField(allow_null=True)
    decisionReasons = serializers.ListField(child=serializers.CharField())
    disbursedAmount = serializers.CharField(allow_null=True)
    disbursedDate = InstantField(allow_null=True)
    repaidDate = InstantField(allow_null=True)
    standing = LoanStandingSerializer(allow_null=True)


class MerchantLoansSerializer(serializers.Serializer):
    applications = MerchantLoanSerializer(many=True)
