"""Sales as CSV, one line after the other: a million of them take no more memory than ten."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from accounts.models import User
from core import audit
from core.dates import JAKARTA, business_day
from core.tables import line_writer, unformulated
from merchants.models import Merchant
from transactions.api.words import METHOD, REFUND_STATUS, STATUS
from transactions.models import Transaction
from transactions.selectors.sales import SalesFilter, matching_sales

COLUMNS = {
    "transactionId": "code",
    "externalId": "external_id",
    "transactionDate": "occurred_at",
    "amount": "amount",
    "paymentMethod": "method",
    "paymentChannel": "channel",
    "status": "status",
    "refundStatus": "refund_status",
    "refundAmount": "refunded_amount",
    "feeAmount": "fee_amount",
    "netAmount": "net_amount",
    "settlementDate": "settled_at",
    "customerId": "customer_ref",
    "description": "description",
    "productName": "product_name",
}
ROWS_PER_FETCH = 2_000


def sales_file(
    *,
    merchant: Merchant,
    wanted: SalesFilter,
    filters: Mapping[str, str],
    by: User,
    address: str,
    now: datetime,
) -> StreamingHttpResponse:
    """Answer with the sales that `wanted` keeps, and write down who took them home."""
    audit.record(
        "transactions.exported",
        now=now,
        by=by,
        subject=merchant,
        address=address,
        filters=dict(filters),
        # What was searched for may be a person's name.
        searched=bool(wanted.search),
    )
    name = f"transactions-{merchant.code}-{business_day(now)}.csv"
    return StreamingHttpResponse(
        csv_lines(matching_sales(merchant=merchant, wanted=wanted)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def csv_lines(sales: QuerySet[Transaction]) -> Iterator[str]:
    """Yield the header and a line per sale, read through a cursor on the server."""
    line = line_writer()
    yield line(COLUMNS)
    rows = sales.values_list(*COLUMNS.values()).iterator(chunk_size=ROWS_PER_FETCH)
    for row in rows:
        yield line(_cells(row))


def _cells(row: Iterable) -> list[str]:
    (code, external, occurred, amount, method, channel, status, *rest) = row
    (refund_status, refunded, fee, net, settled, *texts) = rest
    return [
        code,
        unformulated(external or ""),
        _local(occurred),
        str(amount),
        METHOD[method],
        unformulated(channel),
        STATUS[status],
        REFUND_STATUS[refund_status],
        str(refunded),
        _optional(fee),
        _optional(net),
        _local(settled) if settled else "",
        *map(unformulated, texts),
    ]


def _local(instant) -> str:
    return instant.astimezone(JAKARTA).isoformat(timespec="seconds")


def _optional(amount) -> str:
    return "" if amount is None else str(amount)
