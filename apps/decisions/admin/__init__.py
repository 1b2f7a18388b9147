"""The operator's view of decisions: everything to read, and the kill switches over models to set."""

from apps.decisions.admin import models, run

__all__ = ["models", "run"]
