"""The operator's view of Terminal links and readings; tokens are nowhere in it."""

from apps.terminal.admin.link import TerminalLinkAdmin
from apps.terminal.admin.snapshot import ProfileSnapshotAdmin

__all__ = ["ProfileSnapshotAdmin", "TerminalLinkAdmin"]
