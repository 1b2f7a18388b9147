"""How a subject stands when it decides: its account, its policy and its books, all read at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from apps.decisions.engine.types import AccountTruth
from apps.exchange.types import AccountState, Policy
from apps.market.queries import MarketBoard


@dataclass(frozen=True, slots=True)
class Standing:
    """What a subject's decisions are made from besides the market.

    `policy` bounds what a careful engine proposes, its defaults when absent. `truth` is there where the books were asked
    for and somebody keeps them. `read_from` tells in plain numbers which rows all of this was read from, so that the
    same can be read again: it is sealed with the decision, and whoever gave it knows what it means.
    """

    account: AccountState
    policy: Policy | None = None
    truth: AccountTruth | None = None
    read_from: Mapping[str, int] = field(default_factory=dict)


class ReadStanding(Protocol):
    """Reads how the subject stands now, its positions valued at the board; its books where `books`.

    Asked anew whenever the board has moved on: while a model thinks, orders are filled and policies moved.
    """

    def __call__(self, board: MarketBoard, *, books: bool) -> Standing:
        """The standing; whatever it raises stops the slots that it was asked for, and no others."""
