"""DefiLlama's answers: exact digits, recorded bodies, restraint, and thousands of wrong bodies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from apps.core import breaker, json_strict, limits
from apps.core.errors import AdapterError, DomainError
from apps.market.adapters.defillama import client as wire
from apps.market.adapters.defillama import parse
from apps.market.adapters.defillama.client import LlamaClient
from apps.market.models import CapitalPoint
from apps.market.services.capital_ledger import store
from apps.market.types import CapitalMetric, CapitalTick, Channel, SubjectKind
from tests.market.llama import CHAINS, Clock, Llama
from tests.market.mutations import amount, mutations
from tests.market.places import recorded

AT = datetime(2026, 11, 21, 14, 35, tzinfo=UTC)
LIKE = CapitalTick(CapitalMetric.TVL, SubjectKind.PROTOCOL, "save", AT, None, False)
SINCE = AT - timedelta(days=90)


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (5003454630.6, 5_003_454_630_600_000),
        (0.1 + 0.2, 300_000),
        (2246279745.26495, 2_246_279_745_264_950),
        (5_647_944_308, 5_647_944_308_000_000),
        (1e22, 10**28),
        (5e-7, 0),
        (1.5e-6, 2),
        (-0.0, 0),
        (-1.25, -1_250_000),
        (None, None),
    ],
)
def test_dollars_are_the_digits_that_were_sent(value: Any, micros: int | None) -> None:
    assert parse.usd(value, "tvl") == micros


@pytest.mark.parametrize("value", ["5003454630.6", True, [], {}, "", "NaN"])
def test_what_is_not_a_number_is_refused(value: Any) -> None:
    with pytest.raises(AdapterError, match="not a number") as caught:
        parse.usd(value, "tvl")
    assert caught.value.fault == "SCHEMA_DRIFT"


def test_dates_are_seconds_as_number_or_text() -> None:
    assert parse.seconds(1_788_307_200) == parse.seconds("1788307200") == datetime(2026, 9, 2, tzinfo=UTC)
    for wrong in (
        1_788_307_200_000,
        "1788307200.0",
        "١٧٨٨٣٠٧٢٠٠",
        -1,
        0,
        None,
        True,
        1.5,
        "2026-09-02",
        "9" * 5_000,
    ):
        with pytest.raises(AdapterError):
            parse.seconds(wrong)


def test_the_last_point_of_today_is_provisional_and_stands_at_its_day() -> None:
    midnight = AT.replace(hour=0, minute=0)
    points = [(midnight - timedelta(days=1), 5), (midnight, 6), (AT, 7)]
    body = [{"date": int(at.timestamp()), "tvl": value} for at, value in points]
    ticks = parse.tvl_chart(body, like=LIKE, since=SINCE)
    found = [(tick.at, tick.value_micros, tick.is_provisional) for tick in ticks]
    assert found == [(midnight - timedelta(days=1), 5_000_000, False), (midnight, 7_000_000, True)]


@pytest.mark.recorded
@pytest.mark.parametrize("name", ["drift-trade", "etherfuse", "kamino-lend", "save"])
def test_recorded_protocols_parse_whole(name: str) -> None:
    body = json_strict.loads(recorded(f"defillama/{name}.json").read_bytes(), max_bytes=wire.MAX_BYTES)
    last = parse.seconds(body["tvl"][-1]["date"])
    like = LIKE._replace(subject=name, at=last)
    ticks = parse.protocol_chart(body, like=like, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(ticks) >= len({parse.day_of(parse.seconds(point["date"])) for point in body["tvl"]})
    assert [tick.is_provisional for tick in ticks[-2:]] == [False, True]
    assert ticks[-1].value_micros == body["tvl"][-1]["totalLiquidityUSD"] * 1_000_000
    assert all(tick.at.hour == 0 for tick in ticks)


def client_of(body: bytes, *, sleep: Callable[[float], None] = lambda wait: limits.forget()) -> LlamaClient:
    answer = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body))
    return LlamaClient("http://llama/secret-key/api", "http://coins", sleep=sleep, transport=answer)


def test_two_questions_wait_for_two_seconds_and_patience_ends() -> None:
    waits: list[float] = []

    def sleep(wait: float) -> None:
        waits.append(wait)
        if len(waits) == 1:
            limits.forget()

    client = client_of(b"[]", sleep=sleep)
    client.chains()
    assert waits == []
    client.chains()
    assert waits == [1]
    with pytest.raises(AdapterError) as caught:
        client.chains()
    assert (caught.value.fault, caught.value.transient) == ("BUDGET_SPENT", True)


def test_a_body_beyond_the_cap_is_refused_and_no_error_tells_the_address() -> None:
    breaker.forget("DefiLlama")
    with pytest.raises(AdapterError, match="more than 12000000 bytes") as caught:
        client_of(b" " * (wire.MAX_BYTES + 1)).chains()
    assert "secret-key" not in str(caught.value)

    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route", request=request)

    client = LlamaClient("http://llama/secret-key", "http://coins", transport=httpx2.MockTransport(refuse))
    with pytest.raises(AdapterError, match="ConnectError") as caught:
        client.chains()
    assert "secret-key" not in str(caught.value)
    breaker.forget("DefiLlama")


def bodies() -> list[tuple[str, Any, Callable[[Any], list[CapitalTick]]]]:
    """An answer of each kind with the reader of it; the protocol's is the recorded one."""
    llama = Llama(Clock())

    def of(target: str) -> Any:
        return json_strict.loads(llama.answer(target)[1])

    chart = LIKE._replace(kind=SubjectKind.GLOBAL, subject="all")
    save = json_strict.loads(recorded("defillama/save.json").read_bytes(), max_bytes=wire.MAX_BYTES)
    last = LIKE._replace(at=parse.seconds(save["tvl"][-1]["date"]))
    overview = "/overview/fees?excludeTotalDataChart=true&excludeTotalDataChartBreakdown=true"
    protocol = {**save, "tvl": save["tvl"][-60:]}
    return [
        ("chart", of("/v2/historicalChainTvl"), lambda body: parse.tvl_chart(body, like=chart, since=SINCE)),
        ("chains", of("/v2/chains"), lambda body: parse.chains(body, names=CHAINS, at=AT)),
        (
            "protocol",
            protocol,
            lambda body: parse.protocol_chart(body, like=last, since=last.at - timedelta(days=90)),
        ),
        ("tvl", of("/tvl/save"), lambda body: parse.protocol_tvl(body, slug="save", at=AT)),
        ("coins", of("/stablecoins"), lambda body: parse.stablecoins(body, symbols=["USDT", "USDC"], at=AT)),
        (
            "coin chains",
            of("/stablecoinchains"),
            lambda body: parse.stablecoin_chains(body, names=CHAINS, at=AT),
        ),
        (
            "coin chart",
            of("/stablecoincharts/all"),
            lambda body: parse.stablecoin_chart(body, like=chart, since=SINCE),
        ),
        ("overview", of(overview), _overview),
    ]


def _overview(body: Any) -> list[CapitalTick]:
    parse.overview_chains(body)
    kind, metric = SubjectKind.GLOBAL, CapitalMetric.FEES_24H
    return parse.overview(body, metric=metric, kind=kind, subject="all", at=AT)


@pytest.mark.recorded
@pytest.mark.django_db
def test_no_wrong_body_raises_anything_but_a_refusal_and_nothing_unsound_is_stored(
    pytestconfig: pytest.Config,
) -> None:
    kinds = bodies()
    read = refused = 0
    for seed, (name, right, reader) in enumerate(kinds):
        for label, data in mutations(right, seed=seed, count=-(-amount(pytestconfig) // len(kinds))):
            try:
                ticks = reader(json_strict.loads(data, max_bytes=wire.MAX_BYTES))
            except (AdapterError, DomainError):
                refused += 1
                continue
            read += 1
            assert all(type(tick.value_micros) in {int, type(None)} for tick in ticks), f"{name}: {label}"
            assert all(tick.at.utcoffset() == timedelta(0) for tick in ticks), f"{name}: {label}"
            if read % 5 == 0:
                store(
                    ticks, source="defillama", channel=Channel.CAPITAL_BASE, now=AT + timedelta(seconds=read)
                )
    assert min(read, refused) * 10 > amount(pytestconfig)
    points = CapitalPoint.objects.all()
    assert points.exists()
    assert all(0 <= point.value_micros < 2**63 and point.knowable_at >= AT for point in points)
    assert all(point.at <= AT for point in points)
