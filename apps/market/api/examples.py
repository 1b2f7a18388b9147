"""Examples of the market's routes for the API's document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

AT = "2026-03-01T12:00:00Z"
ASSET_ROW = {
    "symbol": "BTC",
    "category": "major",
    "isTracked": True,
    "isDelisted": False,
    "delistedAt": None,
    "venueIndex": 0,
    "unitsPerContract": 1,
    "sizeDecimals": 5,
    "maxLeverage": 40,
    "marginTiers": [
        {"lowerBound": "0.00", "maxLeverage": 40},
        {"lowerBound": "150000000.00", "maxLeverage": 20},
    ],
    "onlyIsolated": False,
    "marginMode": "",
    "source": "hyperliquid",
    "mark": "64997.00",
    "oracle": "65010.00",
    "mid": "64996.50",
    "fundingRate": "0.0000125",
    "priceAt": AT,
    "priceAgeMs": 1840,
    "isStale": False,
    "priceFault": "",
    "openInterest": "36591.72384",
    "dayNotional": "1947297768.61541",
    "previousDay": "64120.00",
}
CANDLE = {
    "openAt": "2026-03-01T11:55:00Z",
    "closeAt": AT,
    "open": "64950.00",
    "high": "65010.00",
    "low": "64940.00",
    "close": "64997.00",
    "volume": "12.5",
    "knowableAt": "2026-03-01T12:00:00.400000Z",
}
CONTEXT = {
    "at": AT,
    "openInterest": "36591.72384",
    "dayNotional": "1947297768.61541",
    "dayVolume": "29960.1",
    "previousDay": "64120.00",
    "premium": "-0.0004434847",
    "impactBid": "64996.00",
    "impactAsk": "64998.00",
    "knowableAt": "2026-03-01T12:00:00.400000Z",
}
FUNDING_ROW = {
    "hourAt": AT,
    "rate": "0.0000125",
    "premium": "-0.0001875303",
    "knowableAt": "2026-03-01T12:00:02Z",
}


def answered(name: str, value: Any) -> list[OpenApiExample]:
    """One example of a successful answer."""
    return [OpenApiExample(name, value=value, response_only=True, status_codes=["200"])]


ASSET = answered("Bitcoin", ASSET_ROW)
# A list's example is one of its items: the document puts it into the page.
ASSETS = answered("Bitcoin", ASSET_ROW)
BOOK = answered(
    "One level a side",
    {
        "symbol": "BTC",
        "at": AT,
        "reference": "book:812",
        "mid": "64996.50",
        "spread": "0.0000153854",
        "bids": [{"price": "64996.00", "size": "1.25", "sizeLots": 125000}],
        "asks": [{"price": "64997.00", "size": "0.8", "sizeLots": 80000}],
    },
)
CANDLES = answered("One candle, and more before it", {"items": [CANDLE], "nextBefore": CANDLE["openAt"]})
CONTEXTS = answered("All there is", {"items": [CONTEXT], "nextBefore": None})
FUNDING = answered("All there is", {"items": [FUNDING_ROW], "nextBefore": None})
PREDICTIONS = answered(
    "A market that ends soon",
    {
        "items": [
            {
                "marketId": "512345",
                "symbol": "BTC",
                "slug": "bitcoin-above-70k-on-march-2",
                "eventTitle": "Bitcoin above ___ on March 2?",
                "question": "Will the price of Bitcoin be above $70,000 on March 2?",
                "outcomes": [
                    {"label": "Yes", "probability": "0.085"},
                    {"label": "No", "probability": "0.915"},
                ],
                "bestBid": "0.08",
                "bestAsk": "0.09",
                "last": "0.085",
                "liquidity": "48211.50",
                "volume24h": "120400.00",
                "status": "open",
                "endsAt": "2026-03-02T17:00:00Z",
                "method": "name",
                "confidence": "0.8",
                "source": "polymarket",
                "knowableAt": AT,
            }
        ],
        "nextCursor": "50",
    },
)
FEATURES = answered(
    "Enough candles for everything",
    {
        "symbol": "BTC",
        "interval": "5m",
        "closedAt": AT,
        "candlesCount": 200,
        "missingCount": 0,
        "indicators": {
            "rsi14": "48.21",
            "sma20": "64980.25",
            "ema20": "64975.10",
            "bollingerUpper": "65120.00",
            "bollingerLower": "64840.50",
            "macd": "-12.4",
            "macdSignal": "-9.1",
            "macdHistogram": "-3.3",
        },
        "volatility": {
            "realised20": "0.001204",
            "realised100": "0.001533",
            "annualised20": "0.3905",
            "parkinson20": "0.00118",
            "atr14": "62.5",
        },
        "liquidity": {
            "mid": "64996.50",
            "spread": "0.000015",
            "depths": [{"within": "0.001", "bids": "1200000.00", "asks": "990000.00", "isWhole": True}],
            "imbalance": "0.0959",
            "costs": [{"notional": "10000.00", "buy": "0.31", "sell": "0.30"}],
            "knowableAt": AT,
        },
        "positioning": {
            "openInterest": "36591.72384",
            "openInterestChange1h": "0.0021",
            "openInterestChange24h": "-0.0140",
            "turnover": "0.8188",
            "premium": "-0.0004434847",
            "funding": "0.0000125",
            "funding8h": "0.0000131",
            "funding24h": "0.0000119",
            "fundingDeviations": "0.42",
            "knowableAt": AT,
        },
        "knowableAt": AT,
    },
)
CAPITAL_FIGURE = {
    "channel": "capital_base",
    "metric": "tvl",
    "kind": "global",
    "subject": "all",
    "at": "2026-03-01T00:00:00Z",
    "value": "112400000000.00",
    "change1d": "900000000.00",
    "change7d": "-2100000000.00",
    "change1dShare": "0.008",
    "change7dShare": "-0.0183",
    "isProvisional": True,
    "revision": 3,
    "source": "defillama",
    "knowableAt": AT,
}
CAPITAL = answered("All that is locked", {"items": [CAPITAL_FIGURE], "nextCursor": None})
CAPITAL_SERIES = answered(
    "One day",
    {
        "metric": "tvl",
        "kind": "global",
        "subject": "all",
        "items": [
            {
                "at": "2026-03-01T00:00:00Z",
                "value": "112400000000.00",
                "isProvisional": True,
                "revision": 3,
                "knowableAt": AT,
            }
        ],
    },
)
