"""Drawing a stranger's picture anew, in a process of its own that may use little and lives shortly."""

from apps.clones.adapters.images.client import NotAnImage, draw_anew

__all__ = ["NotAnImage", "draw_anew"]
