"""Where a model is asked and at what price: routes as plain values, and what a call costs by them."""

from __future__ import annotations

from dataclasses import dataclass, replace

PER_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call as its provider counts them; the cached ones are among those that went in."""

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """One model at one provider: prices in micro-dollars for a million tokens, `temperature` as written.

    Models differ in the name of the bound on an answer's tokens (`limit_field`), and some take no temperature ("").
    `key_env` names the environment variable that holds the key; the key itself is in no value and no row.
    """

    provider: str
    model: str
    base_url: str
    key_env: str
    price_in: int
    price_out: int
    price_cached: int
    timeout_s: int
    max_tokens: int
    temperature: str
    limit_field: str = "max_completion_tokens"

    def parameters(self) -> dict[str, int | str]:
        """What a call is made with, as it is kept on record."""
        return {"max_tokens": self.max_tokens, "temperature": self.temperature}

    def cost_micros(self, usage: Usage) -> int:
        """What the tokens cost, rounded up to the micro-dollar."""
        fresh = max(0, usage.tokens_in - usage.tokens_cached)
        total = (
            fresh * self.price_in
            + usage.tokens_cached * self.price_cached
            + usage.tokens_out * self.price_out
        )
        return -(-total // PER_TOKENS)

    def most_micros(self, text_bytes: int) -> int:
        """What a call can cost at most: all that goes in at the dearer of its prices, and an answer as long as allowed.

        No tokenizer makes more tokens than there are bytes; of digits and rare scripts some make nearly as many.
        """
        fresh = Usage(tokens_in=text_bytes, tokens_out=self.max_tokens)
        return max(self.cost_micros(fresh), self.cost_micros(replace(fresh, tokens_cached=text_bytes)))
