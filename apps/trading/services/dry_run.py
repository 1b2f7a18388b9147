"""What a decision of this moment would come to: asked, put through the gates and filled, with nothing written.

A dry run locks nothing, seals nothing and books nothing. It meets the gates through the very function that judges
live actions; only what a model costs is counted.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.graph.types import CompiledStrategy
from apps.clones.types import ModelStrength
from apps.core import limits
from apps.core.errors import Conflict, PermissionRefused
from apps.decisions.engine.types import AccountTruth, ProposedIntent
from apps.decisions.services.dry_run import DryDecision, DryQuestion, decide_dry, order_of
from apps.exchange import fees, margin
from apps.exchange.record import GateRow
from apps.exchange.translate import rules_of
from apps.exchange.types import AccountState, ActionKind, Executed, OrderIntent, Policy
from apps.market.queries import MarketBoard
from apps.trading.models import PropAccount
from apps.trading.queries.truth import account_truth
from apps.trading.services.account_state import policy_of
from apps.trading.services.desk import Desk, Market, open_desks, read_market
from apps.trading.services.judging import Refusal, judge
from apps.trading.services.taken import Taken
from apps.trading.services.trying import LONGEST, seat
from apps.trading.types import OPEN_STATUSES, AccountStatus, DryAccount, Purpose, VerdictStatus

RATE = "12/minute"
START_MICROS = 100_000_000_000
"""What a fresh account of a clone that never had one begins with."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is tried: a published version's number, or the draft's revision."""

    strategy: CompiledStrategy
    version: int | None
    revision: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has at the marks of the moment, in micro-dollars; None where a position has no mark."""

    cash_micros: int
    equity_micros: int | None
    free_micros: int | None


@dataclass(frozen=True, slots=True)
class DryVerdict:
    """What would become of one action: its gates in order, and where all hold what it would get and leave behind."""

    action: ProposedIntent
    status: VerdictStatus
    code: str = ""
    detail: str = ""
    gates: tuple[GateRow, ...] = ()
    executed: Executed | None = None
    after: Balance | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """A whole dry run; `account_id` names the live account, and is empty where a fresh one was made up."""

    at: datetime
    source: Source
    account_id: str
    policy: Policy
    before: Balance
    decision: DryDecision
    verdicts: tuple[DryVerdict, ...]
    size_decimals: int


@dataclass(frozen=True, slots=True)
class _Action:
    """A proposal in the form in which actions are judged."""

    order: OrderIntent
    pk: int | None = None

    @property
    def symbol(self) -> str:
        return self.order.symbol

    @property
    def kind(self) -> ActionKind:
        return self.order.kind

    @property
    def side(self) -> int:
        return int(self.order.side)

    def to_intent(self) -> OrderIntent:
        return self.order


def dry_run(
    *,
    clone: Any,
    now: datetime,
    version: int | None = None,
    prompt_key: str | None = None,
    symbol: str | None = None,
    account: str = DryAccount.FRESH,
) -> DryRun:
    """Decide and trade once on paper, by the clone's draft or by one of its versions.

    Without a prompt or an asset the first of the strategy is tried. A draft is refused with the faults that
    publishing it would meet, a version with what would keep it from deciding; raises also NotFound for no such version,
    InvalidInput PROMPT_MISSING, Conflict NO_OPEN_ACCOUNT, PermissionRefused ENTITLEMENT_LOST, RateLimited, and
    AlreadyTrying or NoSeat while others are under way. No database transaction may be open.
    """
    limits.take("trading.dry-run", str(clone.owner_id), rate=RATE)
    with seat(str(clone.owner_id)):
        source = _source(clone, version)
        _refuse_frozen(clone)
        return _tried(clone, source, now, (prompt_key, symbol), account)


def _tried(
    clone: Any, source: Source, now: datetime, what: tuple[str | None, str | None], account: str
) -> DryRun:
    board = MarketBoard(now)
    desk = _live_desk(clone, now) if account == DryAccount.LIVE else _fresh_desk(clone, source.strategy)
    policy = desk.policy or policy_of(desk.account)
    grant = clones.effective_entitlement(clone)
    key, name = _chosen(source.strategy, *what)
    decision = decide_dry(
        DryQuestion(
            strategy=source.strategy,
            strength=grant.model_strength if grant else ModelStrength.LIGHT.value,
            prompt_key=key,
            symbol=name,
            account=desk.state(),
            policy=policy,
            board=board,
            user=clone.owner.public_id,
            truth=lambda: _truth(desk, policy, board),
            longest=LONGEST,
        )
    )
    market = read_market(board, [desk], {name})
    decimals = market.instruments[name].size_decimals if name in market.instruments else 0
    return DryRun(
        at=now,
        source=source,
        account_id=desk.account.public_id if desk.account.pk else "",
        policy=policy,
        before=_balance(desk.state(), market),
        decision=decision,
        verdicts=tuple(_verdict(intent, desk, market, now) for intent in decision.actions),
        size_decimals=decimals,
    )


def _source(clone: Any, version: int | None) -> Source:
    if version is not None:
        found = clones.get_version(clone, version)
        if clones.is_entitlement_lost(found):
            raise _withdrawn()
        return Source(clone_services.usable(clone, clones.compiled(found)), version, None)
    draft = clones.get_draft(clone)
    return Source(clone_services.publishable(clone, draft.document), None, draft.revision)


def _refuse_frozen(clone: Any) -> None:
    """A clone that may not decide gets no free look either: its model was paid for by what was withdrawn."""
    active = clones.active_version(clone)
    if clones.effective_entitlement(clone) is None or (active and clones.is_entitlement_lost(active)):
        raise _withdrawn()


def _withdrawn() -> PermissionRefused:
    return PermissionRefused("What this clone may use was withdrawn.", code="ENTITLEMENT_LOST")


def _chosen(strategy: CompiledStrategy, prompt_key: str | None, symbol: str | None) -> tuple[str, str]:
    """The prompt and asset asked for, else the first that fit; names that nothing fits are refused by who decides."""
    for prompt in strategy.enabled_prompts:
        if prompt_key in (None, prompt.key) and prompt.assets and symbol in (None, *prompt.assets):
            return prompt.key, symbol or prompt.assets[0]
    return prompt_key or "", symbol or ""


def _live_desk(clone: Any, now: datetime) -> Desk:
    """The clone's newest open account as it stands; its rows are read, never locked and never saved."""
    rows = PropAccount.objects.filter(clone=clone, status__in=OPEN_STATUSES)
    account = rows.order_by("-ordinal").first()
    if account is None:
        raise Conflict("This clone has no open account; try it on a fresh one.", code="NO_OPEN_ACCOUNT")
    return open_desks([account], now=now)[account.pk]


def _fresh_desk(clone: Any, strategy: CompiledStrategy) -> Desk:
    """An account like the clone's newest, as on its first day, that may trade what the strategy trades."""
    last = PropAccount.objects.filter(clone=clone).order_by("-ordinal").first()
    start, rules = (last.starting_micros, policy_of(last)) if last else (START_MICROS, Policy())
    policy = replace(rules, allowed_symbols=strategy.active_assets)
    account = PropAccount(
        clone=clone,
        purpose=last.purpose if last else Purpose.AUDITION,
        policy=policy.to_document(),
        starting_micros=start,
        cash_micros=start,
        equity_micros=start,
        status=AccountStatus.ACTIVE,
    )
    return Desk(account=account, policy=policy, positions={}, standing={}, actions=0)


def _truth(desk: Desk, policy: Policy, board: MarketBoard) -> AccountTruth:
    """The books of the account; those of a fresh one are empty and are made up with it."""
    if desk.account.pk:
        return account_truth(desk.account, board)
    taker, cash = fees.charged_rate(0, rules_of(policy)), desk.account.cash_micros
    return AccountTruth(
        at_ms=board.at_ms,
        taker_fee_rate_e10=taker,
        maker_fee_rate_e10=min(taker, fees.maker_rate_e10(0)),
        fees_paid_micros=0,
        funding_paid_micros=0,
        realized_micros=0,
        unrealized_micros=0,
        margin_used_micros=0,
        free_margin_micros=cash,
        maintenance_micros=0,
    )


def _verdict(intent: ProposedIntent, desk: Desk, market: Market, now: datetime) -> DryVerdict:
    if intent.kind == ActionKind.HOLD:
        return DryVerdict(intent, VerdictStatus.HELD)
    accounts = [desk.account] if desk.account.pk else []
    taken = Taken(accounts, market.books.values())
    judged = judge(_Action(order_of(intent)), desk, market, taken, now=now)
    outcome = judged.outcome
    if isinstance(outcome, Executed):
        after = _balance(outcome.state_after, market)
        return DryVerdict(intent, VerdictStatus.EXECUTED, gates=judged.gates, executed=outcome, after=after)
    code = outcome.code if isinstance(outcome, Refusal) else str(outcome.reason)
    return DryVerdict(intent, VerdictStatus.DENIED, code, outcome.detail, judged.gates)


def _balance(state: AccountState, market: Market) -> Balance:
    if any(held.symbol not in market.quotes for held in state.positions):
        return Balance(state.cash_micros, None, None)
    measured = margin.measure(state, market.quotes, market.instruments)
    free = max(0, measured.account_value_micros - measured.initial_micros)
    return Balance(state.cash_micros, measured.equity_micros, free)
