"""A connection is subscribed to what is wanted, in bounded bursts, and again where a subscription fell silent."""

from collections import Counter

from apps.market.adapters.hyperliquid.subscriptions import MESSAGES_AT_ONCE, Subscriptions

COINS = [f"C{number}" for number in range(200)]


def test_every_coin_is_subscribed_to_three_channels_once() -> None:
    subscriptions = Subscriptions()
    first = subscriptions.changes(["BTC", "ETH"], at=0.0).messages
    assert [(m["method"], m["subscription"]["type"], m["subscription"]["coin"]) for m in first] == [
        ("subscribe", kind, coin)
        for kind in ("candle", "activeAssetCtx", "l2Book")
        for coin in ("BTC", "ETH")
    ]
    assert first[0]["subscription"]["interval"] == "1m"
    assert subscriptions.changes(["BTC", "ETH"], at=1.0).messages == []


def test_a_large_universe_is_subscribed_to_in_bursts_below_the_venues_limit() -> None:
    subscriptions = Subscriptions()
    bursts = [len(subscriptions.changes(COINS, at=float(second)).messages) for second in range(60)]
    assert max(bursts) <= MESSAGES_AT_ONCE
    assert sum(bursts) == 3 * len(COINS)
    assert 60 * MESSAGES_AT_ONCE < 2_000


def test_a_coin_that_is_not_followed_any_more_is_unsubscribed() -> None:
    subscriptions = Subscriptions()
    subscriptions.changes(["BTC", "ETH"], at=0.0)
    messages = subscriptions.changes(["BTC"], at=1.0).messages
    assert Counter((m["method"], m["subscription"]["coin"]) for m in messages) == {("unsubscribe", "ETH"): 3}
    assert subscriptions.changes(["BTC"], at=2.0).messages == []


def test_d16_a_silent_subscription_is_made_again_while_the_others_speak() -> None:
    subscriptions = Subscriptions()
    subscriptions.changes(["BTC", "ETH"], at=0.0)
    for second in range(60):
        for kind, coin in [
            ("candle", "BTC"),
            ("activeAssetCtx", "BTC"),
            ("l2Book", "BTC"),
            ("l2Book", "ETH"),
        ]:
            subscriptions.heard(kind, coin, float(second))
    assert subscriptions.changes(["BTC", "ETH"], at=59.0).messages == []
    changes = subscriptions.changes(["BTC", "ETH"], at=60.0)
    assert [(m["method"], m["subscription"]["type"]) for m in changes.messages] == [
        ("unsubscribe", "candle"),
        ("subscribe", "candle"),
        ("unsubscribe", "activeAssetCtx"),
        ("subscribe", "activeAssetCtx"),
    ]
    assert changes.interrupted == ["ETH"]
    assert subscriptions.changes(["BTC", "ETH"], at=61.0).messages == []
