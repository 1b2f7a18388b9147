"""A player's account: the wallets that open it, the devices that are in, and the Terminal profile beside it."""

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.terminal import queries as terminal
from apps.terminal.types import LinkState, LinkStatus
from apps.users import queries as users
from apps.web import devices, formats, words


def account(user: Any, session: Any | None, *, now: datetime) -> dict[str, Any]:
    """Everything on the account's page at the real time `now`; `session` is the sign-in that asks."""
    return {
        "name": user.username,
        "id": user.public_id,
        "joined": f"{user.date_joined.day} {user.date_joined:%b %Y}",
        "chains": ",".join(map(str, settings.SIGNIN_CHAINS)),
        "is_fresh": session is not None and now - session.authenticated_at <= settings.FRESH_SIGNIN,
        "fresh_text": formats.span(settings.FRESH_SIGNIN),
        "wallets": [_wallet(row, session) for row in users.list_wallets(user)],
        "sessions": [_session(row, session, now=now) for row in users.list_sessions(user, now=now)],
        "terminal": _terminal(terminal.link_state(user_id=user.pk), now=now),
    }


def _wallet(row: Any, session: Any | None) -> dict[str, Any]:
    return {
        "address": row.address,
        "network": words.network(row.chain_id),
        "linked": f"linked {row.linked_at.day} {row.linked_at:%b %Y}",
        "is_current": session is not None and row.pk == session.wallet_id,
    }


def _session(row: Any, session: Any | None, *, now: datetime) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "device": devices.name(row.user_agent),
        "address": row.client_address or "unknown address",
        "wallet": formats.short_address(row.wallet.address),
        "since": formats.moment(row.authenticated_at),
        "seen": formats.ago(now - row.last_seen_at),
        "is_current": session is not None and row.pk == session.pk,
    }


def _terminal(link: LinkState, *, now: datetime) -> dict[str, Any]:
    return {
        "is_shown": link.available or link.status != LinkStatus.UNLINKED,
        "is_available": link.available,
        "is_linked": link.status == LinkStatus.LINKED,
        "is_expired": link.status == LinkStatus.EXPIRED,
        "handle": link.handle or link.profile_id,
        "rank": f"#{link.rank:,}" if link.rank is not None else "–",
        "points": link.total_points or "–",
        "synced": formats.ago(now - link.synced_at) if link.synced_at else "",
    }
