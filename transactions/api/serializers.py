"""What comes in and goes out about sales."""

from datetime import date

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from core.api.fields import AmountField, InstantField, TextField
from core.api.pagination import PageQuery
from core.api.schema import PaginationSerializer
from transactions.api.words import METHOD, METHOD_OF_WORD, REFUND_STATUS, STATUS, STATUSES_OF_WORD
from transactions.domain.items import Item
from transactions.models import PaymentEvent
from transactions.selectors.history import Happening
from transactions.selectors.sales import SalesFilter
from transactions.services.sales import NewSale

MAX_ITEMS = 200
MAX_QUANTITY = 1_000_000
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)


class QuantityField(serializers.IntegerField):
    """A whole number; not `true`, which Python would count as one."""

    def to_internal_value(self, data):
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class ItemSerializer(serializers.Serializer):
    """One line; `price` and `unitPrice` are two names of one thing."""

    id = TextField(max_length=100, required=False)
    name = TextField(max_length=200)
    quantity = QuantityField(min_value=1, max_value=MAX_QUANTITY, required=False)
    price = AmountField(required=False)
    unitPrice = AmountField(required=False)
    type = TextField(max_length=100, required=False, allow_blank=True)
    details = TextField(max_length=500, required=False, allow_blank=True)
    sku = TextField(max_length=100, required=False, allow_blank=True)
    category = TextField(max_length=100, required=False, allow_blank=True)
    url = TextField(max_length=500, required=False, allow_blank=True)

    def validate(self, data):
        prices = {data[name] for name in ("price", "unitPrice") if name in data}
        if len(prices) > 1:
            raise serializers.ValidationError({"unitPrice": _("Must be the same as price.")})
        return data

    @staticmethod
    def to_item(data: dict) -> Item:
        more = ("type", "details", "sku", "category", "url")
        return Item(
            id=data.get("id"),
            name=data["name"],
            quantity=data.get("quantity"),
            price=data.get("price", data.get("unitPrice")),
            more={name: data[name] for name in more if data.get(name)},
        )


class NewSaleSerializer(serializers.Serializer):
    type = serializers.ChoiceField(["QRIS", "CASH"])
    amount = AmountField()
    description = TextField(max_length=200, required=False, allow_blank=True)
    productName = TextField(max_length=100, required=False, allow_blank=True)
    productInfo = ItemSerializer(many=True, required=False, max_length=MAX_ITEMS)

    def to_sale(self, *, address: str) -> NewSale:
        data = self.validated_data
        return NewSale(
            method=METHOD_OF_WORD[data["type"]],
            amount=data["amount"],
            description=data.get("description", ""),
            product_name=data.get("productName", ""),
            items=tuple(ItemSerializer.to_item(item) for item in data.get("productInfo", [])),
            address=address,
        )


class FilterQuery(serializers.Serializer):
    """The filters of the list and the export. An empty value filters nothing."""

    status = serializers.ChoiceField(list(STATUSES_OF_WORD), required=False, allow_blank=True)
    type = serializers.ChoiceField(list(METHOD_OF_WORD), required=False, allow_blank=True)
    startDate = serializers.DateField(required=False, help_text="The first business day.")
    endDate = serializers.DateField(required=False, help_text="The last business day, included.")
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="A part of the transaction ID, external ID, description or product name. "
        "A long history is searched from its newest end back to pagination.searchedSince; "
        "choose dates to look further back. A whole ID is found anywhere.",
    )

    def to_internal_value(self, data):
        # Forms send every field, also those left empty.
        return super().to_internal_value({name: data[name] for name in data if data[name] != ""})

    def validate(self, data):
        if data.get("startDate") and data.get("endDate") and data["startDate"] > data["endDate"]:
            raise serializers.ValidationError({"endDate": _("Must not lie before startDate.")})
        return data


class ListQuery(PageQuery, FilterQuery):
    cursor = serializers.CharField(
        required=False,
        max_length=64,
        help_text="pagination.nextCursor of the page before; `page` is ignored then.",
    )


def sales_filter(query: dict) -> SalesFilter:
    """Read what a validated query wants to keep."""
    return SalesFilter(
        statuses=STATUSES_OF_WORD.get(query.get("status"), ()),
        method=METHOD_OF_WORD.get(query.get("type")),
        first_day=_within(query.get("startDate")),
        last_day=_within(query.get("endDate")),
        search=query.get("search", ""),
    )


def _within(day: date | None) -> date | None:
    # The ends of the calendar have no midnight in every time zone.
    return day and min(max(day, EARLIEST), LATEST)


class SalesPaginationSerializer(PaginationSerializer):
    totalIsExact = serializers.BooleanField(help_text="false: at least this many match.")
    nextCursor = serializers.CharField(allow_null=True)
    searchedSince = serializers.DateField(allow_null=True)


class StoredItemSerializer(serializers.Serializer):
    id = serializers.CharField(required=False)
    name = serializers.CharField()
    quantity = serializers.IntegerField(required=False)
    price = serializers.FloatField(required=False)
    unitPrice = serializers.FloatField(required=False)
    totalPrice = serializers.FloatField(required=False)
    type = serializers.CharField(required=False)
    details = serializers.CharField(required=False)
    sku = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    url = serializers.CharField(required=False)


class MetadataSerializer(serializers.Serializer):
    description = serializers.CharField(allow_null=True)
    productName = serializers.CharField(allow_null=True)
    productInfo = StoredItemSerializer(many=True)


class TransactionSerializer(serializers.Serializer):
    """The shape that `answers.transaction_row` writes."""

    transactionId = serializers.CharField()
    merchantId = serializers.CharField()
    externalId = serializers.CharField(allow_null=True)
    transactionDate = InstantField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    paymentMethod = serializers.ChoiceField(list(METHOD.values()))
    paymentChannel = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(list(dict.fromkeys(STATUS.values())))
    statusReason = serializers.CharField(allow_null=True)
    refundStatus = serializers.ChoiceField(list(REFUND_STATUS.values()))
    refundAmount = serializers.DecimalField(max_digits=18, decimal_places=2)
    chargebackFlag = serializers.BooleanField()
    settlementDate = InstantField(allow_null=True)
    settlementTime = serializers.CharField(allow_null=True, help_text="HH:MM:SS in Jakarta")
    feeAmount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    netAmount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    customerId = serializers.CharField(allow_null=True)
    metadata = MetadataSerializer()
    createdAt = InstantField()
    updatedAt = InstantField()


class GatewayMetadataSerializer(MetadataSerializer):
    paylabsRef = serializers.CharField(required=False, help_text="QRIS: the gateway's number.")
    qrString = serializers.CharField(required=False, help_text="QRIS: what the payer scans.")
    qrisUrl = serializers.CharField(required=False)
    expiredTime = serializers.CharField(required=False, help_text="YYYYMMDDHHmmss in Jakarta")


class RefundSerializer(serializers.Serializer):
    """The shape that `answers.refund_row` writes."""

    refundId = serializers.UUIDField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    reason = serializers.CharField()
    status = serializers.ChoiceField(list(REFUND_STATUS.values()))
    requestedAt = InstantField()
    processedAt = InstantField(allow_null=True)
    rejectedAt = InstantField(allow_null=True)
    rejection = serializers.CharField(allow_null=True)


class StepSerializer(serializers.Serializer):
    event = serializers.ChoiceField([*PaymentEvent.Kind.values, *Happening.values])
    date = InstantField()
    source = serializers.ChoiceField(PaymentEvent.Source.values, allow_null=True)


class TransactionDetailSerializer(TransactionSerializer):
    metadata = GatewayMetadataSerializer()
    refunds = RefundSerializer(many=True)
    history = StepSerializer(many=True)


class PricedItemSerializer(StoredItemSerializer):
    price = serializers.CharField(required=False)
    unitPrice = serializers.CharField(required=False)
    totalPrice = serializers.CharField(required=False)


class QrisSaleSerializer(serializers.Serializer):
    """A sale that waits for its payment."""

    transactionId = serializers.CharField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    status = serializers.ChoiceField(list(dict.fromkeys(STATUS.values())))
    qrCode = serializers.CharField()
    qrisUrl = serializers.CharField()
    expiredTime = serializers.CharField(help_text="YYYYMMDDHHmmss in Jakarta")
    productInfo = PricedItemSerializer(many=True)


NewSaleAnswerSerializer = PolymorphicProxySerializer(
    component_name="NewSaleAnswer",
    serializers=[TransactionSerializer, QrisSaleSerializer],
    resource_type_field_name=None,
)


class NewRefundSerializer(serializers.Serializer):
    amount = AmountField()
    reason = TextField(max_length=200)


class RefundedSerializer(RefundSerializer):
    transaction = TransactionSerializer()


class CheckedSerializer(serializers.Serializer):
    transactionId = serializers.CharField()
    status = serializers.ChoiceField(list(dict.fromkeys(STATUS.values())))
    statusReason = serializers.CharField(allow_null=True)
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    paylabsStatus = serializers.ChoiceField(
        ["01", "02", "09"],
        allow_null=True,
        help_text="null: the gateway was not asked, or was away.",
    )
