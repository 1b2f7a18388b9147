"""What others may read of competition: standings, the queue, auditions and refunds, as values."""

from apps.competition.queries.arena import (
    arena_standings,
    count_arena,
    count_waiting,
    list_entries,
    list_memberships,
    list_notes,
    place_in_queue,
    queue_entries,
    queue_rows,
)
from apps.competition.queries.desks import VIEWS, count_desk, desk_auditions, list_rulebooks
from apps.competition.queries.judgements import (
    audition_views,
    auditions,
    count_auditions,
    get_audition,
    latest_results,
    list_auditions,
)
from apps.competition.queries.lifecycle import lifecycle_rows, lifecycle_state, lifecycle_states
from apps.competition.queries.refunds import (
    count_waiting_refunds,
    has_standing_refund,
    list_refunds,
    refunds_authorised,
)
from apps.competition.queries.rulebooks import find_rulebook, offered_rulebook
from apps.competition.queries.verdicts import in_words, why

__all__ = [
    "VIEWS",
    "arena_standings",
    "audition_views",
    "auditions",
    "count_arena",
    "count_auditions",
    "count_desk",
    "count_waiting",
    "count_waiting_refunds",
    "desk_auditions",
    "find_rulebook",
    "get_audition",
    "has_standing_refund",
    "in_words",
    "latest_results",
    "lifecycle_rows",
    "lifecycle_state",
    "lifecycle_states",
    "list_auditions",
    "list_entries",
    "list_memberships",
    "list_notes",
    "list_refunds",
    "list_rulebooks",
    "offered_rulebook",
    "place_in_queue",
    "queue_entries",
    "queue_rows",
    "refunds_authorised",
    "why",
]
