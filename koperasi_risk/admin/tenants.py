from decimal import Decimal

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.models import Role, User
from core.errors import Refusal
from koperasi_risk.admin.desk import (
    BOARD,
    MANAGER,
    MANAGER_AND_BOARD,
    TenantDesk,
    TenantForm,
    person,
)
from koperasi_risk.admin.figures import figure, read_figure
from koperasi_risk.admin.rule_words import language
from koperasi_risk.models import DocumentKind, Tenant, TenantMembership, TenantRole
from koperasi_risk.services.memberships import end_membership, save_membership
from koperasi_risk.services.notes import MAX_WHY
from koperasi_risk.services.settings import MAX_MULTIPLIER, save_settings

TIME_ZONES = {
    "Asia/Jakarta": gettext_lazy("Western Indonesia (WIB)"),
    "Asia/Makassar": gettext_lazy("Central Indonesia (WITA)"),
    "Asia/Jayapura": gettext_lazy("Eastern Indonesia (WIT)"),
}
# Which score means what; with a second person for rules these are no manager's alone, either.
DECIDING = ["use_score_bands", "category_multipliers"]
APPROVAL = "rules_need_approval"
OTHERS = [
    *("kind", "time_zone", "principal_savings_amount", "mandatory_savings_amount"),
    *("mandatory_savings_due_day", "mandatory_savings_since", "own_capital"),
    *("collectability_preset", "grace_days", "unsecured_limit", "required_documents"),
]


class MultipliersField(forms.CharField):
    """A category and its multiplier on each line: `tinggi: 1,5`."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "placeholder": "tinggi: 1,5"})

    def prepare_value(self, value):
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name}: {figure(times)}" for name, times in value.items())

    def clean(self, value) -> dict[str, str]:
        return dict(self._line(line) for line in super().clean(value).splitlines() if line.strip())

    @staticmethod
    def _line(line: str) -> tuple[str, str]:
        name, colon, text = line.rpartition(":")
        times = read_figure(text, language()) if colon and name.strip() else None
        if times is None or not Decimal(0) < times <= MAX_MULTIPLIER:
            raise forms.ValidationError(
                _("Write a category and a number above 0 and up to %(most)s on each line: %(line)s")
                % {"most": MAX_MULTIPLIER, "line": line.strip()[:60]}
            )
        return name.strip().lower(), str(times)

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial or {}), data)


class SettingsForm(TenantForm):
    time_zone = forms.ChoiceField(
        label=gettext_lazy("time zone"),
        choices=list(TIME_ZONES.items()),
        widget=UnfoldAdminSelectWidget(),
    )
    required_documents = forms.MultipleChoiceField(
        label=gettext_lazy("required documents"),
        required=False,
        choices=DocumentKind.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )
    category_multipliers = MultipliersField(
        label=gettext_lazy("multipliers of risk categories"),
        required=False,
        help_text=gettext_lazy(
            "Weights of rules of a category count that often; a category that is not named counts once."
        ),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        max_length=MAX_WHY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    class Meta:
        model = Tenant
        fields = ()


@admin.register(Tenant)
class TenantAdmin(TenantDesk):
    """What this koperasi lends and scores by."""

    readers = MANAGER_AND_BOARD
    keepers = MANAGER_AND_BOARD
    is_kept_on_visits = True
    form = SettingsForm
    list_display = ["__str__", "kind", "collectability_preset", "use_score_bands", APPROVAL]
    list_select_related = ["organisation"]
    fieldsets = [
        (None, {"fields": [("name", "kind"), "time_zone"]}),
        (gettext_lazy("How scores decide"), {"fields": [*DECIDING, APPROVAL]}),
        (
            gettext_lazy("How arrears are counted"),
            {
                "fields": [
                    ("collectability_preset", "grace_days"),
                    ("unsecured_limit", "own_capital"),
                ]
            },
        ),
        (
            gettext_lazy("Savings and documents"),
            {
                "fields": [
                    ("principal_savings_amount", "mandatory_savings_amount"),
                    ("mandatory_savings_due_day", "mandatory_savings_since"),
                    "required_documents",
                ]
            },
        ),
        (gettext_lazy("Why"), {"fields": ["why"]}),
    ]

    @display(description=gettext_lazy("koperasi"))
    def name(self, tenant):
        return tenant.organisation.name

    @staticmethod
    def own(rows, tenant):
        return rows.filter(pk=tenant.pk)

    def has_add_permission(self, request, *args):
        return False

    def changelist_view(self, request, extra_context=None):
        # There is one: one's own.
        if self.has_view_permission(request):
            return redirect("admin:koperasi_risk_tenant_change", request.seat.tenant.pk)
        return super().changelist_view(request, extra_context)

    def get_readonly_fields(self, request, obj=None):
        """
        Return what is not this person's to change.

        A manager sets everything, but lifts no second person off the rules; the board does that, and
        nothing else. Whoever runs the product sets all of it.
        """
        seat = request.seat
        if seat.is_visit:
            return ["name"]
        closed = ["name"]
        if not seat.has(*MANAGER):
            closed += OTHERS
        if not seat.has(*BOARD):
            closed += [APPROVAL, *(DECIDING if seat.tenant.rules_need_approval else [])]
        elif not seat.has(*MANAGER):
            closed += [] if seat.tenant.rules_need_approval else DECIDING
        return closed

    def get_fieldsets(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return self.fieldsets[:-1]

    def save_model(self, request, obj, form, change):
        typed = {name: form.cleaned_data[name] for name in form.changed_data if name != "why"}
        save_settings(
            tenant=request.seat.tenant,
            by=request.user,
            now=timezone.now(),
            why=form.cleaned_data["why"],
            **typed,
        )

    def tell(self, request, form, formsets, *, now):
        """The service did."""


class MembershipForm(TenantForm):
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("roles"),
        choices=TenantRole.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = TenantMembership
        fields = ()


class NewMembershipForm(MembershipForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the person"),
        help_text=gettext_lazy("Of somebody who signs in as koperasi staff already."),
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean_email(self):
        email = self.cleaned_data["email"]
        self.person = User.objects.filter(email=email, role=Role.KOPERASI_STAFF).first()
        if self.person is None:
            raise forms.ValidationError(_("Nobody of the koperasi staff has this e-mail."))
        return email

    def clean(self):
        typed = super().clean()
        if hasattr(self, "person") and self.person:
            self.instance.user = self.person
        return typed

    def _get_validation_exclusions(self):
        # Whoever has a membership already gets the roles of this form instead.
        return super()._get_validation_exclusions() | {"user", "tenant"}


class EndForm(BaseDialogForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_WHY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


@admin.register(TenantMembership)
class TenantMembershipAdmin(TenantDesk):
    """Who works for this koperasi, and in which roles."""

    readers = MANAGER_AND_BOARD
    is_kept_on_visits = True
    form = MembershipForm
    list_display = ["user", "email", "shown_roles", "since", "ended_at"]
    list_select_related = ["user"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    search_fields = ["user__full_name", "user__email"]
    search_help_text = gettext_lazy("Name or e-mail")
    ordering = ["user__full_name", "pk"]
    actions_detail = ["end"]
    readonly_fields = ["who", "since", "ended_at"]
    who = person("user", gettext_lazy("person"))

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = NewMembershipForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        fields = ["who", "roles", ("since", "ended_at")] if obj else ["email", "roles"]
        return [(None, {"fields": fields})]

    def save_model(self, request, obj, form, change):
        kept = save_membership(
            tenant=request.seat.tenant,
            person=obj.user,
            roles=form.cleaned_data["roles"],
            by=request.user,
            now=timezone.now(),
        )
        obj.pk = kept.pk

    def tell(self, request, form, formsets, *, now):
        """The service did."""

    def has_end_permission(self, request, object_id=None):
        return self.has_change_permission(request)

    @action(
        description=gettext_lazy("End the membership"),
        permissions=["end"],
        icon="person_off",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("End this membership?"),
            "description": gettext_lazy("The koperasi's pages close for this person at once."),
            "form_class": EndForm,
            "form_submit_text": gettext_lazy("End"),
        },
    )
    def end(self, request, form, object_id):
        try:
            kept = end_membership(
                tenant=request.seat.tenant,
                membership_id=self.get_object(request, object_id).pk,
                by=request.user,
                now=timezone.now(),
                why=form.cleaned_data["reason"],
            )
            said = _("%(person)s works here no more.") % {"person": kept.user}
            self.message_user(request, said, messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
        page = reverse("admin:koperasi_risk_tenantmembership_changelist")
        return HttpResponse(headers={"HX-Redirect": page})

    @display(description=gettext_lazy("E-mail"), ordering="user__email")
    def email(self, membership):
        return membership.user.email

    @display(description=gettext_lazy("roles"))
    def shown_roles(self, membership):
        return ", ".join(str(TenantRole(role).label) for role in membership.roles)
