"""Standing exits as rows: set with an order or alone, replaced, withdrawn, and ended with their position."""

from typing import Any

import pytest

from apps.trading.models import ActionVerdict, Order, TriggerOrder
from apps.trading.services import execution
from tests.trading import world

pytestmark = pytest.mark.django_db
DOLLAR = world.DOLLAR


@pytest.fixture
def account() -> Any:
    """An account while BTC costs $100."""
    world.put_quote(dollars=100)
    return world.make_account()


def judge(account: Any, kind: str = "open", **fields: Any) -> tuple[str, str]:
    values = fields if kind in ("open", "flip") else {"side": None, "leverage": 1, **fields}
    verdict = execution.execute_action(action=world.propose_action(account, kind, **values), now=world.NOW)
    assert verdict is not None
    return verdict.status, verdict.reason_code


def standing(account: Any) -> dict[str, int]:
    rows = TriggerOrder.objects.filter(account=account, status="standing").order_by("kind")
    return {row.kind: row.price_micros or row.trail_bps for row in rows}


def ended(account: Any) -> list[tuple[str, str, str]]:
    rows = TriggerOrder.objects.filter(account=account).exclude(status="standing").order_by("id")
    assert all(row.ended_at == world.NOW and row.order_id is None for row in rows)
    return list(rows.values_list("kind", "status", "status_reason"))


def test_an_open_sets_its_exits_with_it(account: Any) -> None:
    assert judge(account, stop_micros=90 * DOLLAR, target_micros=120 * DOLLAR, hold_ms=3_600_000) == (
        "executed",
        "",
    )
    assert standing(account) == {"stop": 90 * DOLLAR, "target": 120 * DOLLAR, "time": 0}
    row = TriggerOrder.objects.get(kind="time")
    assert row.expires_at == world.NOW + 60 * world.MINUTE
    assert (row.side, row.symbol, row.set_at) == (1, "BTC", world.NOW)
    assert row.action_id == ActionVerdict.objects.get().action_id


def test_an_exit_takes_the_place_of_its_kind_alone(account: Any) -> None:
    judge(account, stop_micros=90 * DOLLAR, target_micros=120 * DOLLAR)
    assert judge(account, "set_stop", stop_micros=95 * DOLLAR) == ("executed", "")
    assert judge(account, "set_stop", trail_bps=200) == ("executed", "")
    assert standing(account)["target"] == 120 * DOLLAR
    assert ("stop", "replaced", "REPLACED") in ended(account)
    assert Order.objects.count() == 1
    account.refresh_from_db()
    assert account.executed_count == 1


def test_every_setting_and_every_ending_has_its_place_in_the_accounts_order(account: Any) -> None:
    judge(account, stop_micros=90 * DOLLAR, target_micros=120 * DOLLAR)
    judge(account, "set_stop", stop_micros=95 * DOLLAR)
    judge(account, "close")
    rows = TriggerOrder.objects.filter(account=account).order_by("set_sequence")
    numbers = list(rows.values_list("kind", "set_sequence", "ended_sequence"))
    first, second, third = numbers
    assert first[:2] == ("stop", 1) and second[:2] == ("target", 2) and third[:2] == ("stop", 4)
    assert first[2] == 3 and {second[2], third[2]} == {5, 6}
    account.refresh_from_db()
    assert account.exit_sequence == 6


def test_cancel_withdraws_every_exit_of_the_asset_and_needs_one(account: Any) -> None:
    assert judge(account, "cancel") == ("denied", "NO_TRIGGER")
    judge(account, stop_micros=90 * DOLLAR, target_micros=120 * DOLLAR)
    assert judge(account, "cancel") == ("executed", "")
    assert standing(account) == {}
    assert sorted(ended(account)) == [
        ("stop", "cancelled", "WITHDRAWN"),
        ("target", "cancelled", "WITHDRAWN"),
    ]


def test_exits_end_with_the_position_and_a_part_leaves_them(account: Any) -> None:
    judge(account, size_lots=1_000_000, stop_micros=90 * DOLLAR)
    assert judge(account, "reduce", size_lots=400_000) == ("executed", "")
    assert standing(account) == {"stop": 90 * DOLLAR}
    assert judge(account, "close") == ("executed", "")
    assert ended(account) == [("stop", "cancelled", "POSITION_ENDED")]


def test_a_flip_ends_the_old_exits_and_sets_its_own(account: Any) -> None:
    judge(account, size_lots=1_000_000, stop_micros=90 * DOLLAR, target_micros=120 * DOLLAR)
    assert judge(account, "flip", side=-1, stop_micros=110 * DOLLAR) == ("executed", "")
    assert standing(account) == {"stop": 110 * DOLLAR}
    assert {reason for _, _, reason in ended(account)} == {"POSITION_FLIPPED"}
    assert TriggerOrder.objects.get(status="standing").side == -1


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("open", {"stop_micros": 101 * DOLLAR}, "TRIGGER_PRICE_INVALID"),
        ("open", {"target_micros": 99 * DOLLAR}, "TRIGGER_PRICE_INVALID"),
        ("set_stop", {"stop_micros": 90 * DOLLAR}, "NO_POSITION"),
        ("set_exit", {"hold_ms": 1_000}, "NO_POSITION"),
    ],
)
def test_an_exit_that_makes_no_sense_is_denied_whole(
    account: Any, kind: str, fields: dict[str, int], code: str
) -> None:
    assert judge(account, kind, **fields) == ("denied", code)
    assert not TriggerOrder.objects.exists() and not Order.objects.exists()


def test_exits_set_and_replaced_within_one_group_leave_one_standing(account: Any) -> None:
    exits = {"side": None, "leverage": 1}
    actions = [
        world.propose_action(account, stop_micros=90 * DOLLAR),
        world.propose_action(account, "set_stop", stop_micros=92 * DOLLAR, **exits),
        world.propose_action(account, "set_stop", stop_micros=94 * DOLLAR, **exits),
        world.propose_action(account, "cancel", **exits),
        world.propose_action(account, "set_target", target_micros=130 * DOLLAR, **exits),
    ]
    verdicts = execution.execute_group(actions=actions, now=world.NOW)
    assert [verdict.status for verdict in verdicts.values()] == ["executed"] * 5
    assert standing(account) == {"target": 130 * DOLLAR}
    assert [status for _, status, _ in ended(account)] == ["replaced", "replaced", "cancelled"]


def test_isolated_margin_is_written_on_the_fill_and_the_position(account: Any) -> None:
    assert judge(account, is_isolated=True, leverage=5) == ("executed", "")
    fill, position = Order.objects.get().fills.get(), account.positions.get()
    assert fill.is_isolated and position.is_isolated
    assert fill.leverage == position.leverage == 5
    assert position.margin_micros == fill.margin_micros > 0
    assert judge(account, "close") == ("executed", "")
    position.refresh_from_db()
    assert (position.margin_micros, position.is_isolated) == (0, False)
    assert sum(account.fills.values_list("margin_micros", flat=True)) == 0
