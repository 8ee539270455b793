"""Where the gateway reports payments, in its own shapes: every body signed over its very bytes."""

import json
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from core.api.exceptions import BodyTooLarge, refusal_of
from core.api.schema import bare
from core.errors import InvalidInput, Refusal, TooManyAttempts
from transactions.models import PaymentEvent
from transactions.paylabs import client
from transactions.paylabs.messages import (
    OK,
    PAID,
    Nonsense,
    PaymentReport,
    json_object,
    payment_report,
)
from transactions.paylabs.signing import instant_of
from transactions.services.payments import follow_payment

log = structlog.get_logger("saksama.webhook")

TOLERANCE = timedelta(minutes=5)
MAX_BYTES = 256 * 1024


class BadSignature(Refusal):
    status = 401
    code = "bad_signature"


class Incomprehensible(InvalidInput):
    code = "incomprehensible"


class CallbackSerializer(serializers.Serializer):
    """The fields that are read; the body may hold more."""

    merchantId = serializers.CharField()
    requestId = serializers.CharField()
    errCode = serializers.CharField()
    merchantTradeNo = serializers.CharField()
    platformTradeNo = serializers.CharField(required=False)
    status = serializers.ChoiceField(["01", "02", "09"])
    amount = serializers.CharField()
    successTime = serializers.CharField(required=False, help_text="YYYYMMDDHHmmss in Jakarta")
    totalTransFee = serializers.CharField(required=False)


class AcknowledgementSerializer(serializers.Serializer):
    merchantId = serializers.CharField()
    requestId = serializers.CharField()
    errCode = serializers.CharField(help_text="0: understood")
    errCodeDes = serializers.CharField()


class PaylabsView(APIView):
    """A door for the gateway alone, which its signature opens."""

    authentication_classes = []
    permission_classes = [AllowAny]
    limit_scope = "webhook"

    @extend_schema(
        request=CallbackSerializer,
        responses={
            200: bare(AcknowledgementSerializer),
            **{status: bare(AcknowledgementSerializer) for status in (400, 401, 404, 413, 503)},
        },
        auth=[],
    )
    def post(self, request):
        """Let a sale follow what the gateway reports. Repeats are acknowledged and change nothing."""
        now = timezone.now()
        body = request._request.body
        self.path = request._request.path
        _check_signature(self.path, body, request.headers, now)
        report = self.report = _read(body)
        follow_payment(report=report, source=PaymentEvent.Source.CALLBACK, now=now)
        return self._answer("0", "Success", status=200, now=now)

    def handle_exception(self, error):
        """Refuse in the gateway's shape, so that it knows what to do next."""
        refusal = _too_many(error) or refusal_of(error, view=type(self).__name__)
        if refusal is None:
            return super().handle_exception(error)
        log.warning("callback_refused", code=refusal.code, status=refusal.status)
        answer = self._answer(
            str(refusal.status), refusal.message, status=refusal.status, now=timezone.now()
        )
        if refusal.retry_after:
            answer["Retry-After"] = str(refusal.retry_after)
        return answer

    def _answer(self, code: str, words: str, *, status: int, now: datetime) -> HttpResponse:
        report: PaymentReport | None = getattr(self, "report", None)
        said = {
            "merchantId": settings.PAYLABS_MID,
            "requestId": report.request_id if report else "",
            "errCode": code,
            "errCodeDes": words,
        }
        body = json.dumps(said, separators=(",", ":")).encode()
        # Signed last, over the very bytes; and only for somebody who showed a signature first.
        headers = client.answer_signature(path=self.path, body=body, now=now) if report else {}
        if report:
            headers["X-REQUEST-ID"] = report.request_id
        return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _check_signature(path: str, body: bytes, headers, now: datetime) -> None:
    if len(body) > MAX_BYTES:
        raise BodyTooLarge()
    timestamp, signature = headers.get("X-TIMESTAMP", ""), headers.get("X-SIGNATURE", "")
    if not (timestamp and signature):
        raise BadSignature("X-TIMESTAMP and X-SIGNATURE are required.")
    if not client.is_from_gateway(path=path, body=body, timestamp=timestamp, signature=signature):
        raise BadSignature("Invalid signature")
    said_at = instant_of(timestamp)
    if said_at is None or abs(now - said_at) > TOLERANCE:
        raise BadSignature("X-TIMESTAMP is more than five minutes away from now.")


def _read(body: bytes) -> PaymentReport:
    try:
        said = json_object(body)
        report = payment_report(said)
    except Nonsense as error:
        raise Incomprehensible(f"The body cannot be understood: {error}.") from error
    if not report.merchant_id:
        raise Incomprehensible("merchantId is missing.")
    if report.status == PAID and said.get("errCode") != OK:
        raise Incomprehensible("A payment with an error is none.")
    return report


def _too_many(error: Exception) -> Refusal | None:
    if isinstance(error, Throttled):
        return TooManyAttempts(retry_after=max(1, int(error.wait or 1)))
    return None
