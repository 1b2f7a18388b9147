"""The operator's pages of prediction markets: any text is shown as text."""

from html import escape

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from apps.market.models import PredictionMarket, PredictionSnapshot
from tests.market.gamma import event, market
from tests.market.services.predictions.world import NOW, TOMORROW
from tests.market.stored_predictions import store

HOSTILE = 'Bitcoin <script>alert("1")</script> [x](javascript:alert(1)) \u202e {{ settings }} & <img src=x>'


@pytest.fixture
def console(db: None, client: Client) -> Client:
    client.force_login(get_user_model().objects.create(username="boss", is_staff=True, is_superuser=True))
    row = market(1, HOSTILE, ends_at=TOMORROW, description=HOSTILE, slug="<b>slug</b>")
    store([event(1, HOSTILE, [row], slug="<i>slug</i>")], at=NOW)
    return client


def test_d12_lists_and_pages_escape_what_markets_say(console: Client) -> None:
    key, state = PredictionMarket.objects.get().pk, PredictionSnapshot.objects.get().pk
    names = ("predictionmarket", "predictionevent", "predictionsnapshot", "predictionlink")
    addresses = [reverse(f"admin:market_{name}_changelist") for name in names]
    pages = [
        *addresses,
        reverse("admin:market_predictionsnapshot_change", args=[state]),
        reverse("admin:market_predictionmarket_change", args=[key]),
    ]
    texts = [console.get(address).content.decode() for address in pages]
    assert all("<script>alert(" not in text and "<b>slug</b>" not in text for text in texts)
    assert escape(HOSTILE) in texts[0], "the question is there, as text"
    assert texts[-1].count(escape(HOSTILE)) >= 2, "and so are question and description on its own page"


def test_the_list_asks_no_more_for_more_markets(
    console: Client, django_assert_max_num_queries: object
) -> None:
    rows = [market(number, "Bitcoin?", ends_at=TOMORROW) for number in range(2, 40)]
    store([event(2, "Bitcoin", rows)], at=NOW)
    address = reverse("admin:market_predictionmarket_changelist")
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert console.get(address).status_code == 200
