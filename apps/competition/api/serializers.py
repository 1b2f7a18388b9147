"""The wire forms of competition; money as decimal-string dollars, rates in basis points."""

from rest_framework import serializers

from apps.competition.types import LifecycleState, Obstacle, RefundDecision
from apps.core.api import MicrosDollarField, StrictSerializer


class StandingSerializer(serializers.Serializer):
    """One line of the Arena's leaderboard."""

    rank = serializers.IntegerField(allow_null=True)
    slot_number = serializers.IntegerField()
    clone_id = serializers.CharField(source="clone_public_id")
    clone_name = serializers.CharField()
    account_id = serializers.CharField(source="account_public_id")
    since = serializers.DateTimeField()
    equity = MicrosDollarField()
    return_bps = serializers.IntegerField()
    max_drawdown_bps = serializers.IntegerField()
    executed_orders = serializers.IntegerField()
    open_positions = serializers.IntegerField()


class QueueRowSerializer(serializers.Serializer):
    """One place in the promotion queue."""

    sequence = serializers.IntegerField()
    clone_id = serializers.CharField(source="clone_public_id")
    clone_name = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField(
        help_text="What keeps it out of a free slot: "
        + ", ".join(f"{one.value} ({one.label[0].lower()}{one.label[1:]})" for one in Obstacle)
        + ". Blank where it waits for a slot and nothing else."
    )
    waiting_since = serializers.DateTimeField()


class AuditionSerializer(serializers.Serializer):
    """One audition with its account's latest figures and the rulebook it is bound to."""

    id = serializers.CharField(source="public_id")
    clone_id = serializers.CharField(source="clone_public_id")
    clone_name = serializers.CharField()
    account_id = serializers.CharField(source="account_public_id")
    status = serializers.CharField()
    reason = serializers.CharField(
        help_text="The code of the verdict; OPERATOR where a person voided it, whose words its owner reads in the verdict."
    )
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    result_at = serializers.DateTimeField(allow_null=True)
    extended_minutes = serializers.IntegerField(
        help_text="By how much the end was put off where the arena was down."
    )
    deferred_reason = serializers.CharField(help_text="Why it is not judged now; blank where it is.")
    is_flagged = serializers.BooleanField(help_text="What was paid for it is in doubt: it is not judged.")
    start = MicrosDollarField()
    equity = MicrosDollarField()
    target = MicrosDollarField(source="target_micros")
    floor = MicrosDollarField(source="floor_micros")
    progress_bps = serializers.IntegerField()
    executed_orders = serializers.IntegerField()
    min_orders = serializers.IntegerField()
    rulebook_digest = serializers.CharField()
    rulebook_title = serializers.CharField()
    demonstration = serializers.BooleanField()


class VerdictMarkSerializer(serializers.Serializer):
    """An account at one of its marks; the balance leaves open profits out."""

    at = serializers.DateTimeField()
    equity = MicrosDollarField()
    balance = MicrosDollarField()


class VerdictStepSerializer(serializers.Serializer):
    """One order on the way to a verdict, and the decision that asked for it."""

    at = serializers.DateTimeField()
    order_id = serializers.CharField(source="order_public_id")
    run_id = serializers.CharField(source="run_public_id", help_text="Blank where no decision asked for it.")
    symbol = serializers.CharField()
    side = serializers.IntegerField(help_text="1 bought, -1 sold.")
    cause = serializers.CharField()
    notional = MicrosDollarField(source="notional_micros")
    fee = MicrosDollarField(source="fee_micros")
    realized = MicrosDollarField(source="realized_micros")


class VerdictSerializer(serializers.Serializer):
    """Why an audition ended as it did; money in what its rulebook looks at."""

    audition_id = serializers.CharField(source="audition.public_id")
    status = serializers.CharField(source="audition.status")
    reason = serializers.CharField()
    rule = serializers.CharField(help_text="The rule that decided, in a sentence; blank for a voided one.")
    rulebook_digest = serializers.CharField(source="audition.rulebook_digest")
    result_at = serializers.DateTimeField(source="audition.result_at", allow_null=True)
    at = serializers.DateTimeField(allow_null=True, help_text="The mark that decided; null where none did.")
    before = MicrosDollarField(allow_null=True)
    after = MicrosDollarField(allow_null=True)
    limit = MicrosDollarField(allow_null=True)
    path = VerdictMarkSerializer(
        many=True, help_text="Marks around it; none for who may not read the account."
    )
    steps = VerdictStepSerializer(
        many=True, help_text="The last orders before it; none for who may not read them."
    )


class LifecycleSerializer(serializers.Serializer):
    """One clone of the caller and where it stands."""

    clone_id = serializers.CharField(source="public_id")
    clone_name = serializers.CharField(source="name")
    state = serializers.ChoiceField(choices=LifecycleState.choices)


class ChosenRulebookSerializer(StrictSerializer):
    """The rulebook that the caller has read; what rules the audition must be this one where it is named."""

    rulebook_digest = serializers.RegexField(r"\A[0-9a-f]{64}\Z", required=False, default="")


class SubmitAuditionSerializer(ChosenRulebookSerializer):
    """A request to start an audition."""

    clone_id = serializers.CharField(max_length=40)


class RefundAuthorisationSerializer(serializers.Serializer):
    """Leave to give the fee of one grant back: asked for, and decided by another person."""

    id = serializers.CharField(source="public_id")
    clone_id = serializers.CharField(source="entitlement.clone.public_id")
    clone_name = serializers.CharField(source="entitlement.clone.name")
    entitlement_id = serializers.CharField(source="entitlement.public_id")
    audition_id = serializers.CharField(
        source="audition.public_id",
        default=None,
        allow_null=True,
        help_text="The voided audition; null where the grant was never spent.",
    )
    status = serializers.ChoiceField(choices=RefundDecision.choices)
    reason = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()


class SyncSerializer(serializers.Serializer):
    """What one look at the Arena and its queue did."""

    seen = serializers.IntegerField(help_text="Members to end and places looked at.")
    done = serializers.IntegerField(help_text="Slots and places freed, and clones admitted.")
    skipped = serializers.IntegerField(help_text="Clones that were passed over.")
    failed = serializers.IntegerField()
    failures = serializers.ListField(
        child=serializers.CharField(), source="errors", help_text="What failed, in words."
    )


class RulebookSerializer(serializers.Serializer):
    """A published rulebook and the digest that names it."""

    digest = serializers.CharField()
    title = serializers.CharField()
    document = serializers.JSONField()
    published_at = serializers.DateTimeField()
