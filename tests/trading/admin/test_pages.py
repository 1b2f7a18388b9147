"""Every trading page of the console opens, and shows what happened."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apps.trading import models
from apps.trading.services import execution, halts, marking
from tests.trading import world

pytestmark = pytest.mark.django_db

PAGES = [model for model in admin.site._registry if model._meta.app_label == "trading"]


@pytest.fixture
def operator() -> Client:
    """A signed-in superuser, in a console with one busy account."""
    world.put_quote(dollars=100)
    account = world.make_account()
    world.propose_action(account)
    world.propose_action(account, leverage=500)
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    held = {"asset": world.make_asset(), "symbol": "BTC"}
    models.TriggerOrder.objects.create(
        account=account, kind="stop", side=1, price_micros=90 * world.DOLLAR, set_at=world.NOW, **held
    )
    models.PriceOutage.objects.create(code="PRICE_STALE", began_at=world.NOW, **held)
    halts.set_halt(scope="asset", symbol="BTC", mode="halted", reason="test", by=world.BY, now=world.NOW)
    models.DayRoot.objects.create(
        date=world.NOW.date(), leaves="[]", leaves_count=0, root="0" * 64, made_at=world.NOW
    )
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("op", "op@example.test", "pw"))
    return client


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_list_and_detail_open(model: type[Model], operator: Client) -> None:
    meta = model._meta
    listed = operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
    assert listed.status_code == 200
    row = model._default_manager.first()
    assert row is not None
    detail = operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]))
    assert detail.status_code == 200


def test_all_aggregates_have_a_page() -> None:
    shown = {model.__name__ for model in PAGES}
    assert shown == set(models.__all__) - {"ExecutionCursor"}
