"""Gets one reply out of a list of routes: claims every call, tries again within bounds, settles what each one cost."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from apps.core import breaker
from apps.core.errors import AdapterError, AdapterFault
from apps.core.json_strict import dumps_canonical
from apps.decisions.adapters.model.port import (
    MAYBE_BOUGHT,
    OF_THE_ROUTE,
    Asked,
    Completion,
    ModelError,
    ModelPort,
)
from apps.decisions.engine.routes import Route, Usage
from apps.decisions.engine.schema import answer_schema
from apps.decisions.models import ModelCall
from apps.decisions.services.model_calls import Claim, Ending, Halted, begin_call, end_call, settle_calls_of
from apps.decisions.services.spend import BudgetExceeded
from apps.decisions.types import CallStatus, RunCode, RunStatus
from apps.operations.failpoints import reach

Messages = Sequence[Mapping[str, str]]

MOST_CALLS = 5
"""Calls a run may make at most, whoever makes them: workers may vanish, money may not."""
SHORTEST_CALL_SECONDS = 0.05
FIRST_PAUSE_SECONDS = 0.5
COUNTED = ("tokens_in_count", "tokens_cached_count", "tokens_out_count", "cost_micros")


class NotAnswered(Exception):
    """Nobody answered, for a reason that has a code; `spent` is what the asking cost all the same.

    `wait` is how long the provider is still left in peace, where it might be asked again after that.
    """

    def __init__(self, code: RunCode, detail: str, *, wait: timedelta | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.wait = wait
        self.spent: Mapping[str, int] = {}

    @property
    def status(self) -> RunStatus:
        """A run that nobody was allowed to ask for is skipped; one that was asked in vain has failed."""
        not_allowed = (RunCode.BUDGET_EXCEEDED, RunCode.MODEL_HALTED, RunCode.BREAKER_OPEN)
        return RunStatus.SKIPPED if self.code in not_allowed else RunStatus.FAILED


@dataclass(frozen=True, slots=True)
class Reply:
    """A call that was answered, before anybody has read the answer."""

    call: ModelCall
    route: Route
    said: Completion
    ended_at: datetime

    def ending(self, status: CallStatus, detail: str = "") -> Ending:
        """How the call ended, once the answer is read."""
        return Ending(
            status,
            cost_micros=self.route.cost_micros(self.said.usage),
            ended_at=self.ended_at,
            usage=self.said.usage,
            text=self.said.text,
            reference=self.said.reference,
            detail=detail,
        )


class Rounds:
    """The calls made for one question by one worker, from `began` until its patience, money or routes end."""

    def __init__(
        self,
        claim: Claim,
        routes: Sequence[Route],
        *,
        patience: timedelta,
        port: ModelPort,
        real_clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the run over: calls that its earlier workers left under way are settled as lost."""
        self.claim, self.routes, self.port = claim, deque(routes), port
        self.real_clock, self.sleep = real_clock, sleep
        self.began = real_clock()
        self.until = self.began + patience
        if claim.run is not None:
            settle_calls_of(claim.run, real_now=self.began)
        self.calls_left = MOST_CALLS - claim.calls().count()

    def reply(self, messages: Messages, *, retries: int, is_repair: bool = False) -> Reply:
        """The first reply that a route gives; what fails for a moment is asked again, at most `retries` times.

        A route that is left in peace, is halted or can serve nobody gives way to the next; nobody waits here for a
        provider to be well again. Raises NotAnswered.
        """
        failure = NotAnswered(RunCode.PROVIDER_ERROR, "no time was left to ask")
        tries = 0
        while self.routes and self.may_call():
            try:
                return self._call(messages, is_repair)
            except Halted as halted:
                failure = NotAnswered(RunCode.MODEL_HALTED, str(halted))
                self.routes.popleft()
            except AdapterError as error:
                failure = self._failure(error, may_ask_again=error.transient and tries < retries)
                if _is_of_the_route(error) and len(self.routes) > 1:
                    self.routes.popleft()
                elif error.transient and tries < retries and self._get_over(tries):
                    tries += 1
                else:
                    break
        raise failure

    def may_call(self) -> bool:
        """Whether there is time for another call, and the run may make one."""
        return self.calls_left > 0 and self._left() >= SHORTEST_CALL_SECONDS

    def latency_ms(self) -> int:
        """How long it has taken up to now."""
        return max(0, (self.real_clock() - self.began) // timedelta(milliseconds=1))

    def spent(self) -> dict[str, int]:
        """What all calls of the run (of a dry run, these) took, by the names of the run's columns."""
        found = self.claim.calls().aggregate(**{f"all_{name}": Sum(name) for name in COUNTED})
        return {**{name: found[f"all_{name}"] or 0 for name in COUNTED}, "latency_ms": self.latency_ms()}

    def _left(self) -> float:
        return (self.until - self.real_clock()).total_seconds()

    def _failure(self, error: AdapterError, *, may_ask_again: bool) -> NotAnswered:
        """What a failure is called; with a wait where it leaves the only route in peace for a while."""
        provider = self.routes[0].provider
        is_open = error.fault is AdapterFault.BREAKER_OPEN
        wait = breaker.wait_of(breaker_name(provider)) if may_ask_again else None
        if (
            wait is not None
        ):  # none is left where another's trial is under way, and its end is what is waited for
            wait = max(wait, error.retry_after or 0.0)
        return NotAnswered(
            RunCode.BREAKER_OPEN if is_open else RunCode.PROVIDER_ERROR,
            error.detail if is_open else f"{provider}: {error.detail}",
            wait=None if wait is None else timedelta(seconds=wait),
        )

    def _get_over(self, tries: int) -> bool:
        """Turn to the next route, or pause where there is only one; False where it is left in peace or time is over."""
        if len(self.routes) > 1:
            self.routes.popleft()
            return True
        pause = FIRST_PAUSE_SECONDS * 2**tries * random.uniform(0.75, 1.25)
        is_left_in_peace = breaker.wait_of(breaker_name(self.routes[0].provider)) is not None
        if is_left_in_peace or pause > self._left() - SHORTEST_CALL_SECONDS:
            return False
        self.sleep(pause)
        return True

    def _call(self, messages: Messages, is_repair: bool) -> Reply:
        """One call by the first route, unless its provider is left in peace: claimed before it, settled if it fails."""
        route = self.routes[0]
        asked = Asked(messages, answer_schema(), min(float(route.timeout_s), self._left()))

        def once() -> Reply:
            call = self._begin(route, asked, is_repair)
            reach("decisions.before-call")
            try:
                said = self.port.complete(route, asked)
            except ModelError as error:
                end_call(call, self._failed(call, route, error))
                raise
            return Reply(call, route, said, self.real_clock())

        return breaker.guarded(breaker_name(route.provider), once)

    def _begin(self, route: Route, asked: Asked, is_repair: bool) -> ModelCall:
        try:
            call = begin_call(
                self.claim,
                route,
                request=dumps_canonical({"messages": list(asked.messages), "schema": asked.schema}),
                is_repair=is_repair,
                timeout_s=asked.timeout_s,
                real_now=self.real_clock(),
            )
        except BudgetExceeded as over:
            raise NotAnswered(RunCode.BUDGET_EXCEEDED, str(over)) from None
        self.claim.made.append(call.pk)
        self.calls_left -= 1
        return call

    def _failed(self, call: ModelCall, route: Route, error: ModelError) -> Ending:
        """What is not known to be free counts as bought, at its reservation."""
        cost = route.cost_micros(error.usage or Usage())
        if error.usage is None and error.kind in MAYBE_BOUGHT:
            cost = call.reserved_micros
        return Ending(
            CallStatus.FAILED,
            cost_micros=cost,
            ended_at=self.real_clock(),
            usage=error.usage or Usage(),
            text=error.text,
            reference=error.reference,
            fault=error.kind.value,
            detail=error.detail,
        )


def breaker_name(provider: str) -> str:
    """What the circuit of a provider is called."""
    return f"model:{provider}"


def _is_of_the_route(error: AdapterError) -> bool:
    """Whether only another route helps now."""
    kind = error.kind if isinstance(error, ModelError) else None
    return error.fault is AdapterFault.BREAKER_OPEN or kind in OF_THE_ROUTE
