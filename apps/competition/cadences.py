"""What competition does by itself: judge auditions, fill the Arena."""

from apps.competition.services import evaluating, promotion, retiring
from apps.operations.cadence import Report, Tick, cadence, seconds


@cadence("competition.evaluate-due-auditions", every=seconds(10), lease=seconds(120))
def evaluate_due_auditions(tick: Tick) -> Report:
    """Fail the auditions of retired clones, judge the others on their marks, and move ends that outages held up."""
    gone = retiring.fail_retired(by=evaluating.WORKER, now=tick.now, limit=tick.limit)
    return gone + evaluating.evaluate_due(now=tick.now, limit=tick.limit)


@cadence("competition.admit-from-queue", every=seconds(15), lease=seconds(120))
def admit_from_queue(tick: Tick) -> Report:
    """Free the slots of ruined accounts and of clones that are not live, then admit from the head of the queue."""
    return promotion.run_arena(now=tick.now, limit=tick.limit)
