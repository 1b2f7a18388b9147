"""The tables of the terminal domain."""

from apps.terminal.models.attempt import LinkAttempt
from apps.terminal.models.link import TerminalLink
from apps.terminal.models.snapshot import ProfileSnapshot

__all__ = ["LinkAttempt", "ProfileSnapshot", "TerminalLink"]
