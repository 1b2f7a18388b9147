"""The context made again: the market from memory as of the decision's moment, the account from its ledger and fills."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings

from apps.clones import queries as clones
from apps.core.errors import NotFound
from apps.decisions.engine.document import SECTIONS, to_document
from apps.decisions.engine.plain import as_before
from apps.decisions.services.context import ContextRefused, build_context, find_reading
from apps.market.queries import MarketBoard
from apps.trading.models import InstrumentTerms
from apps.trading.services.account_state import ReadFrom
from apps.trading.services.reexecution.case import Case
from apps.trading.services.reexecution.past import Past, Way
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step, differences, told

_SENTENCES = {
    "market": (
        "The market, read from memory as of that moment, was what the decision saw: candles, price and streams.",
        "Market memory of that moment tells another market than the decision saw.",
    ),
    "account": (
        "The account, made again from its ledger and fills, stood then as the decision saw it.",
        "The ledger and the fills make another account than the decision saw.",
    ),
    "limits": (
        "The limits it was told are those of the policy in force then.",
        "The limits it was told are not those of the policy in force then.",
    ),
}
_STREAM_KEPT = {
    "order_book": "books",
    "liquidity": "books",
    "positioning": "minute_contexts",
    "predictions": "prediction_snapshots",
}
_LENGTHS = {60_000: "minute_candles", 300_000: "five_minute_candles", 900_000: "five_minute_candles"}
_WORDS = {
    "quotes": "prices between whole minutes are",
    "books": "books that nobody cites are",
    "minute_contexts": "contexts within the hour are",
    "prediction_snapshots": "prediction prices within the hour are",
    "minute_candles": "minute candles are",
    "five_minute_candles": "five-minute candles are",
    "hour_candles": "hour candles are",
}
_STREAM = re.compile(r"\.streams\.(\w+)")
_SEEN_BY_MARKS = re.compile(r"\.account\.equity_micros|notional_micros|\.truth\.")
Boards = Callable[[Any], MarketBoard]


def rebuilt_steps(case: Case, board_at: Boards = MarketBoard) -> Iterator[Step]:
    """The market, the account and the limits of the context, each compared field by field with what is made again."""
    askings = {name: Asking(name, Part.SAW) for name in _SENTENCES}
    past = case.account_past()
    if case.packet is None:
        _all_lack(askings, "What the decision saw cannot be read, so there is nothing to compare.")
    elif case.account is None or past is None:
        _all_lack(askings, "It was made for no prop account, so only its own record can be asked.")
    else:
        board = board_at(case.moment)
        _compare(case, past, board, askings)
    for name, asking in askings.items():
        yield asking.done(*_SENTENCES[name])


def _all_lack(askings: Mapping[str, Asking], reason: str) -> None:
    for asking in askings.values():
        asking.lacks(reason)


def _compare(case: Case, past: Past, board: MarketBoard, askings: Mapping[str, Asking]) -> None:
    try:
        made = _made(case, board, past, _ways(case, past, askings["account"]))
    except (ContextRefused, NotFound) as refused:
        reason = _forgotten(case, "quotes") or _forgotten(case, _candles(case))
        told = str(refused) or type(refused).__name__
        if reason:
            _all_lack(askings, reason)
        else:
            askings["market"].difference = Difference(f"{case.key}: context", told, "a context")
        return
    for name, asking in askings.items():
        for difference in _of_section(case, name, made):
            if reason := _excuse(case, difference):
                asking.lacks(reason)
            elif asking.difference is None:
                asking.difference = difference


def _ways(case: Case, past: Past, asking: Asking) -> Iterable[Way]:
    """The ways in which the account may have stood: the one that is sealed, or all near the moment where none is."""
    try:
        read = ReadFrom.found_in(case.run.read_from)
        if read is not None:
            return past.as_read(read, case.moment)
    except (LookupError, ValueError) as unsound:
        written = told(case.run.read_from)
        asking.difference = Difference(f"{case.key}.read_from", str(unsound.args[0]), written)
    return past.near(case.moment, books=case.packet is not None and case.packet.truth is not None)


def _of_section(case: Case, section: str, made: Mapping[str, Any]) -> Iterator[Difference]:
    document = case.context.value
    for key in (key for key in SECTIONS[section] if key in document or key in made):
        told = document.get(key)
        yield from differences(as_before(made.get(key), told), told, f"{case.key}: context.{key}")


def _made(case: Case, board: MarketBoard, past: Past, ways: Iterable[Way]) -> dict[str, Any]:
    """The context as it would be built now: of several ways in which the account may have stood the one that was seen;
    where none is, the first.
    """
    first, refusal = None, None
    for way in ways:
        try:
            made = _context(case, board, past, way)
        except ContextRefused as refused:
            refusal = refusal or refused
            continue
        if not any(any(_of_section(case, name, made)) for name in ("account", "limits")):
            return made
        first = first or made
    if first is not None:
        return first
    raise refusal or NotFound("The account had not been opened then.")


def _context(case: Case, board: MarketBoard, past: Past, way: Way) -> dict[str, Any]:
    run, packet = case.run, case.packet
    enabled = clones.compiled(run.version).enabled_prompts
    prompt = next((one for one in enabled if one.key == run.prompt_key), None)
    if prompt is None:
        raise NotFound("The version has no such prompt.")
    reading = None
    if packet is not None and packet.streams is not None:
        truth = None if packet.truth is None else partial(past.truth, way, board=board)
        reading = find_reading(run.version, run.symbol, truth)
    return to_document(
        build_context(
            prompt=prompt,
            symbol=run.symbol,
            slot_at=run.slot_at,
            account=past.state(way, moment=case.moment),
            policy=way.policy,
            board=board,
            reading=reading,
        )
    )


def _excuse(case: Case, difference: Difference) -> str:
    """Why a difference says nothing: what it came from has been forgotten, or never was kept. Empty where it does."""
    path = difference.path
    if ".closes" in path or path.endswith("interval_ms"):
        return _forgotten(case, _candles(case))
    stream = _STREAM.search(path)
    if stream is not None:
        name = stream[1]
        kept = _STREAM_KEPT.get(name, "minute_candles")
        return "" if name in ("funding", "capital") else _forgotten(case, kept)
    if "best_micros" in path:
        return "How far a trailing exit had come by then is not kept."
    if path.endswith("limits.max_leverage"):
        return _terms_moved(case)
    return _forgotten(case, "quotes") if _SEEN_BY_MARKS.search(path) else ""


def _candles(case: Case) -> str:
    length = case.packet.interval_ms if case.packet else 60_000
    return _LENGTHS.get(length, "hour_candles")


def _forgotten(case: Case, what: str) -> str:
    span: timedelta = settings.MARKET_RETENTION[what]
    if case.now - case.moment <= span:
        return ""
    days = span // timedelta(days=1)
    return f"Market memory has forgotten it: {_WORDS[what]} kept for {days} day{'' if days == 1 else 's'}."


def _terms_moved(case: Case) -> str:
    """The registry keeps no history: terms of the asset that were pinned since tell that they have changed."""
    pinned = InstrumentTerms.objects.filter(symbol=case.run.symbol).values_list("document", flat=True)
    told = case.packet.limits.max_leverage if case.packet else 0
    if any(document.get("max_leverage") == told for document in pinned):
        return "The asset's own limit has changed since, and the registry keeps no history of it."
    return ""


def boards() -> Boards:
    """A way to read boards that keeps the last one: decisions of one moment share it."""
    kept: dict[Any, MarketBoard] = {}

    def board_at(moment: Any) -> MarketBoard:
        if moment not in kept:
            kept.clear()
            kept[moment] = MarketBoard(moment)
        return kept[moment]

    return board_at
