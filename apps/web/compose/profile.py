"""A clone's public profile as its owner sees it before the others do."""

from typing import Any

from apps.clones import queries as clones
from apps.clones.types import DESCRIPTION_LENGTH, NAME_LENGTH, CloneStatus


def profile(clone: Any) -> dict[str, Any]:
    """The words, the picture, and what the card shows of the active version."""
    version = clones.active_version(clone)
    strategy = clones.compiled(version) if version else None
    streams = {use.stream for asset in strategy.assets for use in asset.streams} if strategy else set()
    return {
        "name": clone.name,
        "description": clone.description,
        "hidden": clone.status == CloneStatus.HIDDEN,
        "image": clones.image_url(clone.image_digest) or "",
        "assets": list(strategy.active_assets) if strategy else [],
        "streams": len(streams),
        "name_length": NAME_LENGTH,
        "description_length": DESCRIPTION_LENGTH,
    }
