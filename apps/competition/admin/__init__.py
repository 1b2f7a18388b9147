"""The operator's view of competition."""

from apps.competition.admin import arena, audition, promotion, refund, rulebook

__all__ = ["arena", "audition", "promotion", "refund", "rulebook"]
