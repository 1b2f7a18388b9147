"""Routes of the users app, below /api/v1/."""

from django.urls import path

import apps.users.api.openapi  # noqa: F401 - the document learns the ways to say who calls
from apps.users.api.me import MeView, WalletChallengeView, WalletListView
from apps.users.api.sessions import LogoutView, SessionListView, SessionView
from apps.users.api.sign_in import ChallengeView, RefreshView, VerifyView

app_name = "users"
urlpatterns = [
    path("auth/siwe/challenge", ChallengeView.as_view(), name="siwe-challenge"),
    path("auth/siwe/verify", VerifyView.as_view(), name="siwe-verify"),
    path("auth/session/refresh", RefreshView.as_view(), name="session-refresh"),
    path("auth/session/logout", LogoutView.as_view(), name="session-logout"),
    path("auth/sessions", SessionListView.as_view(), name="sessions"),
    path("auth/sessions/<str:public_id>", SessionView.as_view(), name="session"),
    path("me", MeView.as_view(), name="me"),
    path("me/wallets", WalletListView.as_view(), name="wallets"),
    path("me/wallets/challenge", WalletChallengeView.as_view(), name="wallet-challenge"),
]
