"""The risk engine over HTTP: scores, results, rules, loan checks, and the monitor."""

from contextlib import ExitStack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from core.api.docs import AlwaysFirst
from core.api.permissions import role_in
from core.api.responses import error_body
from core.api.schema import answer, bare
from core.errors import InvalidInput, NotAllowed, NotFound
from core.tenancy import tenant_scope
from koperasi_risk.access import Seat
from koperasi_risk.api.answers import (
    check_answer,
    enveloped,
    page_facts,
    result_answer,
    rule_answer,
)
from koperasi_risk.api.fields import MAX_ID, whole
from koperasi_risk.api.parsers import ExactJSONParser
from koperasi_risk.api.schema import RiskSchema
from koperasi_risk.api.serializers import (
    CursorsSerializer,
    LoanCheckRequestSerializer,
    MonitorSerializer,
    OwnKoperasiSerializer,
    RiskResultSerializer,
    RiskRuleSerializer,
    RuleRequestSerializer,
    RulesQuery,
    ScoreRequestSerializer,
)
from koperasi_risk.api.tenants import seat_at, tenant_number
from koperasi_risk.api.words import MONITOR_WORDS
from koperasi_risk.models import LoanCheck, TenantRole
from koperasi_risk.selectors.results import decision_counts, result_of
from koperasi_risk.selectors.rules import rules_page
from koperasi_risk.selectors.seats import koperasi_of
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.rules import Saved, delete_rule, save_rule
from koperasi_risk.services.scores import score_member

# In these words whatever the language: clients look for them.
REJECTED = "loan rejected by risk engine"
A_MEMBER = OpenApiExample("A member", {"member_id": 1}, request_only=True)
A_LOAN = OpenApiExample(
    "A loan",
    {"member_id": 1, "amount": 5_000_000, "tenor_months": 12},
    request_only=True,
)
A_RULE = OpenApiExample(
    "A new rule",
    {
        "factor": "loan_to_savings_ratio",
        "weight": 7.5,
        "threshold": 3,
        "risk_category": "sedang",
        "auto_action": "manual_review",
    },
    request_only=True,
)


class KoperasiView(APIView):
    """A view in this API's own manner: it reads JSON whatever is said of it, and answers JSON alone."""

    http_method_names = ["get", "head", "post", "delete"]
    parser_classes = [ExactJSONParser]
    content_negotiation_class = AlwaysFirst
    schema = RiskSchema()
    takes_tenant = False

    def initial(self, request, *args, **kwargs):
        # A method that is not served is so for everybody, strangers included.
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(request.method)
        super().initial(request, *args, **kwargs)


class RiskView(KoperasiView):
    """
    A view within one koperasi, for one of the roles there, in one transaction that sees its rows alone.

    A refusal keeps what was written before it; whatever failed takes everything back.
    """

    takes_tenant = True
    opens_to: TenantRole
    seat: Seat | None = None

    def dispatch(self, request, *args, **kwargs):
        with ExitStack() as self.scope:
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 500 and self.seat:
                transaction.set_rollback(True)
            return response

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        tenant_id = tenant_number(request)
        self.scope.enter_context(tenant_scope(tenant_id))
        self.seat = seat_at(request.user, tenant_id)
        if not self.seat.has(self.opens_to):
            raise NotAllowed()


class ScoreView(RiskView):
    opens_to = TenantRole.FINANCING_OFFICER

    @extend_schema(
        request=ScoreRequestSerializer, responses=bare(RiskResultSerializer), examples=[A_MEMBER]
    )
    def post(self, request):
        """Score a member by the rules of now; the result is kept as the member's latest."""
        result = score_member(
            tenant=self.seat.tenant,
            now=timezone.now(),
            **_said(request, ScoreRequestSerializer).validated_data,
        )
        return Response(result_answer(result))


class ResultView(RiskView):
    opens_to = TenantRole.FINANCING_OFFICER

    @extend_schema(responses=bare(RiskResultSerializer))
    def get(self, request, member_id: str):
        """A member's latest result, as it was found then."""
        result = result_of(self.seat.tenant, member_id=_number_in_path(member_id=member_id))
        return Response(result_answer(result))


class MonitorView(RiskView):
    opens_to = TenantRole.RISK_MANAGER

    @extend_schema(responses=bare(MonitorSerializer))
    def get(self, request):
        """How many members' latest result is each decision."""
        counts = decision_counts(self.seat.tenant)
        return Response({word: counts[decision] for decision, word in MONITOR_WORDS.items()})


class RulesView(RiskView):
    opens_to = TenantRole.RISK_MANAGER

    @extend_schema(
        parameters=[RulesQuery],
        responses=answer(RiskRuleSerializer(many=True), pagination=CursorsSerializer),
    )
    def get(self, request):
        """The rules in force, by number."""
        query = _valid(RulesQuery(data=request.query_params.dict()))
        cursor, limit = (query.validated_data[name] for name in ("cursor", "limit"))
        page = rules_page(self.seat.tenant, wanted=query.to_filter(), after=cursor, limit=limit)
        return enveloped(
            request,
            [rule_answer(rule) for rule in page.rules],
            message=_("Risk rules."),
            pagination=page_facts(page, limit=limit),
        )

    @extend_schema(
        request=RuleRequestSerializer,
        responses={
            200: answer(RiskRuleSerializer),
            201: answer(RiskRuleSerializer),
            202: answer(None),
        },
        examples=[A_RULE],
    )
    def post(self, request):
        """
        Add a rule (201), or overwrite the one of this `id` as a whole (200).

        Where the koperasi has a second person approve changes, nothing changes yet (202).
        """
        rule = _said(request, RuleRequestSerializer)
        saved = save_rule(
            tenant=self.seat.tenant,
            content=rule.to_content(),
            rule_id=rule.validated_data["id"] or None,
            by=request.user,
            now=timezone.now(),
        )
        if saved.proposal:
            return _waits(request)
        status, message = (201, _("Rule added.")) if saved.is_new else (200, _("Rule changed."))
        return enveloped(request, rule_answer(saved.rule), message=message, status=status)


class RuleView(RiskView):
    opens_to = TenantRole.RISK_MANAGER

    @extend_schema(request=None, responses={200: answer(None), 202: answer(None)})
    def delete(self, request, rule_id: str):
        """Take a rule out of force; 202 where a second person approves that first."""
        deleted: Saved = delete_rule(
            tenant=self.seat.tenant,
            rule_id=_number_in_path(rule_id=rule_id),
            by=request.user,
            now=timezone.now(),
        )
        if deleted.proposal:
            return _waits(request)
        return enveloped(request, None, message=_("Rule deleted."))


class LoanCheckView(RiskView):
    opens_to = TenantRole.FINANCING_OFFICER

    @extend_schema(
        request=LoanCheckRequestSerializer, responses=bare(RiskResultSerializer), examples=[A_LOAN]
    )
    def post(self, request):
        """
        Ask before a loan is applied for; its instalment counts in the debt-service ratio.

        409 with the reasons in `errors.reasons` where the engine rejects it. Every answer is kept.
        """
        check = check_loan(
            tenant=self.seat.tenant,
            by=request.user,
            now=timezone.now(),
            **_said(request, LoanCheckRequestSerializer).validated_data,
        )
        return _rejected(check) if check.is_rejected else Response(check_answer(check))


class TenantsView(KoperasiView):
    permission_classes = [role_in(Role.KOPERASI_STAFF)]

    @extend_schema(responses=answer(OwnKoperasiSerializer(many=True)))
    def get(self, request):
        """The koperasi that the caller works for, each with the number for X-Tenant-ID."""
        data = [
            {"tenant_id": own.tenant_id, "name": own.name, "roles": [r.lower() for r in own.roles]}
            for own in koperasi_of(request.user)
        ]
        return enveloped(request, data, message=_("Your koperasi."))


def _said(request, serializer_class):
    return _valid(serializer_class(data=request.data))


def _valid(serializer):
    serializer.is_valid(raise_exception=True)
    return serializer


def _number_in_path(**named: str) -> int:
    """Return the number in an address. Raises InvalidInput, NotFound for one that no row can have."""
    ((name, text),) = named.items()
    number = whole(text)
    if number is None:
        raise InvalidInput(fields={name: _("Must be a whole number.")})
    if not 0 < number <= MAX_ID:
        raise NotFound()
    return number


def _waits(request) -> Response:
    message = _("The change waits for a second person to approve it.")
    return enveloped(request, None, message=message, status=202)


def _rejected(check: LoanCheck) -> Response:
    reasons = [{"field": "reasons", "message": reason} for reason in check.reasons]
    return Response(error_body(REJECTED, code="loan_rejected", errors=reasons), status=409)
