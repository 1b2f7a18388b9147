"""The questions asked of DefiLlama's free API, one method each, at most one a second."""

import time
from collections.abc import Callable
from urllib.parse import quote

import httpx2

from apps.core import breaker, limits
from apps.core.errors import AdapterError, AdapterFault
from apps.core.http import Client

RATE = "1/second"
"""No quota is published for the free API (api-docs, 2026-09): one request a second is our own restraint."""
PATIENCE_SECONDS = 30
MAX_BYTES = 12_000_000
WITHOUT_CHARTS = {"excludeTotalDataChart": "true", "excludeTotalDataChartBreakdown": "true"}


class LlamaClient:
    """Asks both hosts; every method returns the JSON body or raises AdapterError.

    `sleep` waits for the next free second of this machine (of all its processes where they share a counter).
    """

    def __init__(
        self,
        base_url: str,
        stablecoins_url: str,
        *,
        timeout_seconds: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Prepare a client; nothing is sent yet."""
        self._api, self._stablecoins = (
            Client(url, timeout=timeout_seconds, deadline=60, max_bytes=MAX_BYTES, transport=transport)
            for url in (base_url, stablecoins_url)
        )
        self._sleep = sleep

    def _ask(self, host: Client, path: str, params: dict[str, str | int] | None = None) -> object:
        def call() -> object:
            self._wait_for_turn()
            return host.get_json(path, params=params)

        return breaker.guarded("DefiLlama", call)

    def _wait_for_turn(self) -> None:
        for _ in range(PATIENCE_SECONDS):
            try:
                limits.take("defillama", "requests", rate=RATE)
            except limits.RateLimited as busy:
                self._sleep(busy.retry_after)
            else:
                return
        raise AdapterError(
            f"DefiLlama: no free second in {PATIENCE_SECONDS}",
            transient=True,
            fault=AdapterFault.BUDGET_SPENT,
        )

    def chains(self) -> object:
        """Ask for every chain's value locked now."""
        return self._ask(self._api, "/v2/chains")

    def tvl_chart(self, chain: str | None = None) -> object:
        """Ask for the daily value locked of one chain, or of all."""
        return self._ask(self._api, "/v2/historicalChainTvl" + _below(chain))

    def protocol_tvl(self, slug: str) -> object:
        """Ask for one protocol's value locked now: a bare number."""
        return self._ask(self._api, "/tvl" + _below(slug))

    def protocol(self, slug: str) -> object:
        """Ask for one protocol with its daily value locked; several megabytes for a large one."""
        return self._ask(self._api, "/protocol" + _below(slug))

    def overview(self, kind: str, *, chain: str | None = None, data_type: str = "") -> object:
        """Ask for the totals of `dexs`, `fees` or `open-interest`, of one chain or of all; never with charts."""
        params = WITHOUT_CHARTS | ({"dataType": data_type} if data_type else {})
        return self._ask(self._api, f"/overview/{kind}" + _below(chain), {**params})

    def stablecoins(self) -> object:
        """Ask for every stablecoin's supply now."""
        return self._ask(self._stablecoins, "/stablecoins", {"includePrices": "false"})

    def stablecoin_chains(self) -> object:
        """Ask for every chain's stablecoin supply now."""
        return self._ask(self._stablecoins, "/stablecoinchains")

    def stablecoin_chart(self, chain: str | None = None) -> object:
        """Ask for the daily stablecoin supply of one chain, or of all."""
        return self._ask(self._stablecoins, "/stablecoincharts" + _below(chain or "all"))


def _below(name: str | None) -> str:
    return f"/{quote(name, safe='')}" if name else ""
