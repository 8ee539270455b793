"""What the doors of `/api/auth` take and give."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import User
from accounts.tokens import ROLE_WORDS
from core.api.fields import TextField

# More than anybody's password; a wrong one is not told how long the right one may be.
LONGEST_GUESS = 1024


def text(missing, *, max_length: int, **kwargs) -> TextField:
    """Return a compulsory text field that says `missing` whichever way it is left out."""
    words = dict.fromkeys(["required", "blank", "null"], missing)
    return TextField(max_length=max_length, error_messages=words, **kwargs)


class AddressField(serializers.EmailField):
    """An e-mail address in ASCII, in lower case from here on."""

    default_error_messages = {"invalid": _("Email must be valid")}

    def __init__(self, **kwargs):
        words = dict.fromkeys(["required", "blank", "null"], _("Email is required"))
        super().__init__(max_length=100, error_messages=words, **kwargs)

    def to_internal_value(self, data):
        value = super().to_internal_value(data).lower()
        if not value.isascii():
            self.fail("invalid")
        return value


class LoginSerializer(serializers.Serializer):
    email = AddressField()
    password = text(
        _("Password is required"), max_length=LONGEST_GUESS, trim_whitespace=False, write_only=True
    )


class RefreshSerializer(serializers.Serializer):
    refreshToken = text(_("Refresh token is required"), max_length=4096)


class LogoutSerializer(serializers.Serializer):
    refreshToken = TextField(
        max_length=4096, required=False, allow_blank=True, allow_null=True, default=""
    )


class RequestResetSerializer(serializers.Serializer):
    email = AddressField()


class ResetPasswordSerializer(serializers.Serializer):
    resetToken = text(_("Reset token is required"), max_length=500)
    newPassword = text(
        _("Password is required"), max_length=LONGEST_GUESS, trim_whitespace=False, write_only=True
    )
    confirmPassword = TextField(
        max_length=LONGEST_GUESS, trim_whitespace=False, required=False, write_only=True
    )

    def validate(self, attrs):
        if attrs.get("confirmPassword", attrs["newPassword"]) != attrs["newPassword"]:
            raise serializers.ValidationError({"confirmPassword": _("Passwords do not match")})
        return attrs


class PersonSerializer(serializers.ModelSerializer):
    """Who signed in."""

    userId = serializers.UUIDField(source="code")
    companyName = serializers.CharField(source="company_name")
    fullName = serializers.CharField(source="full_name")
    role = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["userId", "email", "companyName", "fullName", "role"]

    def get_role(self, user) -> str:
        return ROLE_WORDS[user.role]


class TokensSerializer(serializers.Serializer):
    accessToken = serializers.CharField(source="access")
    refreshToken = serializers.CharField(source="refresh")


class SignedInSerializer(TokensSerializer):
    user = PersonSerializer()


class SaidSerializer(serializers.Serializer):
    """An answer in words."""

    message = serializers.CharField()
