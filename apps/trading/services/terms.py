"""Pinning what the kernel was given: instruments as they were used, and the prices of a mark."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.tables import Table, ask, marks
from apps.exchange.types import Instrument, MarginTier, Quote
from apps.trading.models import InstrumentTerms, MarkSet, PolicySnapshot, PropAccount

_TERMS = Table(InstrumentTerms)


def terms_document(instrument: Instrument) -> dict[str, Any]:
    """The instrument as plain JSON, the inverse of `instrument_of`."""
    document = asdict(instrument)
    document["tiers"] = [[tier.lower_bound_micros, tier.max_leverage] for tier in instrument.tiers]
    return document


def instrument_of(document: Mapping[str, Any]) -> Instrument:
    """The instrument that `terms_document` wrote down."""
    tiers = tuple(MarginTier(bound, leverage) for bound, leverage in document["tiers"])
    return Instrument(**{**document, "tiers": tiers})


@lru_cache(maxsize=4096)
def digest_of(instrument: Instrument) -> str:
    """The SHA-256 that names the instrument's terms."""
    return sha256_hex(dumps_canonical(terms_document(instrument)))


def pin_terms(instruments: Iterable[Instrument], *, now: datetime) -> dict[str, int]:
    """The keys of the instruments' terms by symbol; terms not seen before are written down."""
    named = {each.symbol: each for each in instruments}
    digests = {symbol: digest_of(each) for symbol, each in named.items()}
    known = _known(digests.values())
    missing = [
        InstrumentTerms(symbol=symbol, digest=digest, document=terms_document(named[symbol]), at=now)
        for symbol, digest in sorted(digests.items())
        if digest not in known
    ]
    if missing:
        InstrumentTerms.objects.bulk_create(missing, ignore_conflicts=True)
        known = _known(digests.values())
    return {symbol: known[digest] for symbol, digest in digests.items()}


def pin_marks(
    quotes: Mapping[str, Quote], instruments: Mapping[str, Instrument], *, now: datetime
) -> MarkSet:
    """The mark set of these quotes at `now`, written down where it is new. Every quote needs its instrument."""
    keys = pin_terms([instruments[symbol] for symbol in quotes], now=now)
    marks = {
        symbol: [quote.mark_micros, quote.reference, keys[symbol]] for symbol, quote in sorted(quotes.items())
    }
    digest = sha256_hex(dumps_canonical(marks))
    found = MarkSet.objects.filter(at=now, digest=digest).first()
    if found is not None:
        return found
    MarkSet.objects.bulk_create([MarkSet(at=now, digest=digest, marks=marks)], ignore_conflicts=True)
    return MarkSet.objects.get(at=now, digest=digest)


def pin_policy(*, account: PropAccount, reason: str, now: datetime) -> PolicySnapshot:
    """Write down the policy that the account has from now on, under its `policy_sequence`."""
    return PolicySnapshot.objects.create(
        account=account,
        sequence=account.policy_sequence,
        document=account.policy,
        digest=sha256_hex(dumps_canonical(account.policy)),
        reason=reason[:500],
        at=now,
    )


def _known(digests: Iterable[str]) -> dict[str, int]:
    wanted = list(digests)
    if not wanted:
        return {}
    return dict(ask(f"SELECT digest, id FROM {_TERMS.name} WHERE digest IN ({marks(wanted)})", wanted))
