"""What happens to payments when a second person releases it."""

from apps.economy.models import Deposit, Quote
from apps.economy.services import claims
from apps.operations import clock
from apps.operations.second_person import HeldCall, held_act

ASSIGN, ASSIGN_PERMISSION = "economy.deposit.assign", "economy.add_purchase"


@held_act(ASSIGN, permission=ASSIGN_PERMISSION, title="Let a payment buy an offer")
def assign(call: HeldCall) -> str:
    """Let the deposit pay the offer that was named, in real time: economy knows no other."""
    purchase = claims.assign(
        deposit=Deposit.objects.get(public_id=call.subject_id),
        quote=Quote.objects.get(public_id=call.payload["quote"]),
        reason=call.reason,
        by=call.asked_by,
        approved_by=call.released_by,
        now=clock.real_now(),
    )
    return f"{purchase.public_id} is bought for {purchase.clone.name}."
