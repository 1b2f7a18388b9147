"""The operator's view of users, groups, wallets, sign-ins, challenges and service tokens."""

from apps.users.admin.challenge import ChallengeAdmin
from apps.users.admin.service_token import ServiceTokenAdmin
from apps.users.admin.session import SessionAdmin
from apps.users.admin.user import GroupAdmin, UserAdmin
from apps.users.admin.wallet import LinkedWalletAdmin

__all__ = [
    "ChallengeAdmin",
    "GroupAdmin",
    "LinkedWalletAdmin",
    "ServiceTokenAdmin",
    "SessionAdmin",
    "UserAdmin",
]
