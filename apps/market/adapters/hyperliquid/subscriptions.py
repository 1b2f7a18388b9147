"""What one connection to the venue's socket is subscribed to, and which subscriptions fell silent."""

from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("candle", "activeAssetCtx", "l2Book")
SILENT_AFTER = 60.0
"""A subscription that says nothing for so many seconds is made again; a quiet coin's candle is too, harmlessly."""
MESSAGES_AT_ONCE = 24
"""Sent in one second at most: the venue takes 2,000 messages a minute (its documentation, August 2026)."""

Key = tuple[str, str]


def message(method: str, kind: str, symbol: str) -> dict[str, object]:
    """Return the words that begin or end a subscription."""
    subscription = {"type": kind, "coin": symbol}
    if kind == "candle":
        subscription["interval"] = "1m"
    return {"method": method, "subscription": subscription}


@dataclass(frozen=True, slots=True)
class Changes:
    """What to send now, and the coins whose candles are interrupted by it."""

    messages: list[dict[str, object]]
    interrupted: list[str]


class Subscriptions:
    """The subscriptions of one connection; moments are monotonic seconds."""

    def __init__(self) -> None:
        self._heard: dict[Key, float] = {}

    def heard(self, kind: str, symbol: str, at: float) -> None:
        """Remember that a subscription spoke."""
        if (kind, symbol) in self._heard:
            self._heard[kind, symbol] = at

    def changes(self, wanted: Iterable[str], *, at: float) -> Changes:
        """Return what brings the connection to `wanted`, a bounded piece at a time, and count it as sent."""
        symbols = list(wanted)
        messages: list[dict[str, object]] = []
        interrupted: list[str] = []
        for key in [
            (kind, symbol) for kind in KINDS for symbol in symbols if (kind, symbol) not in self._heard
        ]:
            if len(messages) < MESSAGES_AT_ONCE:
                messages.append(message("subscribe", *key))
                self._heard[key] = at
        gone = [key for key in self._heard if key[1] not in symbols]
        silent = [key for key, heard in self._heard.items() if key not in gone and at - heard >= SILENT_AFTER]
        for key in (*gone, *silent):
            if len(messages) + 2 > MESSAGES_AT_ONCE:
                break
            messages.append(message("unsubscribe", *key))
            if key in gone:
                del self._heard[key]
                continue
            messages.append(message("subscribe", *key))
            self._heard[key] = at
            if key[0] == "candle":
                interrupted.append(key[1])
        return Changes(messages, interrupted)
