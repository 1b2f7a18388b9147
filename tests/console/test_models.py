"""The page of models: who may look, what it says of money, routes, faults and switches, and what its dialogs do."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.core import breaker
from apps.core.errors import AdapterError
from apps.decisions.engine.routes import Usage
from apps.decisions.models import ModelCall, ModelHalt
from apps.decisions.services import model_calls, model_halts
from apps.decisions.services.model_rounds import breaker_name
from apps.decisions.types import CallFault, CallStatus
from apps.operations import clock
from apps.operations.models import AuditEvent
from apps.operations.types import Actor
from apps.users.models import User
from tests.decisions.models.world import USAGE, route

pytestmark = pytest.mark.django_db
PAGE = "/admin/models/"
BY = Actor.system("tests.console")


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create(username="boss", is_staff=True, is_superuser=True))
    return client


@pytest.fixture(autouse=True)
def two_routes(settings: Any) -> None:
    settings.DECISION_MODELS = {"light": (route(), route(provider="second", model="two"))}
    settings.DECISION_BUDGETS = {"run": 10**6, "user_day": 10**6, "day": 40_000, "all_time": 0}


def call(status: CallStatus, *, usage: Usage = USAGE, fault: str = "", detail: str = "") -> ModelCall:
    """A call of a dry run that ended so, half a second after it began."""
    now = clock.real_now()
    claim = model_calls.Claim("usr_one", None)
    made = model_calls.begin_call(
        claim, route(), request=b"x" * 300, is_repair=False, timeout_s=1, real_now=now
    )
    ending = model_calls.Ending(
        status,
        cost_micros=5_800,
        ended_at=now,
        usage=usage,
        fault=fault,
        detail=detail,
        text="the owner's words",
    )
    model_calls.end_call(made, ending)
    return made


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_it_stands_on_empty_tables_and_without_routes(boss: Client, settings: Any) -> None:
    assert "Models may be asked" in words(boss.get(PAGE))
    settings.DECISION_MODELS = {}
    shown = words(boss.get(PAGE))
    assert "No model is set up" in shown and "No model was asked today" in shown


def test_it_tells_money_cache_faults_and_calls(boss: Client) -> None:
    call(CallStatus.TAKEN)
    call(CallStatus.FAILED, usage=Usage(), fault=CallFault.TIMEOUT.value, detail="<script>alert(1)</script>")
    answer = boss.get(PAGE)
    cards = {card["title"]: (card["value"], card["note"]) for card in answer.context["cards"]}
    assert cards["Spent today"] == ("$0.011600", "of $0.040000") and cards["Calls today"] == (
        "2",
        "1 answered",
    )
    assert cards["Prompt cache"][0] == "33.33%" and cards["Faults today"][0] == "1"
    assert [row["code"] for row in answer.context["faults"]] == ["timeout"]
    first, second = answer.context["routes"]
    assert (first["calls"], first["cached"], second["calls"]) == ("2", "33.33%", "0")
    budgets = {row["name"]: (row["share"], row["calls"]) for row in answer.context["budgets"]}
    assert budgets == {"Today": (29, "2"), "All time": (0, "2"), "usr_one": (1, "2")}
    assert b"<script>alert(1)" not in answer.content and b"the owner's words" not in answer.content


def test_an_open_circuit_and_a_standing_switch_are_seen_at_once(boss: Client) -> None:
    def fail() -> None:
        raise AdapterError("down", transient=True, retry_after=30)

    with pytest.raises(AdapterError):
        breaker.guarded(breaker_name("first"), fail)
    assert "first is left in peace" in words(boss.get(PAGE))
    assert [row["is_open"] for row in boss.get(PAGE).context["routes"]] == [True, False]
    halt = model_halts.set_model_halt(scope="everything", reason="it raves", by=BY, now=clock.now())
    shown = words(boss.get(PAGE))
    assert "1 kill switch stops models" in shown and "it raves" in shown
    model_halts.lift_model_halt(halt=halt, reason="calm again", by=BY, now=clock.now())
    assert "calm again" in words(boss.get(PAGE))


def test_the_switch_is_set_and_lifted_with_a_reason_a_typed_word_and_a_record(boss: Client) -> None:
    (button,) = boss.get(PAGE).context["set"]
    wrong = {"_form_submitted": "1", "over": "first", "reason": "it raves", "confirmation": "second"}
    boss.post(button["url"], wrong)
    assert not ModelHalt.objects.exists()
    boss.post(button["url"], {**wrong, "confirmation": "first"})
    halt = ModelHalt.objects.get()
    assert (halt.scope, halt.name, halt.reason, halt.set_by) == ("provider", "first", "it raves", "boss")
    (standing,) = boss.get(PAGE).context["standing"]
    (lift,) = standing["acts"]
    boss.post(lift["url"], {"_form_submitted": "1", "reason": "calm again", "confirmation": str(halt.pk)})
    halt.refresh_from_db()
    assert halt.lifted_at and halt.lifted_reason == "calm again"
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"decisions.model-halt.set", "decisions.model-halt.lifted"} <= verbs


def test_only_who_may_look_sees_it_and_only_who_may_stop_is_offered_to(client: Client) -> None:
    staff = User.objects.create(username="clerk", is_staff=True)
    client.force_login(staff)
    assert client.get(PAGE).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_modelcall"))
    client.force_login(User.objects.get(pk=staff.pk))
    answer = client.get(PAGE)
    assert answer.status_code == 200 and answer.context["set"] == []


def test_what_was_said_is_not_shown_on_the_row_either(boss: Client) -> None:
    made = call(CallStatus.TAKEN)
    page = boss.get(f"/admin/decisions/modelcall/{made.pk}/change/")
    assert page.status_code == 200 and b"the owner" not in page.content
    assert boss.get("/admin/decisions/modelspend/").status_code == 200
    assert boss.get("/admin/decisions/modelhalt/").status_code == 200
