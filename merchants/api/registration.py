"""`POST /api/auth/register`: the way in for new merchants."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema

from accounts.api.sign_in import caller_of
from accounts.api.views import PublicView
from core.api.idempotency import idempotent
from core.api.responses import ok
from core.api.schema import answer
from merchants.api.serializers import RegisteredSerializer, RegistrationSerializer
from merchants.services import register_merchant


class RegisterView(PublicView):
    limit_scope = "register"

    @extend_schema(
        request=RegistrationSerializer, responses={201: answer(RegisteredSerializer, message=True)}
    )
    @idempotent
    def post(self, request):
        """Become a merchant: an account, a shop, and a consent for partner banks."""
        body = RegistrationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        merchant = register_merchant(
            registration=body.to_registration(),
            now=timezone.now(),
            caller_address=caller_of(request).address,
        )
        return ok(
            RegisteredSerializer(merchant).data, message=_("Registration successful"), status=201
        )
