"""The latest figures of the accounts that competition has opened."""

from collections.abc import Iterable

from apps.trading import queries as trading
from apps.trading.types import LeaderboardRow


def latest_figures(account_ids: Iterable[int]) -> dict[int, LeaderboardRow]:
    """What trading knows of each account, by its key; one read."""
    return {row.account_id: row for row in trading.leaderboard_rows(list(account_ids))}
