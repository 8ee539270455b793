"""The rules a koperasi scores by: one threshold for each factor, with every change on record."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import AppendOnly
from koperasi_risk.models.tenants import TenantRow, TenantRowQuerySet, Within


class Action(models.TextChoices):
    """What a breached rule asks for."""

    APPROVE = "APPROVE", _("Approve")
    REVIEW = "MANUAL_REVIEW", _("Review by a person")
    REJECT = "REJECT", _("Reject")


class RiskRuleQuerySet(TenantRowQuerySet):
    def active(self) -> "RiskRuleQuerySet":
        return self.filter(deleted_at=None)


class RiskRule(TenantRow):
    """One rule: a factor, the last acceptable value, and what follows beyond it."""

    factor = models.CharField(_("factor"), max_length=100)
    # Lower case, without spaces around: the name under which a koperasi has one rule at most.
    factor_key = models.CharField(max_length=100, editable=False)
    weight = models.DecimalField(
        _("weight"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    threshold = models.DecimalField(
        _("threshold"),
        max_digits=22,
        decimal_places=6,
        validators=[MinValueValidator(Decimal("-1e15")), MaxValueValidator(Decimal("1e15"))],
    )
    risk_category = models.CharField(_("risk category"), max_length=60)
    auto_action = models.CharField(_("automatic action"), max_length=13, choices=Action)
    action_payload = models.JSONField(_("more of the action"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    updated_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name=_("changed by"),
    )
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = RiskRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("risk rule")
        verbose_name_plural = _("risk rules")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "factor_key"],
                condition=Q(deleted_at=None),
                name="one_rule_per_factor",
            ),
            models.CheckConstraint(condition=Q(weight__range=(0, 100)), name="rule_weight_range"),
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="rule_of_tenant")]

    def __str__(self) -> str:
        return self.factor


class RiskRuleRevision(AppendOnly, TenantRow):
    """A rule was made, changed, deleted or restored: by whom, when, why, and from what to what."""

    class Via(models.TextChoices):
        API = "API", "API"
        ADMIN = "ADMIN", _("Back office")
        IMPORT = "IMPORT", _("Import")
        COPY = "COPY", _("Copied from another rule set")
        STARTER = "STARTER", _("Starter rules")
        RESTORE = "RESTORE", _("Restored")

    rule = Within(RiskRule, related_name="revisions", db_index=False, verbose_name=_("risk rule"))
    version = models.PositiveIntegerField(_("version"))
    # The rule's content as it is on the wire; null before it was made and after it was deleted.
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("by")
    )
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("approved by")
    )
    at = models.DateTimeField(_("at"))
    why = models.CharField(_("why"), max_length=300, blank=True)
    via = models.CharField(_("by way of"), max_length=7, choices=Via)

    class Meta(AppendOnly.Meta):
        verbose_name = _("revision of a rule")
        verbose_name_plural = _("revisions of rules")
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="revision_once_per_version"),
        ]
        indexes = [models.Index(fields=["tenant", "-at"], name="revision_recent")]

    def __str__(self) -> str:
        return f"{self.rule} v{self.version}"


class RuleProposal(TenantRow):
    """A change of a rule that waits for a second person, where the koperasi asks for one."""

    class Kind(models.TextChoices):
        SAVE = "SAVE", _("Add or change")
        DELETE = "DELETE", _("Delete")

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    rule = Within(RiskRule, null=True, related_name="proposals", verbose_name=_("risk rule"))
    # What the rule was when the change was proposed; another version is a conflict.
    base_version = models.PositiveIntegerField(default=0)
    factor_key = models.CharField(_("factor"), max_length=100)
    content = models.JSONField(_("content"), null=True)
    why = models.CharField(_("why"), max_length=300, blank=True)
    via = models.CharField(_("by way of"), max_length=7, choices=RiskRuleRevision.Via)
    maker = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    made_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    checker = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("proposed rule change")
        verbose_name_plural = _("proposed rule changes")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "factor_key"],
                condition=Q(state="WAITING"),
                name="one_waiting_proposal_per_factor",
            ),
            models.CheckConstraint(
                condition=Q(checker__isnull=True)
                | ~Q(checker=models.F("maker"))
                | Q(state="WITHDRAWN"),
                name="proposal_maker_is_not_checker",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-made_at"], name="proposal_by_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.factor_key}"
