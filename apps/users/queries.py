"""Reads of users and their wallets."""

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.users.models import LinkedWallet, ServiceToken, User


def get_user(public_id: str) -> User:
    """Return the user of this public id; raises NotFound."""
    user = User.objects.filter(public_id=public_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user


def find_user(*, username: str) -> User | None:
    """Return the user of this name, or None."""
    return User.objects.filter(username=username).first()


def list_wallets(user: User) -> QuerySet[LinkedWallet]:
    """The user's linked wallets, oldest first."""
    return LinkedWallet.objects.filter(user=user)


def list_service_tokens() -> QuerySet[ServiceToken]:
    """Every service token, newest first; hashes only."""
    return ServiceToken.objects.all()
