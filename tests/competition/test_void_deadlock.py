"""Voiding an audition and taking back what paid for it want the same rows: whoever is second waits, and both happen."""

import time
from functools import partial

from django.db import transaction

from apps.clones import services as clone_services
from apps.competition.models import Audition, RefundAuthorisation
from apps.competition.services import auditions
from apps.operations.types import Actor
from tests.competition import trials
from tests.competition.trials import BY, begun, fresh, minutes
from tests.contenders import RACE, together

pytestmark = RACE
ROUNDS = 3


def taken_back(audition: Audition) -> None:
    """As economy does it: the grant is withdrawn, then the audition flagged, in one transaction."""
    with transaction.atomic():
        clone_services.revoke_entitlement(
            entitlement=audition.entitlement, reason="left the chain", by=BY, now=minutes(3)
        )
        time.sleep(0.3)
        auditions.flag_bought(
            entitlement=audition.entitlement, reason="left the chain", by=BY, now=minutes(3)
        )


def test_a_void_while_its_payment_is_taken_back() -> None:
    operator = Actor.user(trials.person("olga"))
    for number in range(ROUNDS):
        audition = begun(f"Contender {number}{number}", number=number)
        mine, other = fresh(audition), fresh(audition)

        def void(mine: Audition = mine, head: float = 0.1 * (number % 2)) -> None:
            time.sleep(head)
            # Inside a transaction nothing is tried again: a deadlock would be seen.
            with transaction.atomic():
                auditions.void(audition=mine, reason="prices were wrong", by=operator, now=minutes(3))

        assert together(partial(taken_back, other), void) == [None, None]
        ended = fresh(audition)
        assert ended.status == "voided" and "left the chain" in ended.entitlement.revoked_reason
        assert RefundAuthorisation.objects.filter(audition=ended).count() == 1
