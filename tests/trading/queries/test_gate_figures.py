"""Gates in people's terms: every gate of the kernel asks something, and its range reads as it is meant."""

from apps.exchange.gates import GATE_ORDER
from apps.trading.queries.gate_figures import _ASKED, gate_figures


def test_every_gate_of_the_kernel_asks_a_question() -> None:
    assert set(_ASKED) == {reason.value for reason in GATE_ORDER}


def test_a_gate_of_several_rows_asks_another_question_in_each() -> None:
    rows = [["INSUFFICIENT_MARGIN", 0, 5, 9, True], ["INSUFFICIENT_MARGIN", 0, 0, 0, True]]
    asked = [one.asks for one in gate_figures(rows)]
    assert len(set(asked)) == 2


def test_bounds_that_go_without_saying_are_left_out() -> None:
    rest, leverage, lot, net = gate_figures(
        [
            ["COOLDOWN", 0, 2**62, 2**62, True],
            ["LEVERAGE_ABOVE_POLICY", 1, 50, 20, False],
            ["SIZE_BELOW_LOT", 1, 7, 10**18, True],
            ["ABOVE_MAX_NET_EXPOSURE", -100, 40, 100, True],
        ]
    )
    assert (rest.value, rest.low, rest.high) == (None, None, None)
    assert (leverage.low, leverage.value, leverage.high, leverage.holds) == (None, 50, 20, False)
    assert (lot.low, lot.high) == (1, None)
    assert (net.low, net.high) == (-100, 100)


def test_a_gate_of_another_kernel_asks_by_its_name() -> None:
    (one,) = gate_figures([["SOMETHING_NEW", 0, 1, 2, True]])
    assert one.asks == "Something new" and (one.value, one.high) == (1, 2)
