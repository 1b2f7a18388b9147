"""The policy in force as terms that people read."""

from datetime import timedelta
from typing import Any

from apps.exchange.types import Policy
from apps.web import formats


def policy(pinned: Any, *, is_private: bool) -> dict[str, Any] | None:
    """The pinned policy's limits, which one it is, and its digest; None where none was pinned.

    Why it was pinned is an operator's own words, which only `is_private` lets through.
    """
    if pinned is None:
        return None
    rules = Policy.from_document(pinned.document)
    window = f"{rules.max_actions_per_window:,} in {formats.span(timedelta(milliseconds=rules.window_ms))}"
    terms = [
        ("Assets", ", ".join(rules.allowed_symbols) or "none"),
        ("Leverage", f"at most {rules.max_leverage}×"),
        ("One position", formats.dollars(rules.max_position_micros, places=0)),
        ("Exposure", f"{formats.dollars(rules.max_exposure_micros, places=0)} gross"),
        ("Net exposure", formats.dollars(rules.max_net_exposure_micros, places=0)),
        ("Open positions", f"{rules.max_open_positions}"),
        ("Smallest order", formats.dollars(rules.min_notional_micros)),
        ("Actions", window),
        ("Age of a price", f"at most {formats.span(timedelta(milliseconds=rules.max_price_age_ms))}"),
        ("Drawdown that locks", formats.percent(rules.max_drawdown_bps, signed=False)),
        ("Taker fee", f"{formats.rate(rules.taker_fee_rate_e10, places=4).lstrip('+')} at most"),
    ]
    return {
        "terms": [{"label": label, "value": value} for label, value in terms],
        "sequence": pinned.sequence,
        "since": formats.moment(pinned.at),
        "reason": pinned.reason if is_private else "",
        "digest": pinned.digest,
    }
