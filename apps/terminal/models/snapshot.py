"""What the Terminal said of a linked profile, reading by reading."""

from django.db import models

from apps.core.append_only import AppendOnlyModel


class ProfileSnapshot(AppendOnlyModel):
    """Rank and points of a profile at one reading; `total_points` is the exact decimal text that was sent."""

    link = models.ForeignKey("terminal.TerminalLink", on_delete=models.PROTECT, related_name="snapshots")
    at = models.DateTimeField()
    rank = models.PositiveBigIntegerField(null=True, blank=True)
    total_points = models.CharField(max_length=64)

    class Meta(AppendOnlyModel.Meta):
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=("link", "at"), name="terminal_snapshot_once_per_time")]

    def __str__(self) -> str:
        return f"{self.total_points} points"
