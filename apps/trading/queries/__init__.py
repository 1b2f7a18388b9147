"""Reads of prop trading: accounts, results, leaderboards, histories and the ledger's fingerprint."""

from apps.trading.queries.accounts import (
    account_result,
    find_account,
    get_account,
    ledger_hash,
    list_accounts,
    marks_of,
    unrealized_micros,
)
from apps.trading.queries.as_of import AccountAsOf, account_as_of
from apps.trading.queries.histories import (
    list_fills,
    list_ledger,
    list_orders,
    list_positions,
    list_snapshots,
)
from apps.trading.queries.money import AssetMoney, MoneyParts, MoneyStory, money_story
from apps.trading.queries.standings import equity_series, leaderboard_rows
from apps.trading.queries.verdicts import (
    count_fills,
    count_orders,
    count_verdicts,
    denials_by_reason,
    verdicts_of,
)

__all__ = [
    "AccountAsOf",
    "AssetMoney",
    "MoneyParts",
    "MoneyStory",
    "account_as_of",
    "account_result",
    "count_fills",
    "count_orders",
    "count_verdicts",
    "denials_by_reason",
    "equity_series",
    "find_account",
    "get_account",
    "leaderboard_rows",
    "ledger_hash",
    "list_accounts",
    "list_fills",
    "list_ledger",
    "list_orders",
    "list_positions",
    "list_snapshots",
    "marks_of",
    "money_story",
    "unrealized_micros",
    "verdicts_of",
]
