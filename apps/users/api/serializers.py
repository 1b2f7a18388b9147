"""What a user may read about themself."""

from rest_framework import serializers

from apps.users.models import LinkedWallet, User


class WalletSerializer(serializers.ModelSerializer[LinkedWallet]):
    """A linked wallet, as its owner sees it."""

    class Meta:
        model = LinkedWallet
        fields = ("address", "chain_id", "linked_at")
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer[User]):
    """The signed-in user."""

    id = serializers.CharField(source="public_id", read_only=True)
    joined_at = serializers.DateTimeField(source="date_joined", read_only=True)
    wallets = WalletSerializer(many=True, read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "is_staff", "joined_at", "wallets")
        read_only_fields = fields
