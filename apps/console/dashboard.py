"""The first page of the operator's site: is it running, is it fair, what waits for somebody."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.console import figures
from apps.operations import clock
from apps.operations import queries as operations
from apps.trading.queries.records import count_standing


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: the page's context with the figures of every domain."""
    now, real_now = clock.now(), clock.real_now()
    workers = figures.workers(real_now=real_now)
    arena = figures.arena()
    accounts = figures.accounts()
    hour = figures.last_hour(now=now)
    context.update(
        {
            "title": "Dashboard",
            "market_now": f"{now.day} {now:%b %Y, %H:%M:%S}",
            "source": figures.source(),
            "workers": workers,
            "accounts": accounts,
            "hour": hour,
            "arena": arena,
            "queue_of_work": operations.queue_health(),
            "money": figures.money(),
            "cards": _cards(
                workers=workers,
                accounts=accounts,
                hour=hour,
                arena=arena,
                fed=figures.market_data(now=now, real_now=real_now, speed=clock.speed()),
                held=operations.waiting_acts(now=now).count(),
                halts=count_standing(),
            ),
        }
    )
    return context


def _cards(**found: Any) -> list[dict[str, str]]:
    workers, hour, arena, fed = (found[name] for name in ("workers", "hour", "arena", "fed"))
    well = sum(1 for one in workers if one["health"] in ("ok", "running"))
    return [
        _card(
            "Workers well",
            f"{well} of {len(workers)}",
            "on time and without faults" if well == len(workers) else "late or failing ones are marked below",
            well < len(workers),
        ),
        _card(
            "Market data well",
            fed["value"],
            fed["note"],
            fed["is_warning"],
            url=reverse("console-market-data"),
        ),
        _card(
            "Second person",
            str(found["held"]),
            "acts wait for one" if found["held"] != 1 else "act waits for one",
            found["held"] > 0,
            url=reverse("console-second-person"),
        ),
        _card(
            "Kill switches",
            str(found["halts"]),
            "stand" if found["halts"] != 1 else "stands",
            found["halts"] > 0,
            url=reverse("console-halts"),
        ),
        _card("Open accounts", str(found["accounts"]["open"]), f"{found['accounts']['equity']} of equity"),
        _card(
            "Decisions, last hour", f"{hour['runs']:,}", f"{hour['executed']} executed, {hour['held']} held"
        ),
        _card("Denied, last hour", f"{hour['denied']:,}", "by our own gates"),
        _card("On audition", str(len(arena["auditions"])), f"{len(arena['queue'])} in the promotion queue"),
        _card("Arena", f"{len(arena['rows'])} of {arena['slots']}", "slots taken"),
    ]


def _card(title: str, value: str, note: str, is_warning: bool = False, *, url: str = "") -> dict[str, str]:
    return {"title": title, "value": value, "note": note, "tone": "warn" if is_warning else "", "url": url}
