"""The tables of the users domain."""

from apps.users.models.service_token import ServiceToken
from apps.users.models.user import User
from apps.users.models.wallet import LinkedWallet

__all__ = ["LinkedWallet", "ServiceToken", "User"]
