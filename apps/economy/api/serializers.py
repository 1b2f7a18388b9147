"""The wire forms of economy: wei and numbers of deposits as decimal text, addresses and hashes 0x and lower case."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.clones.types import ModelStrength, Tier
from apps.core.api import ExactIntField, StrictSerializer, WeiTextField
from apps.economy.models import Refund
from apps.economy.services import orders
from apps.economy.types import (
    DepositStatus,
    PurchaseStatus,
    RefundCause,
    RefundStatus,
    UnmatchedReason,
)

LARGEST_CHAIN = 2**53 - 1
ADDRESS = r"\A0x[0-9a-fA-F]{40}\Z"
TX_HASH = r"\A0x[0-9a-fA-F]{64}\Z"


class WantedSerializer(StrictSerializer):
    """What is to be bought: the size and the strength of an audition."""

    tier = serializers.ChoiceField(choices=Tier.choices)
    asset_capacity = ExactIntField(min_value=1, max_value=10, help_text="How many assets may be active.")
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices)


class PriceQuery(StrictSerializer):
    """What a price is asked for; the smallest where nothing is said."""

    tier = serializers.ChoiceField(choices=Tier.choices, default=Tier.STARTER.value)
    asset_capacity = ExactIntField(min_value=1, max_value=10, required=False)
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices, default=ModelStrength.LIGHT.value)


class PayableAtSerializer(serializers.Serializer[Any]):
    """A vault that takes payments."""

    chain_id = serializers.IntegerField()
    vault = serializers.CharField(source="address")
    resolver = serializers.CharField()
    confirmations = serializers.IntegerField(help_text="How many blocks make a payment final.")
    finality = serializers.CharField(help_text="`depth`, or the tag of the chain that must have passed too.")


class PriceSerializer(serializers.Serializer[Any]):
    """What an audition costs now, and where it can be paid; nowhere while payments are off."""

    tier = serializers.ChoiceField(choices=Tier.choices)
    asset_capacity = serializers.IntegerField()
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices)
    fee_wei = WeiTextField()
    payable_at = PayableAtSerializer(many=True)


class NewCloneSerializer(StrictSerializer):
    """The clone that the payment creates."""

    name = serializers.CharField(max_length=128)
    description = serializers.CharField(max_length=1120, required=False, allow_blank=True, default="")


class ForWhomSerializer(WantedSerializer):
    """What is bought, and for which clone: an own one, or one that the payment creates."""

    clone_id = serializers.CharField(max_length=40, required=False)
    create_clone = NewCloneSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The body with what names the clone laid out flat; exactly one of the two names it."""
        created = attrs.pop("create_clone", None)
        if (created is None) == ("clone_id" not in attrs):
            raise serializers.ValidationError("Send either cloneId or createClone.", code="clone_unclear")
        named = created or {"name": "", "description": ""}
        attrs["clone_public_id"] = attrs.pop("clone_id", "")
        attrs["clone_name"], attrs["clone_description"] = named["name"], named["description"]
        return attrs


class AskQuoteSerializer(ForWhomSerializer):
    """An offer is asked for."""

    chain_id = ExactIntField(
        min_value=1, max_value=LARGEST_CHAIN, required=False, help_text="The first vault's where left out."
    )
    wallet_address = serializers.RegexField(
        ADDRESS,
        required=False,
        trim_whitespace=False,
        help_text="The linked wallet that pays; the one that signed in where left out.",
    )


class SubmitSerializer(ForWhomSerializer):
    """A payment is said to have been made; what was offered is repeated and must agree."""

    deposit_nonce = WeiTextField(help_text="The `depositNonce` of the quote.")
    tx_hash = serializers.RegexField(
        TX_HASH, required=False, trim_whitespace=False, default="", help_text="The transaction, where known."
    )
    chain_id = ExactIntField(
        min_value=1, max_value=LARGEST_CHAIN, required=False, help_text="Where it was paid, where known."
    )


class ClaimSerializer(StrictSerializer):
    """The own offer that a deposit shall count for."""

    quote_id = serializers.CharField(max_length=40)


class AskRefundSerializer(StrictSerializer):
    """What is asked back, and why."""

    cause = serializers.ChoiceField(
        choices=[(one.value, one.label) for one in (RefundCause.UNMATCHED, RefundCause.SURPLUS)],
        help_text="All of a deposit that bought nothing, or what was paid beyond a price.",
    )
    reason = serializers.CharField(max_length=200)


class TransactionSerializer(serializers.Serializer[Any]):
    """What a wallet is asked to send, as `eth_sendTransaction` takes it but for its numbers, which are decimal here."""

    chain_id = serializers.IntegerField()
    to = serializers.CharField()
    data = serializers.CharField()  # type: ignore[assignment]  # what `.data` answers is not asked of this one
    value = WeiTextField(help_text="Wei.")


class PaidInSerializer(serializers.Serializer[Any]):
    """A deposit as far as it is known."""

    id = serializers.CharField()
    tx_hash = serializers.CharField(help_text="Empty while it is in no block.")
    block_number = serializers.IntegerField()
    amount_wei = WeiTextField()
    unmatched_reason = serializers.ChoiceField(
        choices=UnmatchedReason.choices, allow_blank=True, help_text="Why it bought nothing."
    )


class QuoteSerializer(serializers.Serializer[Any]):
    """An offer, how it is paid, and what came of it."""

    id = serializers.CharField()
    state = serializers.CharField(
        help_text=(
            "`open`, `confirming`, `settling`, `bought`; or `expired`, `dropped`, `unmatched`, `reversed`, `refunded`."
        )
    )
    clone_id = serializers.CharField(allow_null=True, help_text="Null until the payment has created it.")
    clone_name = serializers.CharField()
    tier = serializers.ChoiceField(choices=Tier.choices)
    asset_capacity = serializers.IntegerField()
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices)
    fee_wei = WeiTextField()
    chain_id = serializers.IntegerField()
    wallet_address = serializers.CharField()
    deposit_nonce = WeiTextField()
    rulebook_digest = serializers.CharField(help_text="The rulebook under which the audition will run.")
    issued_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    transaction = TransactionSerializer(
        allow_null=True, help_text="Null once nothing should be paid any more."
    )
    confirmations = serializers.IntegerField()
    confirmations_needed = serializers.IntegerField()
    deposit = PaidInSerializer(allow_null=True)
    purchase_id = serializers.CharField(allow_null=True)


class PendingSerializer(serializers.Serializer[Any]):
    """A payment that is not final yet: ask again."""

    code = serializers.ChoiceField(choices=[("DEPOSIT_PENDING", "Not final yet")])
    quote_id = serializers.CharField()
    confirmations = serializers.IntegerField(help_text="0 while it is in no block.")
    confirmations_needed = serializers.IntegerField()
    deposit = PaidInSerializer(allow_null=True)


class PurchaseSerializer(serializers.Serializer[Any]):
    """What was bought: the offer, the payment, the clone and its grant."""

    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(choices=PurchaseStatus.choices)
    quote_id = serializers.CharField(source="quote.public_id")
    deposit_id = serializers.CharField(source="deposit.public_id")
    clone_id = serializers.CharField(source="clone.public_id")
    clone_name = serializers.CharField(source="clone.name")
    entitlement_id = serializers.CharField(source="entitlement.public_id")
    tier = serializers.ChoiceField(choices=Tier.choices, source="quote.tier")
    asset_capacity = serializers.IntegerField(source="quote.asset_capacity")
    model_strength = serializers.ChoiceField(choices=ModelStrength.choices, source="quote.model_strength")
    rulebook_digest = serializers.CharField(source="quote.rulebook_digest")
    fee_wei = WeiTextField()
    surplus_wei = WeiTextField(help_text="Paid beyond the fee, and owed back.")
    chain_id = serializers.IntegerField()
    deposit_nonce = WeiTextField(source="nonce")
    tx_hash = serializers.CharField(source="deposit.tx_hash")
    made_at = serializers.DateTimeField()
    reversed_at = serializers.DateTimeField(allow_null=True)
    refunded_at = serializers.DateTimeField(allow_null=True)


class DepositSerializer(serializers.Serializer[Any]):
    """What a linked wallet of the caller paid in."""

    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(choices=DepositStatus.choices)
    unmatched_reason = serializers.ChoiceField(choices=UnmatchedReason.choices, allow_blank=True)
    purchase_id = serializers.CharField(source="purchase.public_id", allow_null=True, default=None)
    chain_id = serializers.IntegerField()
    payer_address = serializers.CharField()
    deposit_nonce = WeiTextField(source="nonce")
    amount_wei = WeiTextField()
    tx_hash = serializers.CharField()
    block_number = serializers.IntegerField()
    first_seen_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class RefundSerializer(serializers.Serializer[Any]):
    """Money that goes back to a linked wallet of the caller."""

    id = serializers.CharField(source="public_id")
    cause = serializers.ChoiceField(choices=RefundCause.choices)
    status = serializers.ChoiceField(choices=RefundStatus.choices)
    reason = serializers.CharField()
    amount_wei = WeiTextField()
    deposit_id = serializers.CharField(source="deposit.public_id")
    purchase_id = serializers.CharField(source="purchase.public_id", allow_null=True, default=None)
    payee_address = serializers.CharField()
    asked_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField(allow_null=True, help_text="It must be fetched before.")
    settled_at = serializers.DateTimeField(allow_null=True)
    paid_tx_hash = serializers.CharField()
    withdrawal = serializers.SerializerMethodField()

    @extend_schema_field(TransactionSerializer(allow_null=True))
    def get_withdrawal(self, refund: Refund) -> dict[str, Any] | None:
        """What a wallet sends to fetch it; null while it is not signed, and once it is fetched or ran out."""
        ready = orders.withdrawal(refund)
        return None if ready is None else TransactionSerializer().to_representation(ready)
