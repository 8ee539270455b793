"""The doors of `/api/auth` that open for everybody, and the one that closes behind you."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import family_of
from accounts.api.serializers import (
    LoginSerializer,
    LogoutSerializer,
    PersonSerializer,
    RefreshSerializer,
    RequestResetSerializer,
    ResetPasswordSerializer,
    SaidSerializer,
    SignedInSerializer,
    TokensSerializer,
)
from accounts.api.sign_in import ChallengeRequired, caller_of, sign_in_to_api
from accounts.services.password_reset import request_password_reset, reset_password
from accounts.services.sessions import close_session, renew_session
from core.api.responses import error_body, ok
from core.api.schema import answer


class PublicView(APIView):
    """A door that asks for no token, and does not mind a stale one."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def read(self, serializer_class) -> dict:
        """Return the validated body. Raises ValidationError."""
        return _read(self.request, serializer_class)


class LoginView(PublicView):
    limit_scope = "sign_in"
    also_answers = (401, 403)

    @extend_schema(request=LoginSerializer, responses=answer(SignedInSerializer, message=True))
    def post(self, request):
        """Sign in with e-mail and password."""
        body = self.read(LoginSerializer)
        try:
            user, tokens = sign_in_to_api(request=request, now=timezone.now(), **body)
        except ChallengeRequired as refusal:
            return _challenged(refusal)
        return ok(
            {**TokensSerializer(tokens).data, "user": PersonSerializer(user).data},
            message=_("Signed in"),
        )


class RefreshView(PublicView):
    limit_scope = "refresh"
    also_answers = (401,)

    @extend_schema(request=RefreshSerializer, responses=answer(TokensSerializer, message=True))
    def post(self, request):
        """Trade a refresh token for new tokens; repeating the call gives the same refresh token."""
        body = self.read(RefreshSerializer)
        tokens = renew_session(
            refresh=body["refreshToken"], now=timezone.now(), address=caller_of(request).address
        )
        return ok(TokensSerializer(tokens).data, message=_("Token renewed"))


class LogoutView(APIView):
    @extend_schema(request=LogoutSerializer, responses=answer(SaidSerializer, message=True))
    def post(self, request):
        """Sign out this session, and that of `refreshToken` where one is sent."""
        body = _read(request, LogoutSerializer)
        close_session(
            user=request.user,
            family=family_of(request),
            refresh=body["refreshToken"] or "",
            now=timezone.now(),
            address=caller_of(request).address,
        )
        return ok({"message": _("Signed out")}, message=_("Signed out"))


class RequestResetView(PublicView):
    limit_scope = "reset"

    @extend_schema(request=RequestResetSerializer, responses=SaidSerializer)
    def post(self, request):
        """Ask for a reset link by mail; the answer never tells whether the address is known."""
        body = self.read(RequestResetSerializer)
        request_password_reset(
            email=body["email"], now=timezone.now(), address=caller_of(request).address
        )
        return ok({"message": _("If the email is registered, a reset link will be sent")})


class ResetPasswordView(PublicView):
    limit_scope = "reset"

    @extend_schema(request=ResetPasswordSerializer, responses=SaidSerializer)
    def post(self, request):
        """Set a new password with the token from the mail; every session of the person ends."""
        body = self.read(ResetPasswordSerializer)
        reset_password(
            token=body["resetToken"],
            password=body["newPassword"],
            now=timezone.now(),
            address=caller_of(request).address,
        )
        return ok({"message": _("Password changed. Please sign in with the new password.")})


def _read(request, serializer_class) -> dict:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def _challenged(refusal: ChallengeRequired) -> Response:
    body = error_body(refusal.message, code=refusal.code)
    return Response(body | {"data": {"challenge": refusal.challenge}}, status=refusal.status)
