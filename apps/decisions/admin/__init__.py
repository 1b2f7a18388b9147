"""The operator's view of decisions: everything to read, nothing to change."""

from apps.decisions.admin import run

__all__ = ["run"]
