"""An operator's look at models in a real browser: a route in trouble, budgets, faults, and stopping everything."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from apps.decisions.engine.routes import Usage
from apps.decisions.models import ModelHalt
from apps.decisions.services import model_calls
from apps.decisions.types import CallFault, CallStatus
from apps.operations import clock
from tests.decisions.models.world import route
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough password"


def call(user: str, status: CallStatus, usage: Usage, fault: str = "", detail: str = "") -> None:
    now = clock.real_now()
    claim = model_calls.Claim(user, None)
    one = route(provider="openai", model="gpt-small-2026")
    made = model_calls.begin_call(
        claim, one, request=b"x" * 9_000, is_repair=False, timeout_s=1, real_now=now
    )
    cost = one.cost_micros(usage)
    ending = model_calls.Ending(
        status, cost_micros=cost, ended_at=clock.real_now(), usage=usage, fault=fault, detail=detail
    )
    model_calls.end_call(made, ending)


def test_an_operator_sees_what_models_cost_and_stops_them(visitor: Visitor, settings: Any) -> None:
    settings.DECISION_MODELS = {
        "light": (
            route(provider="openai", model="gpt-small-2026"),
            route(provider="fallback", model="open-70b"),
        ),
        "frontier": (route(provider="openai", model="gpt-large-2026", price_in=9_000_000),),
    }
    settings.DECISION_BUDGETS = {"run": 10**6, "user_day": 10**6, "day": 10**6, "all_time": 0}
    get_user_model().objects.create_superuser("boss", "", PASSWORD)
    for number in range(6):
        call(f"usr_{number % 2}", CallStatus.TAKEN, Usage(6_000, 4_608, 150))
    call("usr_0", CallStatus.FAILED, Usage(), CallFault.TIMEOUT.value, "No answer in 20 s.")
    call("usr_1", CallStatus.REFUSED, Usage(6_000, 0, 90), detail="the answer is not one JSON object")
    page = visitor.page
    visitor.go("/admin/login/?next=/admin/models/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".dk")
    assert page.get_by_role("heading", name="Models may be asked").is_visible()
    assert page.locator(".dk-card", has_text="Prompt cache").get_by_text("65.82%").is_visible()
    assert page.locator(".dk-table tbody tr", has_text="gpt-large-2026").count() == 1
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    page.get_by_role("button", name="Stop models").click()
    page.locator("#id_over").select_option("EVERYTHING")
    page.get_by_label("Reason").fill("It answers in riddles")
    page.get_by_label("Type what it is over").fill("EVERYTHING")
    page.locator("#modal-content").get_by_role("button", name="Stop models").click()
    page.wait_for_selector("text=1 kill switch stops models")
    assert ModelHalt.objects.get().reason == "It answers in riddles"
    for width in (NARROW, WIDE):
        visitor.see(width=width)
    assert visitor.faults == [] and visitor.strangers == []
