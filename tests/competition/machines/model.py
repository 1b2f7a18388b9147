"""What must be true of a few clones' careers, in plain Python: no database, no service."""

from dataclasses import dataclass, field

TARGET, FLOOR = 3, -6
"""In percent of the start: what passes, what fails."""


@dataclass
class Grant:
    """A grant and what became of it: who asked for its fee back, and whether that stands."""

    spent: bool = False
    judged: str = ""
    """What its audition ended with; blank while it runs, or where there is none."""
    asked_by: str = ""
    is_authorised: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether an audition may be begun with it."""
        return not self.spent and not self.asked_by

    @property
    def may_be_asked(self) -> bool:
        """Whether its fee may be asked for."""
        return not self.asked_by and (not self.spent or self.judged == "voided")


@dataclass
class Career:
    """One clone: its grants in the order in which they are spent, and where it stands."""

    status: str = "live"
    grants: list[Grant] = field(default_factory=list)
    running: Grant | None = None
    is_flagged: bool = False
    values: list[int] = field(default_factory=list)

    @property
    def usable(self) -> Grant | None:
        """The grant that the next audition spends."""
        return next((grant for grant in self.grants if grant.is_usable), None)

    def outcomes(self) -> set[str]:
        """What a judgement may find: exactly one thing, unless the path touched both limits or left the target."""
        if self.is_flagged or not self.values:
            return {"running"}
        low, high = min(self.values) <= FLOOR, max(self.values) >= TARGET
        if low and high:
            return {"running", "passed", "failed"} - ({"running"} if self.values[-1] <= FLOOR else set())
        if low:
            return {"failed"}
        if high:
            return {"passed"} if self.values[-1] >= TARGET else {"passed", "running"}
        return {"running"}


@dataclass
class House:
    """The careers by number, the queue from its head, and the slots."""

    slots: int
    careers: dict[int, Career] = field(default_factory=dict)
    flagged: set[int] = field(default_factory=set)
    """Of those in the queue, whose audition is in doubt."""
    queue: list[int] = field(default_factory=list)
    members: dict[int, int] = field(default_factory=dict)
    """The clone in each slot."""

    def may_submit(self, number: int) -> bool:
        """Whether the clone may begin an audition now."""
        career = self.careers[number]
        is_free = career.running is None and number not in self.queue and number not in self.members.values()
        return is_free and career.status != "retired" and career.usable is not None

    def judge(self, number: int, outcome: str) -> None:
        """Its audition has ended so."""
        career = self.careers[number]
        assert career.running is not None
        career.running.judged, career.running, career.is_flagged = outcome, None, False
        if outcome == "passed":
            self.queue.append(number)
        career.values = []

    def obstacle(self, number: int) -> str:
        """What keeps a waiting clone out."""
        if self.careers[number].status != "live":
            return "PROFILE_NOT_LIVE"
        return "AUDITION_FLAGGED" if number in self.flagged else ""

    def look(self) -> None:
        """One look at the Arena: who is not live leaves it, who is retired leaves the queue, then the head enters."""
        self.members = {
            slot: number for slot, number in self.members.items() if self.careers[number].status == "live"
        }
        for number in [one for one in self.queue if self.careers[one].status == "retired"]:
            self.leave_queue(number)
        for slot in range(1, self.slots + 1):
            if slot in self.members:
                continue
            entering = next((number for number in self.queue if not self.obstacle(number)), None)
            if entering is None:
                break
            self.leave_queue(entering)
            self.members[slot] = entering

    def leave_queue(self, number: int) -> None:
        """It waits no longer, admitted or removed."""
        self.queue.remove(number)
        self.flagged.discard(number)
