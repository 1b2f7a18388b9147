"""Competition's tables, one aggregate per file."""

from apps.competition.models.arena import ArenaMembership
from apps.competition.models.audition import Audition
from apps.competition.models.promotion import PromotionEntry
from apps.competition.models.refund import RefundAuthorisation
from apps.competition.models.rulebook import Rulebook

__all__ = ["ArenaMembership", "Audition", "PromotionEntry", "RefundAuthorisation", "Rulebook"]
