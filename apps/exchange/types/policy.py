"""Execution rules that are pinned on an account."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from apps.exchange.rounding import MAX_MICROS, RATE_SCALE

_RATES = ("taker_fee_rate_e10",)
_POSITIVE = ("impact_depth_micros", "max_leverage", "max_open_positions", "max_account_leverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Execution rules pinned on an account. Nothing outside `allowed_symbols` may be opened.

    Fees are the venue's tiers by fourteen-day volume, never above `taker_fee_rate_e10`; with `has_fee_tiers` off
    that rate always. Without a book the fill price is mid moved against the trader by `half_spread_rate_e10` plus
    `impact_rate_e10 * exposure / impact_depth_micros`, averaged over the exposure the order moves through.
    `max_account_leverage` bounds gross exposure by equity; net exposure is longs less shorts.
    """

    version: str = "policy-2"
    allowed_symbols: tuple[str, ...] = ()
    taker_fee_rate_e10: int = 4_500_000
    has_fee_tiers: bool = True
    max_leverage: int = 20
    max_position_micros: int = 50_000_000_000
    max_exposure_micros: int = 100_000_000_000
    max_net_exposure_micros: int = 100_000_000_000
    max_account_leverage: int = 20
    max_open_positions: int = 50
    min_notional_micros: int = 10_000_000
    max_price_age_ms: int = 15_000
    max_price_deviation_bps: int = 500
    max_slippage_bps: int = 1_000
    max_actions_per_window: int = 60
    window_ms: int = 3_600_000
    cooldown_ms: int = 0
    max_drawdown_bps: int = 5_000
    half_spread_rate_e10: int = 1_000_000
    impact_rate_e10: int = 10_000_000
    impact_depth_micros: int = 1_000_000_000_000

    def to_document(self) -> dict[str, object]:
        """Return the policy as plain JSON: strings, integers, booleans and one list of symbols."""
        document: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        document["allowed_symbols"] = list(self.allowed_symbols)
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> "Policy":
        """Build a policy from `to_document` output; missing fields take their defaults.

        Raises ValueError on an unknown field, a wrong type, a negative number or one beyond MAX_MICROS, a fee that
        is zero or above the notional, or a zero where the rule would mean nothing.
        """
        known = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in document.items():
            if name not in known:
                raise ValueError(f"policy has no field {name!r}")
            values[name] = _policy_value(name, value)
        policy = cls(**values)
        for name in (*_POSITIVE, *_RATES):
            least, most = bounds(name)
            if not least <= getattr(policy, name) <= most:
                raise ValueError(f"policy field {name!r} must be from {least} to {most}")
        return policy


def bounds(name: str) -> tuple[int, int]:
    """Return the least and the greatest value that `from_document` takes for a number of the policy."""
    return (1 if name in _POSITIVE or name in _RATES else 0), (RATE_SCALE if name in _RATES else MAX_MICROS)


def _policy_value(name: str, value: object) -> object:
    if name == "version":
        if isinstance(value, str) and value:
            return value
        raise ValueError("policy field 'version' must be a string")
    if name == "allowed_symbols":
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ValueError("policy field 'allowed_symbols' must be a list of strings")
    if name == "has_fee_tiers":
        if isinstance(value, bool):
            return value
        raise ValueError("policy field 'has_fee_tiers' must be true or false")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_MICROS:
        raise ValueError(f"policy field {name!r} must be an integer from zero to {MAX_MICROS}")
    return value
