from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.serializers import LONGEST_GUESS, AddressField, text
from core.api.fields import InstantField
from merchants.api.words import SCALE, SCOPE
from merchants.models import Consent, Merchant
from merchants.services import Registration


class RegistrationSerializer(serializers.Serializer):
    email = AddressField()
    password = text(
        _("Password is required"), max_length=LONGEST_GUESS, trim_whitespace=False, write_only=True
    )
    companyName = text(_("Company name is required"), max_length=100, source="company_name")
    fullName = text(_("Full name is required"), max_length=100, source="full_name")
    city = text(_("City is required"), max_length=50)
    address = text(_("Address is required"), max_length=500)
    phoneNumber = text(_("Phone number is required"), max_length=40, source="phone")

    def to_registration(self) -> Registration:
        return Registration(**self.validated_data)


class RegisteredSerializer(serializers.ModelSerializer):
    """A new account; it can sign in at once."""

    userId = serializers.UUIDField(source="owner.code")
    email = serializers.EmailField(source="owner.email")
    companyName = serializers.CharField(source="company_name")
    merchantId = serializers.CharField(source="code")
    message = serializers.SerializerMethodField()

    class Meta:
        model = Merchant
        fields = ["userId", "email", "companyName", "merchantId", "message"]

    def get_message(self, merchant) -> str:
        return str(_("Registration successful. Please sign in."))


class ProfileUserSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="owner.code")
    email = serializers.EmailField(source="owner.email")
    fullName = serializers.CharField(source="owner.full_name")
    companyName = serializers.CharField(source="company_name")
    phoneNumber = serializers.CharField(source="phone")

    class Meta:
        model = Merchant
        fields = ["id", "email", "fullName", "companyName", "phoneNumber", "city", "address"]


class ProfileMerchantSerializer(serializers.ModelSerializer):
    merchantId = serializers.CharField(source="code")
    businessCategory = serializers.SerializerMethodField()
    businessScale = serializers.SerializerMethodField()
    joinDate = InstantField(source="joined_at")

    class Meta:
        model = Merchant
        fields = ["merchantId", "businessCategory", "businessScale", "joinDate"]

    def get_businessCategory(self, merchant) -> str | None:
        return merchant.category or None

    def get_businessScale(self, merchant) -> str:
        return SCALE[merchant.scale]


class ProfileSerializer(serializers.Serializer):
    """The caller's own shop and how to reach its owner."""

    user = ProfileUserSerializer(source="*")
    merchant = ProfileMerchantSerializer(source="*")


class ConsentSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="code")
    scope = serializers.SerializerMethodField()
    textVersion = serializers.CharField(source="text_version")
    grantedAt = InstantField(source="granted_at")
    validUntil = InstantField(source="valid_until", allow_null=True)
    withdrawnAt = InstantField(source="withdrawn_at", allow_null=True)

    class Meta:
        model = Consent
        fields = ["id", "scope", "textVersion", "grantedAt", "validUntil", "withdrawnAt"]

    def get_scope(self, consent) -> str:
        return SCOPE[consent.scope]
