"""The product's own roads, and some that lead into each kind of trouble."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from config.urls import handler400, handler404, handler500, urlpatterns  # noqa: F401
from core.api.fields import AmountField
from core.api.idempotency import idempotent, once
from core.api.responses import ok
from core.errors import Conflict, InvalidInput, TooManyAttempts, Unavailable
from core.models import OutboxEvent

TROUBLE = {
    "refusal": InvalidInput("No.", fields={"amount": "Too small."}),
    "conflict": Conflict(),
    "away": Unavailable(retry_after=7),
    "too_often": TooManyAttempts(retry_after=3),
    "http404": Http404("secret table name"),
    "denied": PermissionDenied("secret"),
    "suspicious": SuspiciousOperation("secret"),
    "rest_not_found": exceptions.NotFound("secret"),
    "throttled": exceptions.Throttled(wait=1.2),
    "database_away": OperationalError("connection to server at secret failed"),
    "surprise": RuntimeError("secret: SELECT * FROM accounts_user"),
}


class OpenView(APIView):
    permission_classes = [AllowAny]


class Trouble(OpenView):
    def get(self, request, kind):
        raise TROUBLE[kind]


class Echo(OpenView):
    def get(self, request, text="", **_):
        return ok({"text": text, "query": request.query_params.dict()})

    def post(self, request):
        return ok(request.data)


class AmountInput(serializers.Serializer):
    amount = AmountField()


class Amount(OpenView):
    @extend_schema(request=AmountInput)
    def post(self, request):
        given = AmountInput(data=request.data)
        given.is_valid(raise_exception=True)
        return ok({"amount": str(given.validated_data["amount"])})


class Members(APIView):
    def get(self, request):
        return ok()


class Make(OpenView):
    """Its effect is one waiting event per call; `refuse` and `fail` go wrong after the effect."""

    @idempotent
    def post(self, request):
        return make(request)


class MakeOnce(OpenView):
    takes_idempotency_key = True

    def post(self, request):
        with once(request) as attempt:
            if attempt.answer:
                return attempt.answer
            from django.db import transaction

            with transaction.atomic():
                return attempt.keep(make(request))


def make(request):
    made = OutboxEvent.objects.create(topic="made", payload=request.data)
    if request.data.get("refuse"):
        raise Conflict()
    if request.data.get("fail"):
        raise RuntimeError("broken")
    return ok({"zz": made.pk, "a": "Rp 1.500 – é", "price": 0.1}, status=201)


class Scarce(OpenView):
    limit_scope = "heavy"

    def get(self, request):
        return ok()


urlpatterns = [
    path("api/trouble/<str:kind>", Trouble.as_view()),
    path("api/echo", Echo.as_view()),
    path("api/echo/<str:text>", Echo.as_view()),
    path("api/amount", Amount.as_view()),
    path("api/members", Members.as_view()),
    path("api/make", Make.as_view()),
    path("api/make-once", MakeOnce.as_view()),
    path("api/scarce", Scarce.as_view()),
    *urlpatterns,
]
