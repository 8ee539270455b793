"""The merchant's own data: profile and consents."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from accounts.models import Role
from core.api.idempotency import idempotent
from core.api.pagination import PageQuery, page_facts, query_of
from core.api.permissions import role_in
from core.api.responses import ok
from core.api.schema import answer
from merchants.api.serializers import ConsentSerializer, ProfileSerializer
from merchants.selectors import consents_of, merchant_of
from merchants.services import grant_consent, withdraw_consent

CONSENT = answer(ConsentSerializer, message=True)


class MerchantView(APIView):
    """A door for merchants alone."""

    permission_classes = [role_in(Role.MERCHANT)]


class ProfileView(MerchantView):
    @extend_schema(responses=ProfileSerializer)
    def get(self, request):
        """The caller's shop and account."""
        return ok(ProfileSerializer(merchant_of(request.user)).data)


class ConsentsView(MerchantView):
    @extend_schema(
        parameters=[PageQuery], responses=answer(ConsentSerializer(many=True), paged=True)
    )
    def get(self, request):
        """Every consent the caller gave, withdrawn ones included, newest first."""
        query = query_of(request, PageQuery)
        consents = consents_of(merchant_of(request.user))
        start = (query["page"] - 1) * query["limit"]
        page = consents[start : start + query["limit"]]
        return ok(
            ConsentSerializer(page, many=True).data,
            pagination=page_facts(total=consents.count(), **query),
        )

    @extend_schema(request=None, responses={200: CONSENT, 201: CONSENT})
    @idempotent
    def post(self, request):
        """Let partner banks see the caller's shop again. A consent that stands is kept."""
        consent, is_new = grant_consent(
            merchant=merchant_of(request.user), by=request.user, now=timezone.now()
        )
        return ok(
            ConsentSerializer(consent).data,
            message=_("Consent granted"),
            status=201 if is_new else 200,
        )


class ConsentView(MerchantView):
    @extend_schema(responses={200: CONSENT})
    def delete(self, request, code):
        """Withdraw a consent: banks stop seeing the caller's shop at once."""
        consent = withdraw_consent(
            merchant=merchant_of(request.user), code=code, by=request.user, now=timezone.now()
        )
        return ok(ConsentSerializer(consent).data, message=_("Consent withdrawn"))
