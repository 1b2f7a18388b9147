"""What people say is wrong with a public profile."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.clones.types import ReportCategory, ReportStatus
from apps.core.fields import PublicIdField


class Report(models.Model):
    """One complaint; a reporter has one open report per clone at most.

    `reporter_key` is the user's public id, or the hash of a visitor's network address; `reporter` is the user
    where one was signed in.
    """

    public_id = PublicIdField(prefix="rep")
    clone = models.ForeignKey("clones.Clone", on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="reports_made"
    )
    reporter_key = models.CharField(max_length=80, db_index=True)
    category = models.CharField(max_length=16, choices=ReportCategory.choices)
    text = models.CharField(max_length=500, blank=True, default="")
    status = models.CharField(max_length=16, choices=ReportStatus.choices, default=ReportStatus.OPEN)
    reported_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports_resolved",
    )
    resolution = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("clone", "reporter_key"),
                condition=Q(status=ReportStatus.OPEN),
                name="report_one_open_per_reporter",
            ),
            models.CheckConstraint(
                condition=Q(status=ReportStatus.OPEN, resolved_at__isnull=True)
                | (~Q(status=ReportStatus.OPEN) & Q(resolved_at__isnull=False)),
                name="report_resolved_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} about {self.clone_id}"
