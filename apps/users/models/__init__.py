"""The tables of the users domain."""

from apps.users.models.challenge import Challenge
from apps.users.models.service_token import ServiceToken
from apps.users.models.session import RefreshToken, Session
from apps.users.models.user import User
from apps.users.models.wallet import LinkedWallet

__all__ = ["Challenge", "LinkedWallet", "RefreshToken", "ServiceToken", "Session", "User"]
