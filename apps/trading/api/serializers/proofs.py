"""The daily roots on the wire: a day, and the proof that an account is under its root."""

from rest_framework import serializers

from apps.trading.merkle import Step
from apps.trading.models import DayRoot
from apps.trading.queries.proofs import Membership

DIGEST = "64 hexadecimal digits."


class DayRootSerializer(serializers.ModelSerializer[DayRoot]):
    """One sealed day: `root` is SHA-256 of 0x02, the bytes of `previousRoot`, the date as text, and the bytes of `tree`."""

    accounts_count = serializers.IntegerField(
        source="leaves_count", help_text="How many leaves the tree has."
    )
    tree = serializers.CharField(help_text=f"The top of the tree over every account's leaf: {DIGEST}")
    previous_root = serializers.CharField(help_text="The root of the day before; empty for the first day.")

    class Meta:
        model = DayRoot
        fields = ["date", "root", "previous_root", "tree", "accounts_count", "made_at"]
        read_only_fields = fields


class HeadSerializer(serializers.Serializer[object]):
    """The last link of a chain by the end of the day; 0 and empty where the chain had none."""

    sequence = serializers.IntegerField()
    digest = serializers.CharField(allow_blank=True)


class StepSerializer(serializers.Serializer[object]):
    """One step up the tree: the neighbour's hash, and whether it stands left."""

    is_left = serializers.BooleanField()
    hash = serializers.SerializerMethodField()

    def get_hash(self, step: Step) -> str:
        """The hash as hexadecimal digits."""
        return step.hash.hex()


class MembershipSerializer(serializers.Serializer[Membership]):
    """An account's leaf under a day's root, and the steps from it to the day's `tree`.

    `leafHash` is SHA-256 of 0x00 and the canonical JSON of the list [account, decisions, executions, ledger] with each
    head as its number and its digest; a node is SHA-256 of 0x01, its left and its right part.
    """

    day = DayRootSerializer()
    account = serializers.CharField(source="leaf.account")
    decisions = HeadSerializer(source="leaf.decisions")
    executions = HeadSerializer(source="leaf.executions")
    ledger = HeadSerializer(source="leaf.ledger")
    leaf_hash = serializers.CharField(help_text=DIGEST)
    path = StepSerializer(many=True)
