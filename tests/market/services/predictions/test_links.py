"""What a market is about: true and false cases, each with its method and confidence."""

from datetime import UTC, datetime

import pytest

from apps.market.services.predictions.links import Linker
from apps.market.types import EventTick, LinkMethod, PredictionStatus, PredictionTick

COINS = (
    "BTC ETH SOL XRP DOGE ADA AVAX LINK NEAR UNI TON APT OP BCH ETC BNB HYPE TRX SUI S SPX MKR CRV ARB DOT ATOM "
    "TRUMP PUMP ME IP GAS MEGA ZEC LTC AAVE POL"
)
REGISTRY = COINS.split()
LINKER = Linker([*((symbol, 1) for symbol in REGISTRY), ("kPEPE", 1_000), ("kBONK", 1_000)])
SOURCE, SERIES, NAME, TICKER = (
    LinkMethod.RESOLUTION_SOURCE,
    LinkMethod.SERIES,
    LinkMethod.NAME,
    LinkMethod.TICKER,
)


def tick(question: str = "Will it happen?", **says: str) -> PredictionTick:
    """A market that says so."""
    event = EventTick(
        event_id="1",
        slug=says.get("event_slug", ""),
        title=says.get("title", ""),
        tags=("crypto",),
        starts_at=None,
        ends_at=None,
        series=(says["series"],) if "series" in says else (),
    )
    return PredictionTick(
        market_id="1",
        condition_id="",
        slug=says.get("slug", ""),
        question=question,
        description=says.get("description", ""),
        resolution_source=says.get("source", ""),
        outcomes=(),
        prices_e6=(),
        best_bid_e6=None,
        best_ask_e6=None,
        last_e6=None,
        liquidity_micros=None,
        volume_micros=None,
        volume_24h_micros=None,
        status=PredictionStatus.OPEN,
        ends_at=datetime(2026, 3, 12, tzinfo=UTC),
        event=event,
    )


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"source": "https://data.chain.link/streams/btc-usd"}, {"BTC": (SOURCE, 9_900)}),
        ({"source": "https://www.binance.com/en/trade/ETH_USDT"}, {"ETH": (SOURCE, 9_900)}),
        ({"source": "https://data.chain.link/feeds/ethereum/mainnet/link-usd"}, {"LINK": (SOURCE, 9_900)}),
        ({"source": "https://www.binance.com/en/trade/PEPE_USDT"}, {"kPEPE": (SOURCE, 9_900)}),
        (
            {"description": "The source is https://data.chain.link/streams/near-usd, not others."},
            {"NEAR": (SOURCE, 9_500)},
        ),
        (
            {"description": "binance.com/en/trade/BTC_USDT against binance.com/en/trade/ETH_USDT"},
            {},
        ),
        ({"series": "btc-up-or-down-5m"}, {"BTC": (SERIES, 9_000)}),
        ({"series": "solana-multi-strikes-weekly"}, {"SOL": (SERIES, 9_000)}),
        ({"event_slug": "bitcoin-cash-above-on-march-13"}, {"BCH": (SERIES, 9_000)}),
        ({"event_slug": "what-price-will-ethereum-hit-in-march"}, {"ETH": (SERIES, 9_000)}),
        ({"slug": "link-updown-15m-1773307200"}, {"LINK": (SERIES, 9_000)}),
        ({"slug": "near-above-on-march-13"}, {}),
        ({"slug": "spx-up-or-down-daily"}, {}),
        ({"series": "gold-up-or-down-daily"}, {}),
    ],
)
def test_resolution_sources_and_series(
    says: dict[str, str], expected: dict[str, tuple[LinkMethod, int]]
) -> None:
    assert LINKER.links(tick(**says)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Will Bitcoin reach $150,000 in March?", {"BTC": NAME}),
        ("will bitcoin's price fall?", {"BTC": NAME}),
        ("Will Bitcoin Cash reach $800?", {"BCH": NAME}),
        ("Will Ethereum Classic reach $40?", {"ETC": NAME}),
        ("Will Ethereum flip Bitcoin in 2026?", {"ETH": NAME, "BTC": NAME}),
        ("MegaETH market cap above $2B?", {"MEGA": NAME}),
        ("Chainlink above $20?", {"LINK": NAME}),
        ("Toncoin above $5 on Friday?", {"TON": NAME}),
        ("Aptos or Uniswap: which first?", {"APT": NAME, "UNI": NAME}),
        ("Will NEAR Protocol reach $10?", {"NEAR": NAME}),
        ("BTC above 100k?", {"BTC": TICKER}),
        ("Will (SOL) hit 300?", {"SOL": TICKER}),
        ("Will $LINK hit 30?", {"LINK": TICKER}),
        ("Will $NEAR hit 10?", {"NEAR": TICKER}),
        ("APT/USDT above 9?", {"APT": TICKER}),
        ("UNIUSDT above 9?", {"UNI": TICKER}),
        ("Will $TRUMP close above $20?", {"TRUMP": TICKER}),
        ("Pump.fun airdrop by June?", {"PUMP": NAME}),
        ("Will Ripple's token price double?", {"XRP": NAME}),
        ("Avalanche above $50?", {"AVAX": NAME}),
        ("Will Pepe reach a $10B market cap?", {"kPEPE": NAME}),
        ("BNB all time high by June?", {"BNB": TICKER}),
        ("Will Hyperliquid list a new token?", {"HYPE": NAME}),
    ],
)
def test_questions_about_an_asset(question: str, expected: dict[str, LinkMethod]) -> None:
    found = LINKER.links(tick(question))
    assert {symbol: why.method for symbol, why in found.items()} == expected
    assert all(5_000 <= why.confidence_bps <= 9_900 for why in found.values())


@pytest.mark.parametrize(
    "question",
    [
        "Will prices stay NEAR all-time highs?",
        "Will it end near $100k?",
        "NEAR the end of March: new ETF?",
        "LINK in bio: will it be banned?",
        "Missing LINK found by June?",
        "Will the UNI of Oxford accept crypto?",
        "A TON of gold on chain?",
        "Is this an APT description?",
        "Will the OP return to the forum?",
        "Will Trump sign the crypto bill?",
        "Will the Colorado Avalanche win?",
        "Will the avalanche of ETF filings go on?",
        "Will Ripple go public?",
        "Is the curve of token prices steeper?",
        "Will a market maker lose a price war?",
        "Will SOLANGE perform?",
        "Is BTCS a buy?",
        "Will ETHOS list?",
        "Will Bitcoinist publish?",
        "Will \u0412itcoin reach $150,000?",
        "Will Bitcoin\u0430 reach $150,000?",
        "Will S&P 500 and SPX rise?",
        "Will GAS prices fall below $3?",
        "Tell ME: who is Satoshi?",
        "Will Stellar performance continue at any price?",
        "Will a METH lab be found?",
        "Pump and dump by Friday?",
    ],
)
def test_words_that_only_look_like_an_asset(question: str) -> None:
    assert LINKER.links(tick(question)) == {}


def test_the_title_of_the_event_is_weaker_than_the_question() -> None:
    assert LINKER.links(tick("Above $150,000?", title="What will Bitcoin hit?")) == {"BTC": (NAME, 7_500)}
    assert LINKER.links(tick("Bitcoin above $150,000?", title="What will Bitcoin hit?")) == {
        "BTC": (NAME, 8_500)
    }


def test_the_best_evidence_counts_and_only_registered_assets() -> None:
    found = LINKER.links(
        tick(
            "BTC or Monero: Bitcoin Up or Down?",
            slug="btc-updown-5m-1773307200",
            source="https://data.chain.link/streams/btc-usd",
        )
    )
    assert found == {"BTC": (SOURCE, 9_900)}
