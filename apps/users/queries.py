"""Reads of users and their wallets."""

from datetime import datetime

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.users.models import LinkedWallet, ServiceToken, Session, User


def get_user(public_id: str) -> User:
    """Return the user of this public id; raises NotFound."""
    user = User.objects.filter(public_id=public_id).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user


def find_user(*, username: str) -> User | None:
    """Return the user of this name, or None."""
    return User.objects.filter(username=username).first()


def find_active_user(public_id: str) -> User | None:
    """Return the user of this public id unless disabled, or None."""
    return User.objects.filter(public_id=public_id, is_active=True).first()


def list_sessions(user: User, *, now: datetime) -> QuerySet[Session]:
    """The user's live sessions with their wallets, newest first."""
    live = Session.objects.filter(user=user, ended_at__isnull=True, expires_at__gt=now)
    return live.select_related("wallet").order_by("-pk")


def get_session(user: User, public_id: str) -> Session:
    """Return the user's own session of this public id, ended or not; raises NotFound."""
    session = Session.objects.filter(user=user, public_id=public_id).first()
    if session is None:
        raise NotFound("You have no such session.")
    return session


def list_wallets(user: User) -> QuerySet[LinkedWallet]:
    """The user's linked wallets, oldest first."""
    return LinkedWallet.objects.filter(user=user)


def find_service_token(*, name: str) -> ServiceToken | None:
    """Return the service token of this name, or None."""
    return ServiceToken.objects.filter(name=name).first()


def list_service_tokens() -> QuerySet[ServiceToken]:
    """Every service token, newest first; hashes only."""
    return ServiceToken.objects.all()
