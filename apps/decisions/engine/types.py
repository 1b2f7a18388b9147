"""Frozen values that cross the engine's one port: what an engine may see and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from apps.decisions.engine.stream_facts import StreamFacts
from apps.decisions.engine.truth import AccountTruth
from apps.exchange.types import ActionKind, Side

SCHEMA = "decision_v1"


class InvalidAnswer(ValueError):
    """A raw answer that may not become actions; `code` is stable, the text says what is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class EngineUnavailable(RuntimeError):
    """The engine could not answer (provider down, timeout); the slot fails and nothing is traded."""


@dataclass(frozen=True, slots=True)
class CloseFact:
    """One closed candle: its close time, price in micro-dollars and when it became knowable (ms)."""

    close_at_ms: int
    close_micros: int
    knowable_at_ms: int


@dataclass(frozen=True, slots=True)
class QuoteFact:
    """The newest knowable price: micro-dollars, funding in 1e-10 per hour, and where it is stored."""

    mark_micros: int
    oracle_micros: int
    mid_micros: int
    funding_rate_e10: int
    at_ms: int
    knowable_at_ms: int
    reference: str


@dataclass(frozen=True, slots=True)
class PositionFact:
    """One open position of the account, valued in micro-dollars at the packet's prices."""

    symbol: str
    size_lots: int
    cost_micros: int
    leverage: int
    notional_micros: int


@dataclass(frozen=True, slots=True)
class AccountFact:
    """The account as its owner knows it at the decision: cash, equity and open positions."""

    status: str
    cash_micros: int
    equity_micros: int
    positions: tuple[PositionFact, ...]
    actions_in_window: int
    last_action_at_ms: int | None


@dataclass(frozen=True, slots=True)
class LimitFact:
    """The gates' bounds, so that an engine need not propose what is bound to be denied; 0 is unbounded."""

    max_leverage: int
    min_notional_micros: int
    max_position_micros: int
    max_exposure_micros: int
    max_actions_per_window: int
    cooldown_ms: int


@dataclass(frozen=True, slots=True)
class PromptFact:
    """The trading prompt that asks: its key, strategy name, behaviour text and cadence (ms)."""

    key: str
    strategy: str
    behaviour: str
    cadence_ms: int


@dataclass(frozen=True, slots=True)
class ContextPacket:
    """Everything one decision may look at; nothing in it was unknowable at `now_ms`.

    An engine that reads streams gets `streams`, `truth` (where the asker keeps books), the `strength` of its model, the
    `depth` that goes with it, and in `shed` what was left out for want of room, in the order in which it went.
    """

    symbol: str
    slot_at_ms: int
    now_ms: int
    interval_ms: int
    prompt: PromptFact
    closes: tuple[CloseFact, ...]
    quote: QuoteFact
    account: AccountFact
    limits: LimitFact
    streams: StreamFacts | None = None
    truth: AccountTruth | None = None
    strength: str = ""
    depth: str = ""
    shed: tuple[str, ...] = ()
    digest: str = field(default="", compare=False)

    @property
    def echo(self) -> str:
        """The short mark an answer must repeat, so that an answer to another question is refused."""
        return self.digest[:16]

    @property
    def max_knowable_at_ms(self) -> int:
        """The latest moment at which any datum of this packet became knowable."""
        newest = self.streams.newest_knowable_at_ms if self.streams is not None else 0
        return max([fact.knowable_at_ms for fact in self.closes] + [self.quote.knowable_at_ms, newest])

    def position(self) -> PositionFact | None:
        """The open position in this packet's own symbol, if there is one."""
        return next((held for held in self.account.positions if held.symbol == self.symbol), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an action asks for beside its order: isolated margin and standing exits; 0 is "not asked for"."""

    is_isolated: bool = False
    stop_micros: int = 0
    trail_bps: int = 0
    target_micros: int = 0
    hold_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProposedIntent:
    """One action that an engine asks for; the gates decide whether it happens."""

    kind: ActionKind
    symbol: str
    side: Side | None
    notional_micros: int
    leverage: int
    reduce_only: bool
    reason: str
    asked: Asked = Asked()


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back through the port, before anybody trusts it; cost in micro-dollars, latency in ms.

    Tokens and cost are of everything that was asked for it, the failures too. `prompt` is what a model was sent, as
    text, and `parameters` are what it was asked with.
    """

    text: str
    tokens_in_count: int = 0
    tokens_cached_count: int = 0
    tokens_out_count: int = 0
    cost_micros: int = 0
    latency_ms: int = 0
    model: str = ""
    parameters: Mapping[str, int | str] = field(default_factory=dict)
    prompt: str = ""
    prompt_digest: str = ""


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """A raw answer together with the actions that the strict parser read from it."""

    raw: RawAnswer
    actions: tuple[ProposedIntent, ...]


class DecisionEngine(Protocol):
    """The one port: a packet in, raw text out; `revision` names its behaviour, paid answers are stored.

    Only an engine that `reads_streams` is given the strategy's streams and the account's books.
    """

    name: str
    revision: str
    is_paid: bool
    reads_streams: bool

    def answer(self, context: ContextPacket) -> RawAnswer:
        """Answer in the `decision_v1` format, or raise EngineUnavailable."""
        ...
