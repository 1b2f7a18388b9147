"""Whole cycles on wrong answers of the venue: no defect of ours, no unsound row, and well again with the truth."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, Q

from apps.core import json_strict
from apps.core.errors import AdapterError, DomainError
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.models import Asset, AssetContext, BookSnapshot, Candle, FundingRate, IngestionRun, Quote
from apps.market.services import ingest, sources
from tests.market.mutations import amount, mutations
from tests.market.places import START
from tests.market.venue import Market

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Liar(InfoClient):
    """The venue in this process; while it `lies`, every answer is a wrong variant of the true one."""

    def __init__(self) -> None:
        self.at = START + timedelta(seconds=20)
        self.lies = False
        self.told = ""
        self._chance = random.Random(7)
        self._market = Market(seed=7, clock=lambda: self.at)
        self.source = HyperliquidSource(self, symbols=("BTC", "ETH"))

    def _ask(self, document: dict[str, object]) -> Any:
        truth = self._market.answer(document)[1]
        body = json.dumps(truth).encode()
        if self.lies:
            ((self.told, body),) = list(mutations(truth, seed=self._chance.randrange(10**9), count=2))[
                self._chance.random() > 0.2 :
            ][:1]
        try:
            return json_strict.loads(body, max_bytes=4_000_000)
        except DomainError as error:
            raise AdapterError(error.detail, transient=False) from None

    def cycle(self) -> Any:
        self.at += MINUTE
        return ingest.ingest_all(now=self.at, real_now=self.at, source=self.source)


def test_d21_wrong_answers_write_no_unsound_row_and_leave_no_trace_of_a_defect(
    pytestconfig: pytest.Config,
) -> None:
    sources.select(wanted="live", recording=None, seed=7, now=START, answers=lambda: True)
    venue = Liar()
    assert venue.cycle().failed == 0
    venue.lies = True
    for _ in range(amount(pytestconfig) // 25):
        venue.cycle()
        assert not IngestionRun.objects.filter(fault="INTERNAL").exists(), venue.told
    assert IngestionRun.objects.exclude(fault="").count() > 20
    shape = Q(low_micros__gt=F("open_micros")) | Q(high_micros__lt=F("close_micros")) | Q(low_micros__lte=0)
    assert not Candle.objects.filter(shape).exists()
    assert not Quote.objects.filter(Q(mark_micros__lte=0) | Q(at__gt=venue.at)).exists()
    assert not AssetContext.objects.filter(Q(open_interest_micros__lt=0) | Q(at__gt=venue.at)).exists()
    assert not FundingRate.objects.filter(Q(rate_e10__gt=400_000_000) | Q(hour_at__gt=venue.at)).exists()
    for book in BookSnapshot.objects.all():
        assert book.bids[0][0] < book.asks[0][0]
    venue.lies = False
    Asset.objects.update(is_delisted=False)
    venue.cycle()
    assert venue.cycle().failed == 0
