from dataclasses import fields

from django import forms
from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.backoffice import mask
from core.errors import Refusal
from core.formats import rupiah
from koperasi_risk.admin.desk import (
    MANAGER,
    OFFICER_AND_MANAGER,
    Badge,
    ReadOnlyTenantInline,
    TenantDesk,
    TenantForm,
    TenantInline,
    person,
)
from koperasi_risk.admin.saving_deeds import MemberDeeds
from koperasi_risk.models import (
    AnnualMeeting,
    ExternalDebt,
    MeetingAttendance,
    Member,
    MemberDocument,
    MemberStatusEvent,
)
from koperasi_risk.services.members import NewMember, add_member, change_status

STATUSES = {"PENDING": "info", "ACTIVE": "success", "INACTIVE": "warning", "LEFT": "danger"}


class MemberForm(TenantForm):
    """A member's number at the state is typed anew to be changed; what is stored stays masked."""

    new_nik = forms.CharField(
        label=gettext_lazy("New identity number (NIK)"),
        required=False,
        max_length=16,
        help_text=gettext_lazy("16 digits; leave empty to keep the stored one."),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    class Meta:
        model = Member
        fields = ()

    def clean_joined_on(self):
        day = self.cleaned_data["joined_on"]
        if day > self.tenant.today(timezone.now()):
            raise forms.ValidationError(_("The day lies in the future."))
        return day

    def clean_new_nik(self):
        number = self.cleaned_data["new_nik"].strip()
        if not number:
            return ""
        for validator in Member._meta.get_field("nik").validators:
            validator(number)
        same = Member.objects.of(self.tenant).filter(
            nik_index=Member._meta.get_field("nik_index").index_of(number)
        )
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another member has this identity number."))
        return number

    def _post_clean(self):
        if self.cleaned_data.get("new_nik"):
            self.instance.nik = self.cleaned_data["new_nik"]
        super()._post_clean()


class StatusForm(BaseDialogForm):
    to = forms.ChoiceField(
        label=gettext_lazy("New status"),
        choices=Member.Status.choices,
        widget=UnfoldAdminSelectWidget(),
    )
    on = forms.DateField(
        label=gettext_lazy("From this day on"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class MemberDocumentInline(TenantInline):
    model = MemberDocument
    keepers = removers = OFFICER_AND_MANAGER
    fields = ["kind", "verified_on"]


class ExternalDebtInline(TenantInline):
    model = ExternalDebt
    keepers = removers = OFFICER_AND_MANAGER
    fields = [
        *("lender", "outstanding", "monthly_installment", "collectability"),
        *("source", "as_of", "closed_on"),
    ]


class StatusEventInline(ReadOnlyTenantInline):
    model = MemberStatusEvent
    fields = ["on", "came_from", "went_to", "who"]
    readonly_fields = ["who"]
    ordering = ["-on", "-pk"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")

    who = person("by", gettext_lazy("by"))


@admin.register(Member)
class MemberAdmin(MemberDeeds, TenantDesk):
    """Who the members are, and what is known of their income and debts elsewhere."""

    keepers = OFFICER_AND_MANAGER
    form = MemberForm
    list_display = ["full_name", "number", "shown_status", "income", "joined_on", "changed_at"]
    list_filter = ["status", "income_source", ("monthly_income", admin.EmptyFieldListFilter)]
    search_fields = ["full_name", "number"]
    search_help_text = gettext_lazy("Name or member number")
    ordering = ["full_name", "pk"]
    inlines = [MemberDocumentInline, ExternalDebtInline, StatusEventInline]
    actions_detail = ["deposit", "move"]
    readonly_fields = ["code", "masked_nik", "status", "left_on", "changed_at"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("full_name", "number"),
                    ("joined_on", "is_board_member"),
                    ("status", "left_on"),
                ]
            },
        ),
        (
            gettext_lazy("Income"),
            {
                "fields": [
                    ("monthly_income", "income_verified_on"),
                    ("income_source", "dependants"),
                    ("occupation", "employer"),
                ]
            },
        ),
        (
            gettext_lazy("Personal data, masked"),
            {"fields": [("masked_nik", "new_nik"), "birth_date"]},
        ),
    ]

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            self._add(request, obj)

    def _add(self, request, obj) -> None:
        person = NewMember(**{field.name: getattr(obj, field.name) for field in fields(NewMember)})
        tenant = request.seat.tenant
        added = add_member(tenant=tenant, person=person, by=request.user, now=timezone.now())
        obj.__dict__.update(added.__dict__)

    def has_move_permission(self, request, object_id=None):
        return self.has_change_permission(request)

    @action(
        description=gettext_lazy("Change the status"),
        permissions=["move"],
        icon="swap_horiz",
        dialog={
            "title": gettext_lazy("Change the member's status"),
            "description": gettext_lazy(
                "Who has left does not come back; a new membership begins."
            ),
            "form_class": StatusForm,
            "form_submit_text": gettext_lazy("Change"),
        },
    )
    def move(self, request, form, object_id):
        member = self.get_object(request, object_id)
        try:
            moved = change_status(
                tenant=request.seat.tenant,
                member_id=member.pk if member else 0,
                to=form.cleaned_data["to"],
                on=form.cleaned_data["on"],
                by=request.user,
                now=timezone.now(),
                why=form.cleaned_data["reason"],
            )
            said = _("%(member)s: %(status)s.")
            words = {"member": moved.full_name, "status": moved.get_status_display()}
            self.message_user(request, said % words, messages.SUCCESS)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
        page = reverse("admin:koperasi_risk_member_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": page})

    def members_of(self, row):
        return [row.pk]

    @display(description=gettext_lazy("status"), ordering="status", label=STATUSES)
    def shown_status(self, member):
        return Badge(member.status, member.get_status_display())

    @display(description=gettext_lazy("net income a month"), ordering="monthly_income")
    def income(self, member):
        return rupiah(member.monthly_income)

    @display(description=gettext_lazy("identity number (NIK)"))
    def masked_nik(self, member):
        return mask(member.nik or "", head=4, tail=4) or "–"


class AttendanceInline(TenantInline):
    model = MeetingAttendance
    keepers = removers = MANAGER
    fields = autocomplete_fields = ["member"]
    ordering = ["member__full_name", "pk"]
    per_page = 50


@admin.register(AnnualMeeting)
class AnnualMeetingAdmin(TenantDesk):
    """Which annual meetings were held, and who was there."""

    keepers = MANAGER
    list_display = ["__str__", "held_on", "attended"]
    ordering = ["-held_on"]
    inlines = [AttendanceInline]
    fields = ["held_on", "title"]

    @display(description=gettext_lazy("members there"))
    def attended(self, meeting):
        return meeting.attended

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(attended=Count("attendances"))

    def members_of(self, row):
        # A meeting counts for everybody who was a member by then, there or not.
        return Member.objects.of(row.tenant_id).values_list("pk", flat=True)
