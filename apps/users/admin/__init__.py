"""The operator's view of users, groups, wallets and service tokens."""

from apps.users.admin.service_token import ServiceTokenAdmin
from apps.users.admin.user import GroupAdmin, UserAdmin
from apps.users.admin.wallet import LinkedWalletAdmin

__all__ = ["GroupAdmin", "LinkedWalletAdmin", "ServiceTokenAdmin", "UserAdmin"]
