from datetime import datetime, timedelta

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.models import BANK_ROLES, Organisation, RefreshSession, SignInAttempts, User
from accounts.services.people import reinstate_user, suspend_user
from accounts.services.roles import save_person
from core.backoffice import Answer, Desk, EndlessDesk, ReadOnlyDesk, morning
from core.errors import Refusal
from core.models import AuditEntry

# Rights come from roles; addresses and second factors belong to their owners.
admin.site.unregister([Group, EmailAddress, Authenticator])
admin.site.login = secure_admin_login(admin.site.login)


@morning
def who_is_locked_out(now: datetime) -> Answer:
    day_ago = now - timedelta(days=1)
    count = AuditEntry.objects.filter(action="user.locked_out", at__gte=day_ago).count()
    return Answer(
        question=_("Was anybody locked out since yesterday?"),
        figure=str(count),
        note=_("after too many failed sign-ins"),
        url=reverse("admin:core_auditentry_changelist") + "?q=user.locked_out",
        tone="warn" if count else "ok",
    )


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class BankPeopleHaveABank:
    """Say in words what the table's constraint demands."""

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("role") in BANK_ROLES and not cleaned.get("organisation"):
            self.add_error("organisation", _("Bank people need their bank."))
        return cleaned


class AddPersonForm(BankPeopleHaveABank, UserCreationForm):
    class Meta:
        model = User
        fields = ["email", "full_name", "role", "organisation"]
        field_classes = {}


class ChangePersonForm(BankPeopleHaveABank, forms.ModelForm):
    class Meta:
        model = User
        fields = ["email", "full_name", "role", "organisation", "language"]


@admin.register(User)
class UserAdmin(Desk):
    """Who may come in, in which role; suspending takes effect at once."""

    list_display = ["full_name", "email", "shown_role", "organisation", "state", "last_login"]
    list_filter = ["role", "is_active", "organisation"]
    list_select_related = ["organisation"]
    search_fields = ["email", "full_name", "code"]
    ordering = ["full_name", "pk"]
    form = ChangePersonForm
    add_form = AddPersonForm
    readonly_fields = ["code", "is_active", "registered_at", "last_login"]
    fieldsets = [
        (None, {"fields": ["full_name", "email", "role", "organisation", "language"]}),
        (gettext_lazy("Account"), {"fields": ["code", "is_active", "registered_at", "last_login"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["full_name", "email", "role", "organisation"]}),
        (gettext_lazy("Password"), {"fields": ["password1", "password2"]}),
    ]
    actions_detail = ["suspend", "reinstate"]

    def get_form(self, request, obj=None, **kwargs):
        if obj is None:
            kwargs["form"] = self.add_form
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.add_fieldsets

    def save_model(self, request, obj, form, change):
        save_person(user=obj, changed=form.changed_data, by=request.user, now=timezone.now())

    def has_delete_permission(self, request, obj=None):
        return False  # People are suspended; what they did keeps their name.

    def has_suspend_permission(self, request, object_id=None):
        return request.user.has_perm("accounts.suspend_user")

    @display(description=gettext_lazy("role"), ordering="role")
    def shown_role(self, user):
        return user.get_role_display()

    @display(
        description=gettext_lazy("state"),
        ordering="is_active",
        label={"active": "success", "suspended": "danger"},
    )
    def state(self, user):
        if user.is_active:
            return "active", _("Active")
        return "suspended", _("Suspended")

    @action(
        description=gettext_lazy("Suspend"),
        permissions=["suspend"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("Suspend this person?"),
            "description": gettext_lazy("Every session ends at once; nobody can sign in with it."),
            "form_class": ReasonForm,
            "form_submit_text": gettext_lazy("Suspend"),
        },
    )
    def suspend(self, request, form, object_id):
        return self._apply(
            suspend_user, request, form, object_id, said=_("%(person)s is suspended.")
        )

    @action(
        description=gettext_lazy("Reinstate"),
        permissions=["suspend"],
        icon="check_circle",
        dialog={
            "title": gettext_lazy("Reinstate this person?"),
            "description": gettext_lazy("Signing in works again; old sessions stay ended."),
            "form_class": ReasonForm,
            "form_submit_text": gettext_lazy("Reinstate"),
        },
    )
    def reinstate(self, request, form, object_id):
        return self._apply(
            reinstate_user, request, form, object_id, said=_("%(person)s may sign in again.")
        )

    def _apply(self, service, request, form, object_id, *, said: str) -> HttpResponse:
        person = self.get_object(request, object_id)
        reason = form.cleaned_data["reason"]
        try:
            service(user=person, by=request.user, reason=reason, now=timezone.now())
            self.message_user(request, said % {"person": person}, messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
        page = reverse("admin:accounts_user_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": page})


@admin.register(Organisation)
class OrganisationAdmin(Desk):
    list_display = ["name", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(RefreshSession)
class RefreshSessionAdmin(EndlessDesk):
    """Which API sessions stand; never their tokens."""

    list_display = ["user", "issued_at", "rotated_at", "revoked_at", "expires_at"]
    list_select_related = ["user"]
    fields = ["user", "family", "issued_at", "rotated_at", "revoked_at", "expires_at"]
    search_fields = ["user__email__exact"]
    search_help_text = gettext_lazy("E-mail of the person")


@admin.register(SignInAttempts)
class SignInAttemptsAdmin(ReadOnlyDesk):
    """How often somebody guesses; whose account it is stays a keyed hash."""

    list_display = ["key", "attempts", "window_ends_at"]
    ordering = ["-window_ends_at"]
