"""People: who they are, the tokens they call with, and how they stand."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now

from apps.kernel.ids import uuid7
from apps.users.enums import StandingStatus
from apps.users.errors import EmailMissing


class UserManager(BaseUserManager["User"]):
    """Makes users and finds them by e-mail address, whatever its case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address as it is stored: without surrounding space, in lower case."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user who logs in with this address."""
        return self.get(email=self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user; without a password nobody can log in as them. Raises EmailMissing."""
        email = self.normalize_email(email)
        if not email:
            raise EmailMissing()
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a member of staff with every right."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the login and is stored in lower case, so that it is unique in any case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True, help_text="Switch off instead of deleting.")
    is_staff = models.BooleanField(default=False, help_text="May enter the admin.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users_user"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Bring the address into the form in which it is stored."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)


class AccessToken(models.Model):
    """Permission to call the API as a user for a while. Only a digest is kept; the token itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "users_access_token"

    def __str__(self) -> str:
        return f"token {self.pk} of {self.user_id}"


class Standing(models.Model):
    """How a person stands: the plan, and the features that everything else gates on. Versions grow by one."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    version = models.PositiveIntegerField()
    plan = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=StandingStatus)
    features = models.JSONField()
    valid_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "users_standing"
        constraints = [models.CheckConstraint(condition=models.Q(version__gt=0), name="standing_version_positive")]

    def __str__(self) -> str:
        return f"{self.plan} {self.status} v{self.version}"
