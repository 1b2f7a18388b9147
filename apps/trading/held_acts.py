"""What happens to prop accounts when a second person releases it."""

from apps.operations.admin_columns import money
from apps.operations.second_person import HeldCall, held_act
from apps.trading import queries
from apps.trading.services import accounts

ADJUST, ADJUST_PERMISSION = "trading.account.adjust", "trading.add_ledgerentry"
FORCE_LIQUIDATE, FORCE_LIQUIDATE_PERMISSION = "trading.account.force-liquidate", "trading.delete_propaccount"


@held_act(ADJUST, permission=ADJUST_PERMISSION, title="Adjust an account's cash")
def adjust(call: HeldCall) -> str:
    """Book the amount asked for, under the act's own reference: it cannot be booked twice."""
    amount = int(call.payload["amount_micros"])
    accounts.adjust_cash(
        account=queries.get_account(call.subject_id),
        amount_micros=amount,
        reference=call.reference,
        reason=call.reason,
        by=call.asked_by,
        approved_by=call.released_by,
        now=call.now,
    )
    return f"{money(amount, is_exact=True)} booked."


@held_act(FORCE_LIQUIDATE, permission=FORCE_LIQUIDATE_PERMISSION, title="Liquidate an account")
def force_liquidate(call: HeldCall) -> str:
    """Close everything at the market and end the account as liquidated."""
    accounts.force_liquidate(
        account=queries.get_account(call.subject_id),
        reason=call.reason,
        by=call.asked_by,
        approved_by=call.released_by,
        now=call.now,
    )
    return "Every position is closed and the account is liquidated."
