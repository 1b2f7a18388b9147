"""The operator's lists of capital figures open with every kind of row in them, and change nothing."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from apps.market.models import CapitalPoint, CapitalRejection
from apps.market.services.capital_ledger import store
from apps.market.types import CapitalMetric, CapitalTick, Channel, SubjectKind
from tests.market.places import START

pytestmark = pytest.mark.django_db
TICK = CapitalTick(CapitalMetric.TVL, SubjectKind.CHAIN, "Ethereum", START, 5_250_000_000_000_000, True)


def test_figures_and_rejections_are_listed_and_cannot_be_changed(client: Client) -> None:
    client.force_login(get_user_model().objects.create(username="boss", is_staff=True, is_superuser=True))
    readings = (TICK, TICK._replace(value_micros=5_300_000_000_000_000), TICK._replace(value_micros=None))
    for minute, tick in enumerate(readings):
        store([tick], source="defillama", channel=Channel.CAPITAL_BASE, now=START + timedelta(minutes=minute))
    assert (CapitalPoint.objects.count(), CapitalRejection.objects.count()) == (2, 1)
    for model in ("capitalpoint", "capitalrejection"):
        page = client.get(reverse(f"admin:market_{model}_changelist"))
        assert page.status_code == 200
        assert "Ethereum" in page.content.decode()
        assert client.get(reverse(f"admin:market_{model}_add")).status_code == 403
    point = CapitalPoint.objects.latest("revision")
    address = reverse("admin:market_capitalpoint_change", args=[point.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"value_micros": 1}).status_code == 403
    point.refresh_from_db()
    assert point.value_micros == 5_300_000_000_000_000
