"""How far execution has come through the proposed actions."""

from django.db import models


class ExecutionCursor(models.Model):
    """How far execution has come: every action up to `action_floor` has its verdict. Only ever moves up."""

    name = models.CharField(max_length=32, unique=True)
    action_floor = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action_floor__gte=0), name="trading_cursor_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.action_floor}"
