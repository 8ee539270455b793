"""A merchant's own file of sales: sent, looked at again, its refused rows fetched."""

import hashlib

from django.conf import settings
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.views import APIView

from accounts.models import Role
from core.api.exceptions import BodyTooLarge
from core.api.fields import InstantField
from core.api.idempotency import once
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer
from core.tables import line_writer, unformulated
from merchants.selectors import merchant_of
from transactions.models import SalesImport
from transactions.services.import_jobs import INFLATES_AT_MOST
from transactions.services.imports import REASONS, Reading, import_sales

# The parts of a multipart body around the file.
_WRAPPING_BYTES = 64 * 1024
_SHOWN_ERRORS = 100


class SalesFileSerializer(serializers.Serializer):
    file = serializers.FileField(help_text="CSV or gzip.", allow_empty_file=True)


class RefusedRowSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    reason = serializers.CharField(source="reason_code")
    message = serializers.SerializerMethodField()

    def get_message(self, row) -> str:
        return str(REASONS[row.reason_code])


class SalesImportSerializer(serializers.Serializer):
    importId = serializers.UUIDField(source="code")
    fileName = serializers.CharField(source="file_name")
    status = serializers.SerializerMethodField(help_text="Running, Done, Failed or Stopped")
    rowsRead = serializers.IntegerField(source="rows_read")
    rowsAdded = serializers.IntegerField(source="rows_added")
    rowsRepeated = serializers.IntegerField(source="rows_repeated")
    rowsRefused = serializers.IntegerField(source="rows_refused")
    startedAt = InstantField(source="started_at")
    finishedAt = InstantField(source="finished_at", allow_null=True)
    errors = serializers.SerializerMethodField()
    reportUrl = serializers.SerializerMethodField()

    def get_status(self, sales_import) -> str:
        return sales_import.status.capitalize()

    @extend_schema_field(RefusedRowSerializer(many=True))
    def get_errors(self, sales_import):
        first = sales_import.refused.order_by("line", "pk")[:_SHOWN_ERRORS]
        return RefusedRowSerializer(first, many=True).data

    def get_reportUrl(self, sales_import) -> str | None:
        if not sales_import.rows_refused:
            return None
        return reverse("sales-import-refused", args=[sales_import.code])


class ImportView(APIView):
    """Sales from a file, of the caller's own shop."""

    permission_classes = [role_in(Role.MERCHANT)]
    parser_classes = [MultiPartParser]
    limit_scope = "heavy"
    takes_idempotency_key = True

    @extend_schema(
        request={"multipart/form-data": SalesFileSerializer},
        responses={201: answer(SalesImportSerializer), 200: answer(SalesImportSerializer)},
    )
    def post(self, request):
        """Add the sales of a CSV or gzip file. Sending it again adds only what is missing (200)."""
        file = _file_of(request)
        digest = hashlib.file_digest(file, "sha256").digest()
        with once(request, body=digest) as attempt:
            if attempt.answer:
                return attempt.answer
            sales_import = import_sales(
                file=file,
                name=file.name,
                reading=Reading(
                    merchant=merchant_of(request.user),
                    max_bytes=INFLATES_AT_MOST * settings.SALES_IMPORT_MAX_BYTES,
                ),
                now=timezone.now(),
                by=request.user,
            )
            status = 201 if sales_import.rows_added else 200
            return attempt.keep(ok(SalesImportSerializer(sales_import).data, status=status))


def _file_of(request):
    """Return the file that was sent. Refuses a body that is too large before reading it."""
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if announced > settings.SALES_IMPORT_MAX_BYTES + _WRAPPING_BYTES:
        raise BodyTooLarge()
    body = SalesFileSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    file = body.validated_data["file"]
    if file.size > settings.SALES_IMPORT_MAX_BYTES:
        raise BodyTooLarge()
    return file


class _OneImportView(APIView):
    permission_classes = [role_in(Role.MERCHANT)]

    def sales_import(self, code) -> SalesImport:
        own = SalesImport.objects.filter(merchant__owner=self.request.user)
        return get_object_or_404(own, code=code)


class ImportDetailView(_OneImportView):
    @extend_schema(responses=SalesImportSerializer)
    def get(self, request, code):
        """What became of a file that was sent."""
        return ok(SalesImportSerializer(self.sales_import(code)).data)


class RefusedRowsView(_OneImportView):
    def perform_content_negotiation(self, request, force=False):
        # Whoever asks for text/csv gets refusals in JSON all the same.
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request, code):
        """The refused rows of a file as CSV: line, reason, message, detail; the first 10,000."""
        rows = self.sales_import(code).refused.order_by("line", "pk")
        return StreamingHttpResponse(
            _csv_lines(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="refused-{code}.csv"'},
        )


def _csv_lines(rows):
    line = line_writer()
    yield line(["line", "reason", "message", "detail"])
    for row in rows.iterator():
        message = str(REASONS[row.reason_code])
        yield line([row.line, row.reason_code, message, unformulated(row.detail)])
