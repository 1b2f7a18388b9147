"""Competition's tables, one aggregate per file."""

from apps.competition.models.arena import ArenaMembership
from apps.competition.models.audition import Audition
from apps.competition.models.promotion import PromotionEntry, QueueNote
from apps.competition.models.refund import RefundAuthorisation
from apps.competition.models.rulebook import Rulebook
from apps.competition.models.turn import Turn

__all__ = [
    "ArenaMembership",
    "Audition",
    "PromotionEntry",
    "QueueNote",
    "RefundAuthorisation",
    "Rulebook",
    "Turn",
]
