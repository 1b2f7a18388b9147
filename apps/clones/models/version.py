"""Published strategies: rows that never change, but for losing the active mark."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q

from apps.core.errors import Conflict
from apps.core.fields import PublicIdField


class VersionImmutable(Conflict):
    """A published version records what decided; publish a new one instead."""

    code = "VERSION_IMMUTABLE"


class VersionQuerySet(models.QuerySet["StrategyVersion"]):
    """Reads and inserts; the only update is `deactivate`."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise VersionImmutable("A published version cannot be changed; publish a new one.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise VersionImmutable("A published version cannot be changed; publish a new one.")

    def delete(self) -> NoReturn:
        """Refused."""
        raise VersionImmutable("A published version cannot be deleted.")

    def deactivate(self) -> int:
        """Take the active mark from these rows; returns how many had it."""
        return super().filter(is_active=True)._take_mark()

    def _take_mark(self) -> int:
        return super().update(is_active=False)


class StrategyVersion(models.Model):
    """One published strategy; `digest` is the SHA-256 of the document and the compiler's version."""

    public_id = PublicIdField(prefix="ver")
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    compiled = models.JSONField()
    digest = models.CharField(max_length=64, db_index=True)
    is_active = models.BooleanField(default=True)
    published_at = models.DateTimeField()
    waking_count = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="Enabled prompts that may be woken early; empty for none."
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=("clone", "number"), name="version_number_once_per_clone"),
            models.UniqueConstraint(
                fields=("clone",), condition=Q(is_active=True), name="version_one_active_per_clone"
            ),
        ]
        indexes = [
            models.Index(
                fields=("clone",),
                name="version_waking",
                condition=Q(is_active=True, waking_count__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.clone_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; raises VersionImmutable when it is stored already."""
        if not self._state.adding:
            raise VersionImmutable("A published version cannot be changed; publish a new one.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise VersionImmutable("A published version cannot be deleted.")
