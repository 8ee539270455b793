"""A forgotten password, by page: allauth's forms, our services."""

from allauth.account.forms import EmailField, ResetPasswordKeyForm
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.api.sign_in import caller_of
from accounts.portal.adapter import check_limit
from accounts.services.password_reset import request_password_reset, reset_password
from core.errors import Refusal


class RequestResetForm(forms.Form):
    """Whatever address is given, the same work is done and the same page follows."""

    email = EmailField(required=True)

    def save(self, request, **_) -> str:
        check_limit(request, "reset")
        email = self.cleaned_data["email"].lower()
        address = caller_of(request).address
        request_password_reset(email=email, now=timezone.now(), address=address)
        return email


class NewPasswordForm(ResetPasswordKeyForm):
    """Sets the password while the form is checked, so that a refusal is shown beside its field."""

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            try:
                self._reset(cleaned["password1"])
            except Refusal as refusal:
                field, message = next(iter(refusal.fields.items()), (None, refusal.message))
                raise ValidationError({field: message} if field else message) from refusal
        return cleaned

    def save(self):
        """Nothing is left to do."""

    def _reset(self, password: str) -> None:
        token = f"{user_pk_to_url_str(self.user)}-{self.temp_key}"
        reset_password(token=token, password=password, field="password1", now=timezone.now())
