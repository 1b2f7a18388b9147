"""What happens to an account by itself on a tape of prices: funding, standing exits, liquidation, drawdown."""

from apps.exchange.desk import (
    BASE,
    BEST,
    CASH,
    EXPIRES_AT,
    FUNDED_HOUR,
    PARTIAL_AT,
    STATUS,
    STOP_AT,
    TARGET_AT,
    TRAIL_BPS,
    Desk,
    Scene,
    held_at,
    market_at,
    post_leg,
    price_at,
    put_held,
    terms_at,
    totals_at,
)
from apps.exchange.figures import STOPPED, Held, Leg
from apps.exchange.forced_exits import (
    BACKSTOP,
    COVERED,
    correction,
    forced_leg,
    hand_over_leg,
    is_drawn_down,
    largest,
    lots_to_take,
    stage,
)
from apps.exchange.funding import MAX_HOURS, charge, payment
from apps.exchange.gates import first_failing
from apps.exchange.gates.price import price_rows
from apps.exchange.margin import isolated_value, required, worth
from apps.exchange.totals import cross_value, equity
from apps.exchange.triggers import STOP, TARGET, TIME, TRAILING, best_mark, is_hit, trailing_level

HOUR_MS = 3_600_000
BY_ORDER, BY_EXIT, BY_LIQUIDATION, BY_PART, BY_BACKSTOP, BY_DRAWDOWN = range(6)
"""Why a fill happened."""


def is_priced(scene: Scene, desk: Desk, step: int) -> int:
    """Return 1 when every position has a believable price at a step: without that nothing happens by itself."""
    for asset in range(len(desk.positions)):
        if desk.positions[asset][0] and not has_price(scene, asset, step):
            return 0
    return 1


def has_price(scene: Scene, asset: int, step: int) -> int:
    """Return 1 when an asset has a believable price at a step."""
    row = first_failing(price_rows(price_at(scene.tape, asset, step), scene.rules))
    return 1 if row[0] == 0 else 0


def pay_funding(scene: Scene, desk: Desk, step: int) -> None:
    """Pay funding of every whole hour since the last one paid, at most 72, at the first good step after them.

    Each is paid at the prices of the step at or before the hour.
    """
    hour, paid_until = scene.tape.at_ms[step] // HOUR_MS, desk.numbers[FUNDED_HOUR]
    desk.numbers[FUNDED_HOUR] = max(hour, paid_until)
    before = step
    for back in range(min(hour - paid_until, MAX_HOURS)):
        while scene.tape.at_ms[before] > (hour - back) * HOUR_MS:
            before -= 1
        pay_hour(scene, desk, before, step)


def pay_hour(scene: Scene, desk: Desk, before: int, step: int) -> None:
    """Pay one hour of funding on what is held: oracle and rate are the last believable ones up to a step."""
    for asset in range(len(desk.positions)):
        held, priced = held_at(desk, asset), before
        while held.size and priced >= 0 and not has_price(scene, asset, priced):
            priced -= 1
        if held.size and priced >= 0:
            price = price_at(scene.tape, asset, priced)
            paid = payment(held.size, price.oracle, price.rate, scene.assets.size_decimals[asset])
            put_held(desk, asset, charge(held, paid))
            desk.numbers[CASH] -= paid
            desk.funding[step] -= paid


def fire_exits(scene: Scene, desk: Desk, step: int) -> None:
    """Move trailing exits behind the mark and close, whole and at market, every position whose exit is hit."""
    now, numbers = scene.tape.at_ms[step], desk.numbers
    for asset in range(len(desk.positions)):
        held, row = held_at(desk, asset), desk.exits[asset]
        if held.size == 0 or numbers[STATUS] == STOPPED:
            continue
        mark, side = scene.tape.mark[asset][step], 1 if held.size > 0 else -1
        level = 0
        if row[TRAIL_BPS]:
            row[BEST] = best_mark(side, row[BEST], mark)
            level = trailing_level(side, row[BEST], row[TRAIL_BPS], scene.assets.size_decimals[asset])
        hit = (
            (row[STOP_AT] and is_hit(STOP, side, mark, row[STOP_AT], 0, now))
            or (row[TRAIL_BPS] and is_hit(TRAILING, side, mark, level, 0, now))
            or (row[TARGET_AT] and is_hit(TARGET, side, mark, row[TARGET_AT], 0, now))
            or (row[EXPIRES_AT] and is_hit(TIME, side, mark, 0, row[EXPIRES_AT], now))
        )
        if hit:
            close_whole(scene, desk, step, asset, BY_EXIT)


def close_whole(scene: Scene, desk: Desk, step: int, asset: int, cause: int) -> None:
    """Close a position by a forced market order."""
    held = held_at(desk, asset)
    leg = forced_leg(held, abs(held.size), market_at(scene, desk, asset, step))
    post_leg(desk, asset, cause, leg, left_over(desk, asset, held, leg, 0))


def left_over(desk: Desk, asset: int, held: Held, leg: Leg, is_seized: int) -> int:
    """Return the correction of cash after a forced exit, by what its margin has left.

    That is an isolated position's own margin, or what backs the cross side once it holds nothing any more.
    """
    if held.is_isolated:
        return correction(leg.realized - leg.fee - leg.margin, is_seized)
    left = desk.numbers[CASH] + leg.realized - leg.fee
    for other in range(len(desk.positions)):
        row = desk.positions[other]
        size = leg.after.size if other == asset else row[0]
        if size and not row[3]:
            return 0
        if size:
            left -= row[4]
    return correction(left, is_seized)


def liquidate(scene: Scene, desk: Desk, step: int) -> None:
    """Liquidate what has less behind it than its maintenance margin: isolated positions in order, then the cross side.

    An account whose cross side was liquidated and that holds nothing any more trades no longer. Whether a large
    position goes in part or whole is told by the parts taken before this step.
    """
    since = scene.tape.at_ms[step] - desk.numbers[PARTIAL_AT]
    for asset in range(len(desk.positions)):
        held = held_at(desk, asset)
        if held.size and held.is_isolated:
            mark, terms = scene.tape.mark[asset][step], terms_at(scene.assets, asset)
            reached = stage(isolated_value(held, mark, terms), required(held, mark, terms))
            if reached != COVERED:
                if reached == BACKSTOP:
                    hand_over(scene, desk, step, asset)
                else:
                    relieve(scene, desk, step, asset, since)
    if relieve_cross(scene, desk, step, since) and totals_at(scene, desk, step, -1).held == 0:
        desk.numbers[STATUS] = STOPPED


def relieve_cross(scene: Scene, desk: Desk, step: int, since: int) -> int:
    """Take cross positions, the largest first, until the rest covers its maintenance; return how many were taken.

    Below the backstop's line it takes them all, in order.
    """
    reached = cross_stage(scene, desk, step)
    if reached == COVERED:
        return 0
    exposures, taken, seized = [0] * len(desk.positions), 0, reached == BACKSTOP
    for asset in range(len(exposures)):
        held = held_at(desk, asset)
        if held.size and not held.is_isolated:
            exposures[asset] = abs(worth(held, scene.tape.mark[asset][step], terms_at(scene.assets, asset)))
            if seized:
                hand_over(scene, desk, step, asset)
                taken += 1
    while not seized and cross_stage(scene, desk, step) != COVERED:
        place = largest(exposures)
        if place < 0:
            break
        exposures[place] = 0
        relieve(scene, desk, step, place, since)
        taken += 1
    return taken


def cross_stage(scene: Scene, desk: Desk, step: int) -> int:
    """Return what is due on the cross side; nothing while it holds nothing."""
    totals = totals_at(scene, desk, step, -1)
    return (
        stage(cross_value(desk.numbers[CASH], totals), totals.maintenance) if totals.maintenance else COVERED
    )


def hand_over(scene: Scene, desk: Desk, step: int, asset: int) -> None:
    """Let the backstop take a position over."""
    held = held_at(desk, asset)
    leg = hand_over_leg(held, scene.tape.mark[asset][step], terms_at(scene.assets, asset))
    post_leg(desk, asset, BY_BACKSTOP, leg, left_over(desk, asset, held, leg, 1))


def relieve(scene: Scene, desk: Desk, step: int, asset: int, since: int) -> None:
    """Take all of a position or a part of it by a market order; `since` is the age of the last part taken."""
    held, now = held_at(desk, asset), scene.tape.at_ms[step]
    mark, terms = scene.tape.mark[asset][step], terms_at(scene.assets, asset)
    whole = abs(held.size)
    lots = lots_to_take(whole, abs(worth(held, mark, terms)), since)
    cause = BY_LIQUIDATION
    if lots < whole:
        desk.numbers[PARTIAL_AT], cause = now, BY_PART
    leg = forced_leg(held, lots, market_at(scene, desk, asset, step))
    post_leg(desk, asset, cause, leg, left_over(desk, asset, held, leg, 0))


def stop_at_drawdown(scene: Scene, desk: Desk, step: int) -> None:
    """Close everything, isolated positions first, and trade no longer once equity has fallen by the policy's limit."""
    numbers = desk.numbers
    if numbers[STATUS] == STOPPED:
        return
    value = equity(numbers[CASH], totals_at(scene, desk, step, -1))
    numbers[BASE] = max(numbers[BASE], value)
    if not is_drawn_down(numbers[BASE], value, scene.max_drawdown_bps):
        return
    for is_isolated in (1, 0):
        for asset in range(len(desk.positions)):
            held = held_at(desk, asset)
            if held.size and held.is_isolated == is_isolated:
                close_whole(scene, desk, step, asset, BY_DRAWDOWN)
    numbers[STATUS] = STOPPED
