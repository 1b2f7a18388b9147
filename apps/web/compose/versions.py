"""A clone's published strategies: the history, one of them, and what two of them differ in."""

from typing import Any

from django.urls import reverse

from apps.clones import graph
from apps.clones import queries as clones
from apps.web import formats
from apps.web.compose import changes
from apps.web.compose.builder import version_of

SHOWN = 200


def history(clone: Any) -> list[dict[str, Any]]:
    """The published versions, newest first, each with what it changed against the one before."""
    rows = list(clones.list_versions(clone)[: SHOWN + 1])
    shown = []
    for row, older in zip(rows[:SHOWN], [*rows[1:], None], strict=False):
        strategy = clones.compiled(row)
        facts = graph.diff(clones.compiled(older), strategy) if older else ()
        shown.append(
            {
                "number": row.number,
                "older": older.number if older else None,
                "at": formats.moment(row.published_at),
                "active": row.is_active,
                "digest": row.digest[:12],
                "assets": ", ".join(strategy.active_assets) or "no active asset",
                "prompts": [_prompt(prompt) for prompt in strategy.enabled_prompts],
                "changes": len(facts),
                "url": reverse("my-clone-version", args=[clone.public_id, row.number]),
            }
        )
    return shown


def comparison(clone: Any, before: int, after: int) -> dict[str, Any]:
    """What changes from version `before` to version `after`; raises NotFound."""
    old, new = version_of(clone, before), version_of(clone, after)
    return {
        "before": before,
        "after": after,
        "blocks": changes.between(clones.compiled(old), clones.compiled(new)),
    }


def version_page(clone: Any, number: int) -> dict[str, Any]:
    """One version with its document as a graph and its blocks in words; raises NotFound."""
    version = version_of(clone, number)
    strategy = clones.compiled(version)
    return {
        "number": number,
        "active": version.is_active,
        "at": formats.moment(version.published_at),
        "digest": version.digest,
        "document": version.document,
        "revision": clones.get_draft(clone).revision,
        "links": strategy.expanded_links,
        "assets": [
            {
                "symbol": asset.symbol,
                "active": asset.active,
                "streams": [f"{graph.STREAMS[use.stream].title} · {use.mode}" for use in asset.streams],
            }
            for asset in strategy.assets
        ],
        "prompts": [
            {
                "name": prompt.name,
                "words": _prompt(prompt),
                "behaviour": prompt.behaviour,
                "enabled": prompt.enabled,
                "assets": ", ".join(prompt.assets),
            }
            for prompt in strategy.prompts
        ],
    }


def _prompt(prompt: graph.CompiledPrompt) -> str:
    how = prompt.strategy.replace("_", " ") if prompt.engine == "rules" else prompt.engine
    early = f", early {changes.wakes_in_words(prompt.wakes)}" if prompt.wakes else ""
    return f"{how} every {prompt.cadence_minutes} min{early}"
