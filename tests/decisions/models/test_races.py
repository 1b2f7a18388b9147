"""Many workers on one budget, and a kill switch among them: PostgreSQL shows what SQLite hides."""

import threading

from django.db import transaction

from apps.decisions.models import ModelCall, ModelSpend
from apps.decisions.services import model_calls, model_halts, spend
from apps.operations import clock
from tests.contenders import RACE, crowd, together
from tests.decisions.models.world import route
from tests.decisions.world import BY, NOW

pytestmark = RACE
USERS = ("usr_a", "usr_b", "usr_c")


def begin(user):
    """Claim a call of a dry run; whether there was money."""
    claim = model_calls.Claim(user, None)
    try:
        return model_calls.begin_call(
            claim, route(), request=b"x" * 300, is_repair=False, timeout_s=1.0, real_now=clock.real_now()
        )
    except (spend.BudgetExceeded, model_calls.Halted):
        return None


def test_e15_a_crowd_that_asks_together_never_passes_a_budget(routes):
    one = route().most_micros(300)
    routes(day=10 * one + one // 2, user_day=6 * one)
    made = crowd(15, lambda number: begin(USERS[number % 3]))
    assert sum(call is not None for call in made) == 10 == ModelCall.objects.count()
    rows = dict(ModelSpend.objects.filter(date__isnull=False).values_list("key", "reserved_micros"))
    assert rows[""] == 10 * one == sum(rows[user] for user in USERS) and max(rows.values()) <= 10 * one


def test_e15_reservations_and_settlements_that_cross_leave_nothing_behind(routes):
    def live(number):
        call = begin(USERS[number % 3])
        ending = model_calls.Ending(model_calls.CallStatus.FAILED, cost_micros=7, ended_at=clock.real_now())
        return model_calls.end_call(call, ending)

    crowd(12, live)
    assert set(ModelSpend.objects.values_list("reserved_micros", flat=True)) == {0}
    assert ModelSpend.objects.get(date__isnull=True).spent_micros == 12 * 7


def test_no_call_begins_after_a_kill_switch_was_set(routes):
    begin("usr_a")
    holding, may_end = threading.Event(), threading.Event()

    def reserve_slowly():
        with transaction.atomic():
            spend.reserve(user="usr_a", amount_micros=1, real_now=clock.real_now())
            holding.set()
            may_end.wait(1)

    def halt():
        holding.wait(5)
        threading.Timer(0.3, may_end.set).start()
        model_halts.set_model_halt(scope="everything", reason="stop it", by=BY, now=NOW)
        assert may_end.is_set()
        return begin("usr_b")

    assert together(reserve_slowly, halt)[1] is None
    assert ModelCall.objects.count() == 1
