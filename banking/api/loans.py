"""A bank's loans: applications, their steps, the schedule, repayments."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from banking.api import loan_answers as answers
from banking.api.loan_serializers import (
    LoanApplicationsSerializer,
    LoanDetailSerializer,
    LoanMadeSerializer,
    LoanPipelineSerializer,
    LoanRecordedSerializer,
    LoanScheduleSerializer,
    LoanTransitionSerializer,
    NewLoanApplicationSerializer,
    NewLoanRepaymentSerializer,
    PipelineQuery,
)
from banking.api.words import FIELDS, METHOD_OF_WORD, STATUS_OF_WORD
from banking.models import LoanApplication
from banking.selectors.loans import (
    LoanStanding,
    PipelineFilter,
    application_of,
    applications_of_code,
    loan_standing,
    pipeline_counts,
    pipeline_page,
)
from banking.services.loans import make_application, move_application, record_repayment
from core.api.idempotency import idempotent
from core.api.pagination import OffsetQuery, query_of
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer
from core.dates import business_day
from core.errors import Refusal

# Of the demo, where it can be tried as it stands.
A_LOAN = OpenApiExample(
    "A year's loan to a shop of the demo",
    value={"merchantId": "MRC-DEMO-B", "amount": 15_000_000, "tenor": 12, "purpose": "Modal kerja"},
    request_only=True,
)


class LendingView(APIView):
    """A door for a bank's people, each to their own bank's loans."""

    permission_classes = [role_in(Role.BANK_OFFICER, Role.BANK_APPROVER)]


@contextmanager
def wire_fields() -> Iterator[None]:
    """Name the fields of a refusal as the wire does."""
    try:
        yield
    except Refusal as refusal:
        refusal.fields = {FIELDS.get(name, name): text for name, text in refusal.fields.items()}
        raise


def said(serializer_class, request) -> dict:
    """Validate a body; return what it says, without what it leaves null."""
    body = serializer_class(data=request.data)
    body.is_valid(raise_exception=True)
    return {name: value for name, value in body.validated_data.items() if value is not None}


class ApplicationsView(LendingView):
    @extend_schema(parameters=[PipelineQuery], responses=LoanPipelineSerializer)
    def get(self, request):
        """The bank's pipeline, newest first, with its stages; `cursor` leads to the next page."""
        query = query_of(request, PipelineQuery)
        now = timezone.now()
        wanted = PipelineFilter(
            status=STATUS_OF_WORD.get(query.get("status"), ""),
            made_by=str(query.get("officer", "")),
            overdue=query["overdue"],
            min_amount=query.get("minAmount"),
            max_amount=query.get("maxAmount"),
            min_points=query["minScore"],
            max_points=query["maxScore"],
            search=query.get("search", ""),
        )
        page = pipeline_page(
            request.user, wanted=wanted, limit=query["limit"], cursor=query.get("cursor"), now=now
        )
        counts = pipeline_counts(request.user, wanted=wanted, now=now)
        return ok(
            {
                "stages": [answers.stage(status, count) for status, count in counts.items()],
                "applications": [answers.pipeline_row(row, now=now) for row in page.rows],
                "nextCursor": page.next_cursor,
            }
        )

    @extend_schema(
        request=NewLoanApplicationSerializer,
        responses={201: answer(LoanMadeSerializer, message=True)},
        examples=[A_LOAN],
    )
    @idempotent
    def post(self, request):
        """Make an application of the caller's bank, as a draft or submitted at once."""
        wish = said(NewLoanApplicationSerializer, request)
        with wire_fields():
            application = make_application(
                by=request.user,
                merchant_code=wish["merchantId"],
                amount=wish["amount"],
                tenor_months=wish["tenor"],
                yearly_rate_percent=wish.get("interestRate"),
                method=METHOD_OF_WORD.get(wish.get("repaymentMethod")),
                purpose=wish.get("purpose", ""),
                recommended_amount=wish.get("recommendedAmount"),
                submit=wish["status"] == "Submitted",
                now=timezone.now(),
            )
        return ok(
            answers.made(application), message=_("The loan application was made."), status=201
        )


class MerchantApplicationsView(LendingView):
    @extend_schema(parameters=[OffsetQuery], responses=LoanApplicationsSerializer)
    def get(self, request, code: str):
        """The bank's own applications of one merchant, newest first; none of a merchant unknown."""
        query = query_of(request, OffsetQuery)
        found = applications_of_code(request.user, merchant_code=code)
        page = found[query["offset"] : query["offset"] + query["limit"]]
        return ok({"merchantId": code, "applications": list(map(answers.application_row, page))})


class DetailView(LendingView):
    @extend_schema(responses=LoanDetailSerializer)
    def get(self, request, code: str):
        """One application: its checks, its way so far, and where the caller may move it."""
        application = application_of(request.user, code=code)
        return ok(_detail(application, request.user))


class TransitionView(LendingView):
    @extend_schema(
        request=LoanTransitionSerializer, responses=answer(LoanDetailSerializer, message=True)
    )
    @idempotent
    def post(self, request, code: str):
        """Move an application one step; at a disbursement `approvedAmount` also names what is paid out."""
        wish = said(LoanTransitionSerializer, request)
        with wire_fields():
            move_application(
                code=code,
                to=STATUS_OF_WORD[wish["to"]],
                by=request.user,
                notes=wish.get("notes", ""),
                reasons=wish.get("reasons", ()),
                approved_amount=wish.get("approvedAmount"),
                yearly_rate_percent=wish.get("interestRate"),
                tenor_months=wish.get("tenor"),
                disbursed_amount=wish.get("disbursedAmount"),
                version=wish.get("version"),
                now=timezone.now(),
            )
        moved = application_of(request.user, code=code)
        return ok(_detail(moved, request.user), message=_("The application has moved on."))


class ScheduleView(LendingView):
    @extend_schema(responses=LoanScheduleSerializer)
    def get(self, request, code: str):
        """The instalments of a disbursed loan and what was paid; none before it is paid out."""
        application = application_of(request.user, code=code)
        return ok(
            answers.schedule(
                application,
                standing=_standing(application),
                installments=application.installments.order_by("number"),
                repayments=application.repayments.order_by("pk"),
            )
        )


class RepaymentsView(LendingView):
    @extend_schema(
        request=NewLoanRepaymentSerializer,
        responses={201: answer(LoanRecordedSerializer, message=True)},
    )
    @idempotent
    def post(self, request, code: str):
        """Record money that came back; the same reference again changes nothing."""
        wish = said(NewLoanRepaymentSerializer, request)
        now = timezone.now()
        with wire_fields():
            repayment = record_repayment(
                code=code,
                reference=wish["reference"],
                amount=wish["amount"],
                paid_on=wish.get("paidOn", business_day(now)),
                by=request.user,
                now=now,
            )
        loan = application_of(request.user, code=code)
        standing = loan_standing(loan, today=business_day(now))
        return ok(
            answers.recorded(repayment, standing=standing),
            message=_("The repayment is recorded."),
            status=201,
        )


def _detail(application: LoanApplication, reader) -> dict:
    steps = application.transitions.select_related("by").order_by("pk")
    return answers.detail(application, steps=steps, standing=_standing(application), reader=reader)


def _standing(application: LoanApplication) -> LoanStanding | None:
    if application.disbursed_at is None:
        return None
    return loan_standing(application, today=business_day(timezone.now()))
