"""What members are: their factors of each day, each scoring with all it saw, and the latest result."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import RupiahField
from core.models import AppendOnly
from koperasi_risk.models.members import Member
from koperasi_risk.models.tenants import TenantRow, Within


class Decision(models.TextChoices):
    """What the engine says of a member, from mild to severe."""

    APPROVE = "APPROVE", _("Approve")
    REVIEW = "MANUAL_REVIEW", _("Review by a person")
    REJECT = "AUTO_REJECT", _("Reject")


class MemberFacts(TenantRow):
    """A member's factor values at the end of one day; of the present day, as they were last computed."""

    member = Within(Member, related_name="facts", db_index=False, verbose_name=_("member"))
    as_of = models.DateField(_("as of"))
    # {"max_dpd_current": "45", "debt_service_ratio": {"status": "NOT_AVAILABLE", "cause": "no_income"}}
    values = models.JSONField(_("values"))
    member_status = models.CharField(_("status"), max_length=8, choices=Member.Status)
    # What lists and history ask for, beside the values.
    days_past_due = models.PositiveIntegerField(_("days past due"), default=0)
    collectability = models.PositiveSmallIntegerField(_("collectability"), default=1)
    outstanding = RupiahField(_("outstanding"), default=0)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("member's factors")
        verbose_name_plural = _("members' factors")
        constraints = [
            models.UniqueConstraint(fields=["member", "as_of"], name="facts_once_a_day"),
        ]
        indexes = [
            # The monitor reads every member of many days, and nothing but these columns.
            models.Index(
                fields=["tenant", "as_of", "member"],
                include=["collectability", "days_past_due", "outstanding"],
                name="facts_by_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.as_of}"


class RiskAssessment(AppendOnly, TenantRow):
    """One scoring of one member: the rules, settings and facts that it saw, and what came of them."""

    class Trigger(models.TextChoices):
        REQUEST = "REQUEST", _("Asked for")
        RULES = "RULES", _("Rules changed")
        NIGHT = "NIGHT", _("Every night")
        DATA = "DATA", _("Data changed")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    member = Within(Member, related_name="assessments", db_index=False, verbose_name=_("member"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    decision = models.CharField(_("decision"), max_length=13, choices=Decision)
    reasons = ArrayField(models.TextField(), verbose_name=_("reasons"))
    # One for each rule, in order: its content, the factor's value and status, outcome and penalty.
    lines = models.JSONField(_("rules applied"))
    # All that is not in the lines: member's status, bands, multipliers, facts.
    seen = models.JSONField(_("what was seen"))
    ruleset_hash = models.CharField(_("rule set"), max_length=64)
    as_of = models.DateField(_("as of"))
    computed_at = models.DateTimeField(_("computed at"))
    trigger = models.CharField(_("why"), max_length=7, choices=Trigger)

    class Meta(AppendOnly.Meta):
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        indexes = [
            models.Index(fields=["member", "-computed_at"], name="assessment_of_member"),
            models.Index(fields=["tenant", "-computed_at"], name="assessment_recent"),
            models.Index(
                fields=["tenant", "member", "computed_at", "id"],
                include=["decision"],
                name="assessment_over_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} ({self.score})"


class RiskResult(TenantRow):
    """A member's latest result, and the assessment that it is from."""

    member = models.OneToOneField(
        Member,
        on_delete=models.PROTECT,
        related_name="risk_result",
        primary_key=True,
        db_constraint=False,
        verbose_name=_("member"),
    )
    assessment = Within(
        RiskAssessment, related_name="+", db_index=False, verbose_name=_("assessment")
    )
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    decision = models.CharField(_("decision"), max_length=13, choices=Decision)
    reasons = ArrayField(models.TextField(), verbose_name=_("reasons"))
    ruleset_hash = models.CharField(max_length=64)
    as_of = models.DateField(_("as of"))
    # When this was last found to be so; the assessment itself may be older.
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("latest result")
        verbose_name_plural = _("latest results")
        indexes = [
            models.Index(fields=["tenant", "decision", "member"], name="result_by_decision"),
            models.Index(fields=["tenant", "score", "member"], name="result_by_score"),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} ({self.score})"


class DecisionOverride(TenantRow):
    """People decide otherwise than the engine, for a time: one asks, another agrees."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    class Reason(models.TextChoices):
        NEW_COLLATERAL = "NEW_COLLATERAL", _("More collateral was given")
        DATA_ERROR = "DATA_ERROR", _("The data were wrong")
        GUARANTEE = "GUARANTEE", _("Another member answers for the loan")
        RECOVERED = "RECOVERED", _("The member has recovered")
        KNOWN_RISK = "KNOWN_RISK", _("A risk that the data do not show")
        OTHER = "OTHER", _("Other reason")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    member = Within(Member, related_name="overrides", db_index=False, verbose_name=_("member"))
    assessment = Within(RiskAssessment, related_name="overrides", verbose_name=_("assessment"))
    came_from = models.CharField(_("from"), max_length=13, choices=Decision)
    went_to = models.CharField(_("to"), max_length=13, choices=Decision)
    reason_code = models.CharField(_("reason"), max_length=14, choices=Reason)
    note = models.CharField(_("note"), max_length=500)
    valid_until = models.DateField(_("valid until"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    maker = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    made_at = models.DateTimeField(_("asked at"))
    checker = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("note of the decision"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(state="WAITING"),
                name="one_waiting_override_per_member",
            ),
            models.CheckConstraint(
                condition=Q(checker__isnull=True)
                | ~Q(checker=models.F("maker"))
                | Q(state="WITHDRAWN"),
                name="override_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(came_from=models.F("went_to")), name="override_changes_something"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-made_at"], name="override_of_member"),
            models.Index(fields=["tenant", "state", "-made_at"], name="override_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.get_came_from_display()} → {self.get_went_to_display()}"

    def covers(self, decision: str) -> bool:
        """Tell whether this answers what the engine says: nothing graver than what people looked at."""
        graver = Decision.values[Decision.values.index(decision) :]
        return self.came_from in graver or self.went_to in graver


class LoanCheck(AppendOnly, TenantRow):
    """Somebody asked whether a loan may be applied for, and was told why or why not."""

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    member = Within(Member, related_name="loan_checks", db_index=False, verbose_name=_("member"))
    amount = RupiahField(_("amount"))
    tenor_months = models.PositiveSmallIntegerField(_("tenor (months)"))
    monthly_installment = RupiahField(_("instalment a month"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    decision = models.CharField(_("decision"), max_length=13, choices=Decision)
    reasons = ArrayField(models.TextField(), verbose_name=_("reasons"))
    lines = models.JSONField(_("rules applied"))
    seen = models.JSONField(_("what was seen"))
    ruleset_hash = models.CharField(max_length=64)
    override = Within(
        DecisionOverride, null=True, related_name="loan_checks", verbose_name=_("override")
    )
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("loan check")
        verbose_name_plural = _("loan checks")
        indexes = [
            models.Index(fields=["member", "-asked_at"], name="loan_check_of_member"),
            models.Index(fields=["tenant", "-asked_at"], name="loan_check_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} ({self.amount})"

    @property
    def is_rejected(self) -> bool:
        return self.decision == Decision.REJECT
