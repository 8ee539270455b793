"""Who signs in, in which role and for which organisation; their API sessions and failed attempts."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MERCHANT = "MERCHANT", _("Merchant")
    BANK_OFFICER = "BANK_OFFICER", _("Bank officer")
    BANK_APPROVER = "BANK_APPROVER", _("Bank approver")
    KOPERASI_STAFF = "KOPERASI_STAFF", _("Koperasi staff")
    FRAUD_ANALYST = "FRAUD_ANALYST", _("Fraud analyst")
    FRAUD_LEAD = "FRAUD_LEAD", _("Fraud lead")
    OPERATOR = "OPERATOR", _("Operator")
    ADMIN = "ADMIN", _("Administrator")


BANK_ROLES = {Role.BANK_OFFICER, Role.BANK_APPROVER}
FRAUD_ROLES = {Role.FRAUD_ANALYST, Role.FRAUD_LEAD}
# They run the product itself.
BACK_OFFICE_ROLES = {Role.OPERATOR, Role.ADMIN}
# The back office opens for these; koperasi find their own desks there, and no others.
STAFF_ROLES = BACK_OFFICE_ROLES | {Role.KOPERASI_STAFF}


class Organisation(models.Model):
    """A bank or a koperasi whose people work here."""

    class Kind(models.TextChoices):
        BANK = "BANK", _("Bank")
        KOPERASI = "KOPERASI", _("Koperasi")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class LowercaseEmailField(models.EmailField):
    """An address, whatever its capitals when typed; stored and looked up in lower case."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value

    def pre_save(self, model_instance, add):
        value = self.get_prep_value(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class UserManager(BaseUserManager):
    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=email)

    def create_user(self, email: str, password: str | None = None, **details) -> "User":
        user = self.model(email=email, **details)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **details) -> "User":
        return self.create_user(
            email, password, **{"role": Role.ADMIN, "is_superuser": True} | details
        )


class User(AbstractBaseUser, PermissionsMixin):
    """One person who signs in. Company, city and phone belong to the merchant they own."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("Automatic")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class SingleKeys(models.TextChoices):
        ON = "on", _("On")
        OFF = "off", _("Off")

    code = models.UUIDField(_("code"), default=uuid.uuid4, unique=True, editable=False)
    email = LowercaseEmailField(_("email"), max_length=100, unique=True)
    full_name = models.CharField(_("full name"), max_length=100)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("organisation"),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: suspended; every session has ended.")
    )
    # Part of every token and page session: raising it ends them all at once.
    session_version = models.PositiveIntegerField(default=1, editable=False)
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=[("id", "Bahasa Indonesia"), ("en", "English")],
        default="id",
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Jakarta")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    # Who speaks to the computer, or lets a hand rest on its keys, would press them unawares.
    single_keys = models.CharField(
        _("single-key shortcuts"), max_length=3, choices=SingleKeys, default=SingleKeys.ON
    )
    registered_at = models.DateTimeField(_("registered at"), auto_now_add=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lowercase"
            ),
            models.CheckConstraint(
                # Bank people act for a bank, others for none; koperasi staff belong through tenants.
                condition=models.Q(
                    role__in=["BANK_OFFICER", "BANK_APPROVER"], organisation__isnull=False
                )
                | ~models.Q(role__in=["BANK_OFFICER", "BANK_APPROVER"]),
                name="user_bank_people_have_a_bank",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name

    @property
    def is_staff(self) -> bool:
        """Whether the back office (`/admin/`) opens for this person."""
        return self.role in STAFF_ROLES

    @property
    def company_name(self) -> str:
        """The shop that this person owns, or the organisation they work for."""
        if self.organisation_id:
            return self.organisation.name
        shop = getattr(self, "merchant", None)
        return shop.company_name if shop else ""

    def _session_hash(self, secret: str | None = None) -> str:
        text = f"{self.password}:{self.session_version}"
        return salted_hmac("accounts.session", text, secret=secret, algorithm="sha256").hexdigest()

    def get_session_auth_hash(self) -> str:
        return self._session_hash()

    def _get_session_auth_hash(self, secret=None) -> str:
        return self._session_hash(secret)


class RefreshSession(models.Model):
    """
    One refresh token, known by the hash of its id; children form a family that lives and dies together.

    The token itself is never stored: its id is derived, so the same row always gives the same token.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="refresh_sessions", verbose_name=_("person")
    )
    jti_hash = models.CharField(max_length=64, unique=True)
    family = models.UUIDField(_("family"), default=uuid.uuid4)
    parent = models.OneToOneField(
        # A parent expires, and is forgotten, before its child.
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="child",
    )
    user_version = models.PositiveIntegerField()
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    # When this token was first traded for its child.
    rotated_at = models.DateTimeField(_("renewed at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API session")
        verbose_name_plural = _("API sessions")
        indexes = [
            models.Index(fields=["family"], name="refresh_family"),
            models.Index(fields=["user", "-issued_at"], name="refresh_of_user"),
            models.Index(fields=["expires_at"], name="refresh_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.issued_at:%Y-%m-%d %H:%M}"


class ResetMail(models.Model):
    """A link for a new password that somebody asked for; it waits until it is mailed."""

    # Nobody's for an address that nobody has: asking costs the same.
    user_code = models.UUIDField()
    asked_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"], condition=models.Q(mailed_at=None), name="reset_mail_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_code} {self.asked_at:%Y-%m-%d %H:%M}"


class SignInAttempts(models.Model):
    """Failed sign-ins of one key (a keyed hash of e-mail, or of e-mail and address) in the present window."""

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    attempts = models.PositiveIntegerField(_("attempts"))
    window_ends_at = models.DateTimeField(_("window ends at"))

    class Meta:
        verbose_name = _("sign-in attempts")
        verbose_name_plural = _("sign-in attempts")
        indexes = [models.Index(fields=["window_ends_at"], name="sign_in_window")]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.attempts}"
