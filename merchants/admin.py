from datetime import datetime, timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.backoffice import (
    Answer,
    EndlessDesk,
    ReadOnlyDesk,
    ReadOnlyInline,
    mask,
    mask_phone,
    morning,
)
from merchants.models import Consent, Merchant


@morning
def who_is_new(now: datetime) -> Answer:
    week_ago = now - timedelta(days=7)
    return Answer(
        question=_("How many merchants came in the last seven days?"),
        figure=str(Merchant.objects.filter(joined_at__gte=week_ago).count()),
        note=_("of %(total)s") % {"total": Merchant.objects.count()},
        url=reverse("admin:merchants_merchant_changelist") + "?o=-6",
    )


class ConsentInline(ReadOnlyInline):
    model = Consent
    fields = ["scope", "text_version", "granted_at", "valid_until", "withdrawn_at"]


@admin.register(Merchant)
class MerchantAdmin(ReadOnlyDesk):
    """Who trades here. Personal data stays masked."""

    list_display = ["company_name", "code", "city", "category", "scale", "joined_at"]
    list_filter = ["scale"]
    list_select_related = ["owner"]
    search_fields = ["company_name", "code__exact"]
    search_help_text = gettext_lazy("Name, or the whole merchant ID")
    ordering = ["-pk"]
    inlines = [ConsentInline]
    fieldsets = [
        (
            None,
            {"fields": ["company_name", "code", "owner", "city", "category", "scale", "joined_at"]},
        ),
        (
            gettext_lazy("Personal data, masked"),
            {"fields": ["masked_phone", "masked_address", "masked_tax_id", "masked_national_id"]},
        ),
    ]
    readonly_fields = ["masked_phone", "masked_address", "masked_tax_id", "masked_national_id"]

    @display(description=gettext_lazy("phone"))
    def masked_phone(self, merchant):
        return mask_phone(merchant.phone) or "–"

    @display(description=gettext_lazy("address"))
    def masked_address(self, merchant):
        return _("stored, not shown") if merchant.address else "–"

    @display(description=gettext_lazy("tax ID (NPWP)"))
    def masked_tax_id(self, merchant):
        return mask(merchant.tax_id, head=2, tail=3) or "–"

    @display(description=gettext_lazy("national ID (NIK)"))
    def masked_national_id(self, merchant):
        return mask(merchant.national_id, head=4, tail=4) or "–"


@admin.register(Consent)
class ConsentAdmin(EndlessDesk):
    """What merchants agreed to, and what they withdrew."""

    list_display = [
        "merchant",
        "scope",
        "text_version",
        "granted_at",
        "valid_until",
        "withdrawn_at",
    ]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["merchant"]
    search_fields = ["merchant__code__exact"]
    search_help_text = gettext_lazy("Merchant ID")
