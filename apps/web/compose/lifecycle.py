"""A clone's derived state in words, and what its owner does next."""

from dataclasses import dataclass

from apps.competition.types import LifecycleState


@dataclass(frozen=True, slots=True)
class Step:
    """A way on: where it leads, and how it reads."""

    title: str
    url: str


CHIPS: dict[str, tuple[str, str]] = {
    LifecycleState.SETUP_REQUIRED: ("Setup required", "warn"),
    LifecycleState.CONFIGURED: ("Configured", "info"),
    LifecycleState.AUDITION_RUNNING: ("On audition", "info"),
    LifecycleState.AUDITION_FAILED: ("Audition failed", "down"),
    LifecycleState.COMPETITION_ELIGIBLE: ("Waiting for a slot", "up"),
    LifecycleState.COMPETING: ("In the Arena", "up"),
    LifecycleState.RETIRED: ("Retired", ""),
}
MAY_AUDITION = frozenset({LifecycleState.CONFIGURED, LifecycleState.AUDITION_FAILED})
NOTES: dict[str, str] = {
    LifecycleState.AUDITION_RUNNING: "It trades now. What you publish decides from its next decision on.",
    LifecycleState.COMPETITION_ELIGIBLE: "It passed, and enters the Arena when a slot is free and its turn has come.",
    LifecycleState.COMPETING: "It races in the Arena. What you publish now decides from its next decision on.",
    LifecycleState.RETIRED: "Its career is over; its record stays.",
}
NO_ENTITLEMENT = (
    "An audition needs a bought entitlement; this clone has the free one, which is for building only."
)
SPENT = "Its entitlement was used; the next audition needs a new one."


def next_steps(
    *, public_id: str, state: str, is_published: bool, is_touched: bool, may_audition: bool
) -> list[Step]:
    """What to do now, the most useful thing first.

    `is_touched` says that the draft was saved since the clone was made, `may_audition` that an unused bought
    entitlement is there.
    """
    home = f"/my/clones/{public_id}"
    build, publish = Step("Open the builder", f"{home}/build"), Step("Publish", f"{home}/publish")
    if state == LifecycleState.SETUP_REQUIRED:
        return [publish, build] if is_touched else [Step("Finish setup", f"{home}/build"), publish]
    if state in MAY_AUDITION and is_published and may_audition:
        again = state == LifecycleState.AUDITION_FAILED
        return [Step("Try another audition" if again else "Start an audition", f"{home}/audition"), build]
    if state == LifecycleState.AUDITION_FAILED:
        return [Step("See the verdict", f"{home}/audition"), build]
    if state == LifecycleState.CONFIGURED:
        return [Step("Buy an audition", f"{home}/audition"), build]
    if state == LifecycleState.AUDITION_RUNNING:
        return [Step("Follow the audition", f"{home}/audition"), build]
    if state == LifecycleState.COMPETITION_ELIGIBLE:
        return [Step("See its place in the queue", f"{home}/audition"), build]
    if state == LifecycleState.RETIRED:
        return [Step("See its record", f"/clones/{public_id}")]
    return [Step("Watch it trade", f"/clones/{public_id}"), build]


def note(*, state: str, is_mock: bool, may_audition: bool) -> str:
    """One sentence on where the clone stands."""
    if state == LifecycleState.SETUP_REQUIRED:
        return "Nothing is published yet, so nothing decides for it."
    if state in MAY_AUDITION:
        if may_audition:
            return "Its strategy is published and an audition is paid for."
        return NO_ENTITLEMENT if is_mock else SPENT
    return NOTES.get(state, "")
