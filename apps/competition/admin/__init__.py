"""The operator's view of competition."""

from apps.competition.admin import arena, audition, promotion, rulebook

__all__ = ["arena", "audition", "promotion", "rulebook"]
