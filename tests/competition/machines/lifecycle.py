"""The Lifecycle machine: every step is done for real and held against the model and the invariants."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.clones import services as clone_services
from apps.competition.models import (
    ArenaMembership,
    Audition,
    PromotionEntry,
    QueueNote,
    RefundAuthorisation,
)
from apps.competition.services import auditions, evaluating, memberships, promotion, refunds
from apps.core.errors import DomainError
from apps.operations import failpoints
from apps.operations.types import Actor
from tests.competition import trials
from tests.competition.machines.model import Career, Grant, House
from tests.competition.queued import broken
from tests.trading import world

CLONES, SLOTS = 3, 1
NUMBERS = st.integers(0, CLONES - 1)
PEOPLE = ("ann", "bob", "cat")
PERSONS = st.sampled_from(PEOPLE)


class Crash(BaseException):
    """The process is gone at this failpoint; nothing may catch it."""


class Undo(Exception):
    """Ends the life's transaction."""


class Lifecycle(RuleBasedStateMachine):
    """A few clones, one slot, three people; each step takes a minute."""

    clones: tuple[Any, ...] = ()
    people: dict[str, Actor] = {}
    digest = ""
    seen: Counter[str] = Counter()
    steps_done = 0

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = world.NOW
        self.house = House(SLOTS, {number: Career() for number in range(CLONES)})
        self.rows: dict[int, list[Any]] = {number: [] for number in range(CLONES)}
        self.countdown: int | None = None
        self.notes: list[Any] = []

    def teardown(self) -> None:
        self.transaction.__exit__(Undo, Undo(), None)

    # -- how a step is done

    def pass_time(self) -> None:
        self.now += timedelta(minutes=1)

    def clone(self, number: int) -> Any:
        """The clone as it is stored."""
        clone = self.clones[number]
        clone.refresh_from_db()
        return clone

    def tried(self, work: Callable[[], Any]) -> str:
        """Do it, dying at the failpoint that is due and doing it again; the code of its refusal, blank for none."""
        self.pass_time()

        def reach(name: str) -> None:
            if self.countdown is None:
                return
            self.countdown -= 1
            if self.countdown < 0:
                self.countdown = None
                raise Crash(name)

        try:
            with patch.object(failpoints, "reach", reach):
                try:
                    with transaction.atomic():
                        work()
                except Crash:
                    self.seen["crashes"] += 1
                    with transaction.atomic():
                        work()
        except DomainError as refused:
            self.seen[refused.code] += 1
            return refused.code
        return ""

    def expect(self, said: str, *, allowed: bool) -> bool:
        assert (said == "") == allowed, f"{said or 'done'}, and it {'may' if allowed else 'may not'} be"
        return allowed

    def audition(self, number: int) -> Any:
        """The clone's latest audition."""
        row = Audition.objects.filter(clone=self.clones[number]).order_by("pk").last()
        return None if row is None else trials.fresh(row)

    # -- players

    @rule(number=NUMBERS)
    def buys(self, number: int) -> None:
        source = f"purchase:{number}-{len(self.rows[number])}"
        self.rows[number].append(trials.granted(self.clones[number], source=source, digest=self.digest))
        self.house.careers[number].grants.append(Grant())

    @rule(number=NUMBERS)
    def submits(self, number: int) -> None:
        if not self.house.careers[number].usable:
            self.buys(number)
        allowed = self.house.may_submit(number)
        said = self.tried(lambda: auditions.submit(clone=self.clone(number), by=trials.BY, now=self.now))
        if self.expect(said, allowed=allowed):
            career = self.house.careers[number]
            career.running = career.usable
            assert career.running is not None
            career.running.spent = True

    @rule(number=NUMBERS, percent=st.sampled_from([-6, -5, 0, 2, 3, 3, 4]))
    def trades(self, number: int, percent: int) -> None:
        career = self.house.careers[number]
        if career.running is None:
            return
        for _ in range(2):
            self.pass_time()
            minutes = int((self.now - world.NOW).total_seconds()) // 60
            trials.mark(self.audition(number), percent, minutes=minutes)
        career.values.append(percent)

    @rule(number=NUMBERS, percent=st.sampled_from([-6, 3, 3, 4]))
    def auditions_to_its_end(self, number: int, percent: int) -> None:
        self.submits(number)
        self.trades(number, percent)
        self.is_judged()

    @rule(number=NUMBERS, is_hidden=st.booleans())
    def goes_for_the_arena(self, number: int, is_hidden: bool) -> None:
        self.auditions_to_its_end(number, 3)
        if is_hidden:
            self.is_moderated(number, "hidden")
        self.arena_is_looked_at(False)

    @rule(number=NUMBERS, who=PERSONS, other=PERSONS, is_granted=st.booleans(), is_played=st.booleans())
    def wants_the_fee_back(
        self, number: int, who: str, other: str, is_granted: bool, is_played: bool
    ) -> None:
        if is_played:
            self.submits(number)
            self.is_voided(number, who)
        else:
            self.buys(number)
            self.refund_is_asked(number, len(self.rows[number]) - 1, who)
        asked = RefundAuthorisation.objects.filter(entitlement__in=self.rows[number]).count()
        self.refund_is_decided(number, max(0, asked - 1), other, is_granted)

    # -- workers

    @rule()
    def is_judged(self) -> None:
        said = self.tried(lambda: evaluating.evaluate_due(now=self.now, limit=50))
        assert said == ""
        running = [number for number, one in self.house.careers.items() if one.running is not None]
        for number in sorted(running, key=lambda one: self.audition(one).pk):
            status = self.audition(number).status
            assert status in self.house.careers[number].outcomes(), f"{number} is {status}"
            if status != "running":
                self.seen[status] += 1
                self.house.judge(number, status)

    @rule(is_again=st.booleans())
    def arena_is_looked_at(self, is_again: bool) -> None:
        reports: list[Any] = []
        self.tried(lambda: reports.append(promotion.run_arena(now=self.now, limit=50)))
        before = dict(self.house.members)
        self.house.look()
        assert reports[-1].failed == 0
        self.seen["entered"] += sum(before.get(slot) != one for slot, one in self.house.members.items())
        self.seen["passed over"] += reports[-1].skipped
        if is_again:
            assert promotion.run_arena(now=self.now, limit=50).done == 0

    @rule(calls=st.integers(0, 8))
    def will_crash(self, calls: int) -> None:
        self.countdown = calls

    # -- operators

    @rule(number=NUMBERS, who=PERSONS)
    def is_voided(self, number: int, who: str) -> None:
        running, audition = self.house.careers[number].running, self.audition(number)
        if audition is None:
            return
        said = self.tried(
            lambda: auditions.void(
                audition=trials.fresh(audition), reason="wrong prices", by=self.people[who], now=self.now
            )
        )
        if self.expect(said, allowed=running is not None):
            assert running is not None
            self.house.judge(number, "voided")
            running.asked_by = who
            self.seen["voided"] += 1

    @rule(number=NUMBERS, is_doubtful=st.booleans())
    def is_flagged(self, number: int, is_doubtful: bool) -> None:
        audition, career = self.audition(number), self.house.careers[number]
        if audition is None:
            return
        act = auditions.flag_bought if is_doubtful else auditions.unflag_bought
        self.pass_time()
        act(entitlement=audition.entitlement, reason="reorganised", by=trials.BY, now=self.now)
        if career.running is not None:
            career.is_flagged = is_doubtful
        elif number in self.house.queue:
            (self.house.flagged.add if is_doubtful else self.house.flagged.discard)(number)

    @rule(number=NUMBERS, to=st.sampled_from(["hidden", "live", "live", "hidden", "live", "retired"]))
    def is_moderated(self, number: int, to: str) -> None:
        career = self.house.careers[number]
        legal = {"live": {"hidden", "retired"}, "hidden": {"live", "retired"}, "retired": set()}
        said = self.tried(
            lambda: clone_services.moderate_clone(
                clone=self.clone(number), to=to, reason="reported", by=trials.BY, now=self.now
            )
        )
        if self.expect(said, allowed=to in legal[career.status]):
            career.status = to

    @rule(number=NUMBERS)
    def is_removed(self, number: int) -> None:
        entry = PromotionEntry.objects.filter(clone=self.clones[number]).order_by("pk").last()
        if entry is None:
            return
        said = self.tried(
            lambda: promotion.remove_entry(
                entry=PromotionEntry.objects.get(pk=entry.pk), reason="asked", by=trials.BY, now=self.now
            )
        )
        if self.expect(said, allowed=number in self.house.queue):
            self.house.leave_queue(number)

    @rule(number=NUMBERS, for_ever=st.booleans())
    def leaves_the_arena(self, number: int, for_ever: bool) -> None:
        members = ArenaMembership.objects.filter(clone=self.clones[number]).select_related("clone", "account")
        member = members.order_by("pk").last()
        if member is None:
            return
        act = memberships.retire_member if for_ever else memberships.end_membership
        career = self.house.careers[number]
        said = self.tried(
            lambda: act(membership=members.get(pk=member.pk), reason="x", by=trials.BY, now=self.now)
        )
        legal = number in self.house.members.values() and not (for_ever and career.status == "retired")
        if self.expect(said, allowed=legal):
            self.house.members = {slot: one for slot, one in self.house.members.items() if one != number}
            career.status = "retired" if for_ever else career.status
            self.seen["left"] += 1

    # -- refunds

    @precondition(lambda self: any(self.rows.values()))
    @rule(number=NUMBERS, place=st.integers(0, 9), who=PERSONS)
    def refund_is_asked(self, number: int, place: int, who: str) -> None:
        rows, grants = self.rows[number], self.house.careers[number].grants
        if not rows:
            return
        row, grant = rows[place % len(rows)], grants[place % len(rows)]
        row.refresh_from_db()
        said = self.tried(
            lambda: refunds.ask(entitlement=row, reason="asked", by=self.people[who], now=self.now)
        )
        if self.expect(said, allowed=grant.may_be_asked):
            grant.asked_by = who

    @rule(number=NUMBERS, place=st.integers(0, 9), who=PERSONS, is_granted=st.booleans())
    def refund_is_decided(self, number: int, place: int, who: str, is_granted: bool) -> None:
        rows, grants = self.rows[number], self.house.careers[number].grants
        asked = RefundAuthorisation.objects.filter(entitlement__in=rows).order_by("pk")
        if not asked:
            return
        authorisation = asked[place % len(asked)]
        grant = grants[[row.pk for row in rows].index(authorisation.entitlement_id)]
        waits = authorisation.status == "waiting"
        act = refunds.authorise if is_granted else refunds.deny
        said = self.tried(
            lambda: act(
                authorisation=RefundAuthorisation.objects.get(pk=authorisation.pk),
                by=self.people[who],
                reason="decided",
                now=self.now,
            )
        )
        if not self.expect(said, allowed=waits and not (is_granted and who == grant.asked_by)):
            return
        self.seen["authorised" if is_granted else "denied"] += 1
        if is_granted:
            grant.is_authorised = True
        else:
            grant.asked_by = ""

    # -- what must be true

    @invariant()
    def rows_are_the_models(self) -> None:
        Lifecycle.steps_done += 1
        number_of = {clone.pk: number for number, clone in enumerate(self.clones)}
        waiting = PromotionEntry.objects.filter(status="waiting").order_by("sequence")
        assert [number_of[entry.clone_id] for entry in waiting] == self.house.queue
        sequences = list(PromotionEntry.objects.order_by("pk").values_list("sequence", flat=True))
        assert sequences == list(range(1, len(sequences) + 1)), "a number is missing or out of turn"
        seated = ArenaMembership.objects.filter(ended_at=None)
        assert {row.slot_number: number_of[row.clone_id] for row in seated} == self.house.members
        for number, career in self.house.careers.items():
            stored = [row.__class__.objects.get(pk=row.pk) for row in self.rows[number]]
            assert [row.revoked_at is not None for row in stored] == [
                bool(grant.asked_by) for grant in career.grants
            ]
            assert [row.consumed_at is not None for row in stored] == [grant.spent for grant in career.grants]

    @invariant()
    def what_was_noted_stays(self) -> None:
        notes = list(QueueNote.objects.order_by("pk").values_list("pk", "entry_id", "reason", "at"))
        assert notes[: len(self.notes)] == self.notes
        self.notes = notes

    @invariant()
    def invariants_hold(self) -> None:
        assert broken() == {}
