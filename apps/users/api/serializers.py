"""The wire form of people, wallets, sign-ins and the messages they sign."""

from typing import Any

from rest_framework import serializers

from apps.core.api import ExactIntField, StrictSerializer
from apps.users import addresses, siwe_text
from apps.users.models import Challenge, LinkedWallet, Session, User


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


class TextField(serializers.CharField):
    """A text exactly as sent: nothing is trimmed, and a number is no text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """The text itself."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class ChallengeRequestSerializer(StrictSerializer):
    """What a wallet wants to sign in to: its address, the chain, and the site that asks."""

    address = TextField(max_length=64)
    chain_id = ExactIntField()
    domain = TextField(max_length=255)
    uri = TextField(max_length=255)
    statement = TextField(max_length=200, required=False, allow_null=True, allow_blank=True, default=None)


class ChallengeSerializer(serializers.ModelSerializer[Challenge]):
    """The message to sign, and its fields one by one."""

    address = serializers.SerializerMethodField()
    statement = serializers.SerializerMethodField()

    class Meta:
        model = Challenge
        fields = (
            "nonce",
            "domain",
            "chain_id",
            "address",
            "uri",
            "statement",
            "issued_at",
            "expires_at",
            "message",
        )
        read_only_fields = fields

    def get_address(self, challenge: Challenge) -> str:
        """The address as the message writes it."""
        return addresses.checksummed(challenge.address)

    def get_statement(self, challenge: Challenge) -> str:
        """The statement as the message writes it."""
        return siwe_text.read(challenge.message).statement or ""


class SignatureField(serializers.CharField):
    """The signature as sent; what is no text is passed on as none, so that it is refused as a signature."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The text itself, "" for anything else that was sent."""
        if data is serializers.empty:
            return super().run_validation(data)
        return data if isinstance(data, str) else ""


class ProofSerializer(StrictSerializer):
    """A challenge's message, byte for byte, and the wallet's signature of it (0x and hexadecimal digits)."""

    message = TextField()
    signature = SignatureField()


class RefreshSerializer(StrictSerializer):
    """The refresh token to trade in."""

    refresh_token = TextField(max_length=4096)


class TokensSerializer(serializers.Serializer[Any]):
    """A session's tokens: keep the refresh token secret and use it once."""

    access_token = serializers.CharField(source="access")
    access_expires_at = serializers.DateTimeField()
    refresh_token = serializers.CharField(source="refresh")
    refresh_expires_at = serializers.DateTimeField()
    session_id = serializers.CharField(source="session.public_id")


class SignInSerializer(TokensSerializer):
    """A fresh sign-in: its tokens and the person."""

    user = MeSerializer()
    is_new_user = serializers.BooleanField()


class SessionSerializer(serializers.ModelSerializer[Session]):
    """One signed-in device of the caller; `isCurrent` marks the one that asks."""

    id = serializers.CharField(source="public_id", read_only=True)
    wallet = serializers.CharField(source="wallet.address", read_only=True)
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = (
            "id",
            "wallet",
            "client_address",
            "user_agent",
            "authenticated_at",
            "last_seen_at",
            "expires_at",
            "is_current",
        )
        read_only_fields = fields

    def get_is_current(self, session: Session) -> bool:
        """Whether the request came with this session."""
        current = self.context.get("current")
        return current is not None and current.pk == session.pk


class EndedSerializer(serializers.Serializer[Any]):
    """How many sessions were ended."""

    ended_count = serializers.IntegerField()
