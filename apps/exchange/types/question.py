"""Everything that the exchange is told when it is asked to execute one order."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.exchange.types.account import AccountState
from apps.exchange.types.intent import OrderIntent
from apps.exchange.types.market import Book, Instrument, Quote
from apps.exchange.types.policy import Policy
from apps.exchange.types.words import TradingMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The arguments of `execute.execute`, which says what they mean."""

    state: AccountState
    intent: OrderIntent
    instrument: Instrument
    quote: Quote | None
    book: Book | None
    marks: Mapping[str, Quote]
    instruments: Mapping[str, Instrument]
    policy: Policy
    now_ms: int
    taken_lots: int = 0
    halt: TradingMode = TradingMode.ACTIVE
    standing: int = 0
