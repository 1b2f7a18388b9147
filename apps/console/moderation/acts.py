"""What an operator can do about a case: words, permission and the one service behind each button."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.clones import services
from apps.clones.types import CloneStatus, ReportCase


@dataclass(frozen=True, slots=True)
class Act:
    """One button of a case; `run` is called with clone, reason, by and now."""

    name: str
    label: str
    icon: str
    says: str
    done: str
    run: Callable[..., Any]
    permission: str = "clones.change_clone"
    tone: str = ""
    is_irreversible: bool = False


HIDE = Act(
    "hide",
    "Hide profile",
    "visibility_off",
    "The profile, its picture and its name disappear from every page, and the open reports are upheld. Trading goes"
    " on; in the queue the clone is passed over, in the Arena it loses its slot.",
    "The profile is hidden.",
    partial(services.moderate_clone, to=CloneStatus.HIDDEN),
    tone="warn",
)
DISMISS = Act(
    "dismiss",
    "Dismiss reports",
    "task_alt",
    "Nothing is wrong: the open reports are closed and the profile stays as it is.",
    "The reports are dismissed.",
    services.dismiss_reports,
    tone="good",
)
REMOVE_IMAGE = Act(
    "remove-image",
    "Remove picture",
    "hide_image",
    "Only the picture goes. Reports stay open, so that you can decide about the rest.",
    "The picture is removed.",
    services.remove_image,
)
REINSTATE = Act(
    "reinstate",
    "Reinstate",
    "visibility",
    "The profile is public again with everything that it shows here. A slot in the Arena that it lost stays lost.",
    "The profile is public again.",
    partial(services.moderate_clone, to=CloneStatus.LIVE),
    tone="good",
)
RETIRE = Act(
    "retire",
    "Retire",
    "skull",
    "The clone takes no more decisions and leaves the queue and the Arena; its history stays. This cannot be undone.",
    "The clone is retired.",
    partial(services.moderate_clone, to=CloneStatus.RETIRED),
    permission="clones.delete_clone",
    tone="bad",
    is_irreversible=True,
)
ACTS = {act.name: act for act in (DISMISS, HIDE, REINSTATE, REMOVE_IMAGE, RETIRE)}


def acts_for(case: ReportCase) -> list[Act]:
    """What the state of a case allows, the likeliest first."""
    allowed = {
        DISMISS.name: case.open_count > 0,
        HIDE.name: case.status == CloneStatus.LIVE,
        REINSTATE.name: case.status == CloneStatus.HIDDEN,
        REMOVE_IMAGE.name: case.image_digest and case.status in {CloneStatus.LIVE, CloneStatus.HIDDEN},
        RETIRE.name: case.status in {CloneStatus.LIVE, CloneStatus.HIDDEN},
    }
    return [act for act in ACTS.values() if allowed[act.name]]
