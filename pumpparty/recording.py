"""Runs recorded candles through decisions, gates, fills and marks, bar by bar, as fast as it goes."""

import gc
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.core.errors import InvalidInput
from apps.decisions import queries as decisions
from apps.exchange.types import Policy
from apps.market import queries as market
from apps.market.services import ingest, sources
from apps.operations.audit import Actor
from apps.trading import queries as trading
from apps.trading.services import accounts, cycle, execution, marking
from apps.trading.services.chains import chain_differences
from apps.trading.services.reexecution import StepStatus, reexecute_account
from apps.trading.types import Purpose
from apps.users.services.accounts import create_user

ACTOR = Actor.system("recording")
CASH_MICROS = 100_000_000_000
ASSETS_PER_CLONE = 10
BARS_PER_COMMIT = 100
STRATEGIES = ("trend", "mean_reversion", "breakout")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt that decides in this run: on which account, how often."""

    account_id: int
    key: str
    cadence: timedelta


def run(
    *,
    path: str,
    assets: tuple[str, ...],
    engine: str,
    max_bars: int | None,
    cadence_minutes: int | None,
    is_verified: bool = False,
) -> dict[str, Any]:
    """Run the recording in the present (scratch) database and return the result as plain JSON values.

    The same folder and options give the same ledger hash every time and on every database. With `is_verified`
    every decision is executed again afterwards from what was stored, and the result says how many were identical.
    Raises DomainError or AdapterError with one sentence where the folder is not a recording or an asset is not in it.
    """
    began = time.perf_counter()
    choice = sources.select(wanted="replay", recording=path, seed=0, now=EPOCH)
    if choice.span_start is None or choice.span_end is None:
        raise InvalidInput("The recording is empty.", code="RECORDING_EMPTY")
    ingest.backfill(start=choice.span_start, end=choice.span_end)
    symbols = _choose(assets)
    moments, bars = _moments(symbols, choice.span_start, choice.span_end, max_bars)
    if not moments:
        raise InvalidInput("The recording holds no closed bar of these assets.", code="RECORDING_EMPTY")
    loaded = time.perf_counter()
    prompts = _open(symbols, engine, cadence_minutes, now=moments[0])
    gc.freeze()
    gc.disable()  # the run makes no cycles worth looking for; a collection after every batch is enough
    steps = iter(moments)
    while part := list(islice(steps, BARS_PER_COMMIT)):
        with transaction.atomic():
            for moment in part:
                _step(prompts, moment)
        gc.collect()
    gc.enable()
    ran = time.perf_counter()
    verified = {"verified": _verify(now=moments[-1])} if is_verified else {}
    return {
        **_result(symbols, engine),
        **verified,
        "moments": len(moments),
        "bars": bars,
        "from": moments[0].isoformat(),
        "to": moments[-1].isoformat(),
        "seconds": {
            "load": round(loaded - began, 2),
            "run": round(ran - loaded, 2),
            **({"verify": round(time.perf_counter() - ran, 2)} if is_verified else {}),
            "total": round(time.perf_counter() - began, 2),
        },
    }


def _step(prompts: list[Prompt], now: datetime) -> None:
    """One moment of the recording: decide what is due, execute what was proposed, mark every account."""
    board = market.MarketBoard(now)
    due: dict[int, dict[str, datetime]] = {prompt.account_id: {} for prompt in prompts}
    for prompt in prompts:
        if (now - EPOCH) % prompt.cadence == timedelta(0):
            due[prompt.account_id][prompt.key] = now
    for account_id, slots in due.items():
        if slots:
            cycle.decide_prompts(account_id=account_id, prompts=slots, board=board)
    execution.execute_pending(now=now, account_ids=due, board=board)
    marking.mark_open_accounts(now=now, account_ids=due, board=board)


def _choose(wanted: tuple[str, ...]) -> list[str]:
    known = sorted(asset.symbol for asset in market.list_assets() if not asset.is_delisted)
    missing = sorted(set(wanted) - set(known))
    if missing:
        raise InvalidInput(
            f"The recording has no {', '.join(missing)}; it has {', '.join(known)}.", code="ASSET_UNKNOWN"
        )
    return sorted(set(wanted)) or known


def _moments(
    symbols: list[str], start: datetime, end: datetime, max_bars: int | None
) -> tuple[list[datetime], int]:
    """The moments at which some asset's bar closed, the first `max_bars` of them, and the bars they hold."""
    counts: dict[datetime, int] = {}
    for interval_ms in sorted({market.base_interval_ms(symbol) for symbol in symbols}):
        group = [symbol for symbol in symbols if market.base_interval_ms(symbol) == interval_ms]
        for bar in market.price_tape(group, interval_ms=interval_ms, start=start, end=end):
            counts[bar.close_at] = counts.get(bar.close_at, 0) + 1
    moments = sorted(counts)[:max_bars]
    return moments, sum(counts[moment] for moment in moments)


def _open(symbols: list[str], engine: str, cadence_minutes: int | None, *, now: datetime) -> list[Prompt]:
    """One clone with an account and a published graph for every ten assets; their prompts in order."""
    users = get_user_model()._default_manager
    owner = users.filter(username="recording").first() or create_user(username="recording", by=ACTOR, now=now)
    prompts = []
    for number, first in enumerate(range(0, len(symbols), ASSETS_PER_CLONE), start=1):
        group = symbols[first : first + ASSETS_PER_CLONE]
        intervals = {symbol: market.base_interval_ms(symbol) for symbol in group}
        clone = clone_services.create_clone(owner=owner, name=f"Recording {number}", by=ACTOR, now=now)
        clone_services.grant_entitlement(
            clone=clone,
            tier="pro",
            model_strength="light",
            is_mock=False,
            source=f"recording:{number}",
            by=ACTOR,
            now=now,
        )
        graph = _document(intervals, engine, cadence_minutes)
        clone_services.save_draft(clone=clone, document=graph, by=ACTOR, now=now)
        version = clone_services.publish(clone=clone, by=ACTOR, now=now)
        account = accounts.open_account(
            clone=clone,
            purpose=Purpose.REPLAY,
            policy=Policy(allowed_symbols=tuple(group), max_price_age_ms=2 * max(intervals.values())),
            starting_micros=CASH_MICROS,
            reference=f"recording:{number}",
            by=ACTOR,
            now=now,
        )
        prompts += [
            Prompt(account.pk, prompt.key, timedelta(minutes=prompt.cadence_minutes))
            for prompt in clones.compiled(version).enabled_prompts
        ]
    return prompts


def _document(intervals: Mapping[str, int], engine: str, cadence_minutes: int | None) -> dict[str, Any]:
    """A graph that spreads the assets over the strategies, each prompt as often as its longest bar."""
    nodes: list[dict[str, Any]] = [{"id": "prices", "kind": "data_stream", "stream": "mark_price"}]
    edges: list[dict[str, str]] = []
    symbols = sorted(intervals)
    for position, strategy in enumerate(STRATEGIES):
        mine = symbols[position :: len(STRATEGIES)]
        if not mine:
            continue
        minutes = max(cadence_minutes or 1, *(intervals[symbol] // 60_000 for symbol in mine))
        nodes.append(
            {
                "id": f"prompt-{strategy}",
                "kind": "trading_prompt",
                "name": strategy,
                "engine": engine,
                "strategy": strategy,
                "cadenceMinutes": minutes,
                "behaviour": "bold",
            }
        )
        for symbol in mine:
            nodes.append({"id": f"asset-{symbols.index(symbol)}", "kind": "asset", "symbol": symbol})
            edges.append({"from": "prices", "to": f"asset-{symbols.index(symbol)}"})
            edges.append({"from": f"asset-{symbols.index(symbol)}", "to": f"prompt-{strategy}"})
    return {"nodes": nodes, "edges": edges}


def _result(symbols: list[str], engine: str) -> dict[str, Any]:
    listed = list(trading.list_accounts(purposes=[Purpose.REPLAY]))
    ids = [account.pk for account in listed]
    runs = decisions.count_runs()
    return {
        "ok": True,
        "assets": symbols,
        "engine": engine,
        "decisions": runs.get("completed", 0),
        "runs": {status: count for status, count in runs.items() if count},
        "actions": trading.count_verdicts(account_ids=ids),
        "denials": trading.denials_by_reason(account_ids=ids),
        "orders": trading.count_orders(account_ids=ids),
        "fills": trading.count_fills(account_ids=ids),
        "finalEquities": {account.clone.name: account.equity_micros for account in _fresh(ids)},
        "ledgerSha256": trading.ledger_hash(),
    }


def _verify(*, now: datetime) -> dict[str, Any]:
    """Every decision of the run asked again and every chain walked: how many came out how, and the first fault."""
    counts = dict.fromkeys(StepStatus, 0)
    first = None
    for account in trading.list_accounts(purposes=[Purpose.REPLAY]):
        for found in reexecute_account(account, now=now):
            counts[found.status] += 1
            step = found.first_difference or found.first_unavailable
            if first is None and step is not None:
                first = {"run": found.run, "step": step.name, "where": step.where, "says": step.sentence}
        fault = next(chain_differences(account), None)
        if first is None and fault is not None:
            first = {"run": "", "step": "chains", "where": account.public_id, "says": fault}
    return {**{status.value: count for status, count in counts.items()}, "first": first}


def _fresh(ids: list[int]) -> Iterator[Any]:
    return (account for account in trading.list_accounts() if account.pk in set(ids))
