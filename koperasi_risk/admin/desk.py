"""
What every desk of a koperasi shares: it opens by the roles of the seat, and shows that koperasi's rows alone.

Rights of the product (`has_perm`) count for nothing here. An administrator of the product looks during a
visit, and otherwise sees nothing but the way to one.
"""

import json

from django import forms
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.models import Role
from core import audit
from core.backoffice import Desk, ReadOnly
from koperasi_risk.admin.figures import AmountField
from koperasi_risk.models import TenantRole, TenantRow
from koperasi_risk.services.changes import note_change

NOBODY = frozenset()
BOARD = frozenset({TenantRole.BOARD})
MANAGER = frozenset({TenantRole.RISK_MANAGER})
OFFICER_AND_MANAGER = MANAGER | {TenantRole.FINANCING_OFFICER}
MANAGER_AND_BOARD = MANAGER | BOARD
EVERYBODY = OFFICER_AND_MANAGER | BOARD


def is_seated(request) -> bool:
    """Tell the sidebar whether this person's koperasi pages open now."""
    return request.seat is not None


def reads_the_monitor(request) -> bool:
    """Tell the sidebar whether this person may look at how the rules decide over time."""
    seat = request.seat
    return seat is not None and (seat.is_visit or seat.has(*MANAGER_AND_BOARD))


def may_visit(request) -> bool:
    """Tell the sidebar whether this person may look into koperasi at all."""
    return request.user.role == Role.ADMIN


class Badge(tuple):
    """A code and its word: a coloured label in a list, the word alone on a page."""

    __slots__ = ()

    def __new__(cls, code: str, word) -> "Badge":
        return super().__new__(cls, (code, word))

    def __str__(self) -> str:
        return str(self[1])


def person(field: str, description):
    """Name somebody, without a link to the desk of people, which koperasi do not open."""

    @display(description=description, ordering=f"{field}__full_name")
    def named(self, row):
        return getattr(row, field) or "–"

    return named


class OfTheSeat:
    """
    Rights by the seat: `readers` look, `keepers` add and change, `removers` delete.

    What is read for a list, a choice or a search is the own koperasi's.
    """

    readers = EVERYBODY
    keepers = NOBODY
    removers = NOBODY
    is_kept_on_visits = False
    formfield_overrides = {models.DecimalField: {"form_class": AmountField}}

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        seat = request.seat
        return bool(seat and (seat.is_visit or seat.has(*self.readers)) and self._is_own(seat, obj))

    def has_add_permission(self, request, *args):
        return self._keeps(request)

    def has_change_permission(self, request, obj=None):
        return self._keeps(request) and self._is_own(request.seat, obj)

    def has_delete_permission(self, request, obj=None):
        seat = request.seat
        return bool(seat and seat.has(*self.removers) and self._is_own(seat, obj))

    def _keeps(self, request) -> bool:
        seat = request.seat
        return bool(
            seat and (seat.has(*self.keepers) or (seat.is_visit and self.is_kept_on_visits))
        )

    @staticmethod
    def _is_own(seat, obj) -> bool:
        # Actions of the theme ask with a number, and read the row from the queryset afterwards.
        return not isinstance(obj, TenantRow) or obj.tenant_id == seat.tenant.pk

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return self.own(rows, request.seat.tenant) if request.seat else rows.none()

    @staticmethod
    def own(rows, tenant):
        return rows.filter(tenant=tenant)

    def get_field_queryset(self, db, db_field, request):
        rows = super().get_field_queryset(db, db_field, request)
        related = db_field.remote_field.model
        if not issubclass(related, TenantRow):
            return rows
        rows = related.objects.all() if rows is None else rows
        return rows.filter(tenant=request.seat.tenant) if request.seat else rows.none()


class TenantForm(forms.ModelForm):
    """A form that checks what must be unique within the koperasi, of which no form asks."""

    tenant = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.tenant = self.tenant
        for field in self.fields.values():
            field.label = capfirst(field.label)

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"tenant"}


class TenantDesk(OfTheSeat, Desk):
    """A desk over the rows of one koperasi."""

    form = TenantForm

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.tenant = request.seat.tenant
        return form

    def changelist_view(self, request, extra_context=None):
        if request.seat is None and request.user.role == Role.ADMIN:
            return no_visit(request, self)
        return super().changelist_view(request, extra_context)

    def history_view(self, request, object_id, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def members_of(self, row):
        """Return the ids of the members whose factors are computed from a row."""
        return []

    def save_related(self, request, form, formsets, change):
        # Whoever answers for a loan no longer is concerned as much as whoever does from now on.
        before = set(self.members_of(form.instance))
        super().save_related(request, form, formsets, change)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            now = timezone.now()
            note_change(request.seat.tenant, before.union(self.members_of(form.instance)), now=now)
            self.tell(request, form, formsets, now=now)

    def tell(self, request, form, formsets, *, now) -> None:
        """Put a change on record."""
        row, tenant = form.instance, request.seat.tenant
        audit.record(
            f"koperasi.{self.opts.model_name}_changed",
            now=now,
            by=request.user,
            subject=row if hasattr(row, "code") else tenant.organisation,
            row=row.pk,
            fields=form.changed_data,
            rows=[formset.prefix for formset in formsets if formset.has_changed()],
        )

    def save_formset(self, request, form, formset, change):
        for row in formset.save(commit=False):
            row.tenant = request.seat.tenant
            row.save()
        for row in formset.deleted_objects:
            row.delete()

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    # The log of all desks knows no koperasi: what names a member stays out of it.
    def log_addition(self, request, obj, message):
        return _log(request, obj, ADDITION, message)

    def log_change(self, request, obj, message):
        return _log(request, obj, CHANGE, message)

    def log_deletions(self, request, queryset):
        return [_log(request, obj, DELETION, "") for obj in queryset]

    def construct_change_message(self, request, form, formsets, add=False):
        message = super().construct_change_message(request, form, formsets, add)
        for change in message:
            for about in change.values():
                if "object" in about:
                    about["object"] = "…"
        return message


class ReadOnlyTenantDesk(ReadOnly, TenantDesk):
    """A desk of a koperasi where nothing can be changed."""


class TenantInline(OfTheSeat, TabularInline):
    """Rows of the koperasi below another of its rows."""

    extra = 0
    hide_title = True


class ReadOnlyTenantInline(ReadOnly, TenantInline):
    """Rows of the koperasi below another, only to look at."""


def no_visit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Tell an administrator that a koperasi is visited with a reason, and lead there."""
    context = desk.admin_site.each_context(request) | {
        "title": desk.opts.verbose_name_plural.capitalize(),
        "opts": desk.opts,
    }
    return render(request, "admin/koperasi_risk/no_visit.html", context, status=403)


def _log(request: HttpRequest, obj: TenantRow, deed: int, message: list | str) -> LogEntry:
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(obj),
        object_id=obj.pk,
        object_repr=f"#{obj.pk}",
        action_flag=deed,
        change_message=json.dumps(message) if isinstance(message, list) else message,
    )
