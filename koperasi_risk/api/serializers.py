"""What may be sent, and what the document says of answers."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import TextField
from core.api.pagination import MAX_LIMIT
from koperasi_risk.api.fields import (
    MAX_ID,
    NumberField,
    PayloadField,
    PlainNumberField,
    PlainWholeField,
    RupiahField,
    WholeField,
)
from koperasi_risk.api.words import ACTIONS, DECISION_WORDS
from koperasi_risk.selectors.rules import RuleFilter
from koperasi_risk.services.rules import RuleContent


class ScoreRequestSerializer(serializers.Serializer):
    member_id = WholeField()


class LoanCheckRequestSerializer(serializers.Serializer):
    member_id = WholeField()
    amount = RupiahField(help_text=_("Rupiah, more than 0."))
    tenor_months = WholeField(max_value=360)
    monthly_instalment = RupiahField(
        source="monthly_installment",
        required=False,
        allow_null=True,
        default=None,
        help_text=_("Rupiah a month; without it the amount divided by the tenor."),
    )


class RuleRequestSerializer(serializers.Serializer):
    """A whole rule. With the `id` of one it takes its place; without, with null or 0 it is a new one."""

    id = WholeField(min_value=0, required=False, allow_null=True, default=None)
    factor = TextField(max_length=100)
    weight = NumberField(help_text=_("From 0 to 100, at most 6 decimals."))
    threshold = NumberField(help_text=_("The last acceptable value; at most 6 decimals."))
    risk_category = TextField(max_length=60)
    auto_action = serializers.ChoiceField(choices=list(ACTIONS))
    action_payload = PayloadField(required=False, allow_null=True, default=None)

    def to_content(self) -> RuleContent:
        said = {name: value for name, value in self.validated_data.items() if name != "id"}
        return RuleContent(**said | {"auto_action": ACTIONS[said["auto_action"]]})


class RulesQuery(serializers.Serializer):
    """The list's query string; a value that is left empty is none."""

    term = serializers.CharField(default="", help_text=_("Part of a factor's name."))
    factor = serializers.CharField(default="", help_text=_("A factor's whole name."))
    threshold = PlainNumberField(default=None)
    limit = PlainWholeField(min_value=1, most=MAX_LIMIT, default=10)
    cursor = PlainWholeField(
        min_value=0, most=MAX_ID, default=0, help_text=_("The number after which the page starts.")
    )

    def to_internal_value(self, data):
        said = {name: value for name, value in data.items() if value.strip()}
        return super().to_internal_value(said)

    def to_filter(self) -> RuleFilter:
        said = self.validated_data
        return RuleFilter(term=said["term"], factor=said["factor"], threshold=said["threshold"])


# ── Answers, for the document alone ────────────────────────────────────────────────────


class RiskResultSerializer(serializers.Serializer):
    member_id = serializers.IntegerField()
    tenant_id = serializers.IntegerField()
    score = serializers.FloatField(min_value=0, max_value=100)
    decision = serializers.ChoiceField(choices=list(DECISION_WORDS.values()))
    reasons = serializers.ListField(child=serializers.CharField())
    computed_at = serializers.DateTimeField()


class RiskRuleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    tenant_id = serializers.IntegerField()
    factor = serializers.CharField()
    weight = serializers.FloatField()
    threshold = serializers.FloatField()
    risk_category = serializers.CharField()
    auto_action = serializers.ChoiceField(choices=list(ACTIONS))
    action_payload = serializers.DictField(required=False)
    created_at = serializers.DateTimeField()


class MonitorSerializer(serializers.Serializer):
    approve = serializers.IntegerField(min_value=0)
    manual_review = serializers.IntegerField(min_value=0)
    auto_reject = serializers.IntegerField(min_value=0)


class OwnKoperasiSerializer(serializers.Serializer):
    tenant_id = serializers.IntegerField(help_text="X-Tenant-ID")
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())


class CursorsSerializer(serializers.Serializer):
    next_cursor = serializers.CharField(required=False)
    prev_cursor = serializers.CharField(required=False)
    has_next = serializers.BooleanField()
    has_prev = serializers.BooleanField()
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT)


class MetaSerializer(serializers.Serializer):
    request_id = serializers.CharField()
    timestamp = serializers.DateTimeField()


class PagedMetaSerializer(MetaSerializer):
    pagination = CursorsSerializer()


class ErrorMetaSerializer(MetaSerializer):
    status_code = serializers.IntegerField()


class RiskErrorSerializer(serializers.Serializer):
    """Every refusal; `errors` names the fields at fault."""

    success = serializers.BooleanField(help_text="false")
    message = serializers.CharField()
    data = serializers.DictField(allow_null=True, help_text="null")
    meta = ErrorMetaSerializer()
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), allow_null=True
    )
