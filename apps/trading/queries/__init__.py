"""Reads of prop trading: accounts, results, leaderboards, histories and the ledger's fingerprint."""

from apps.trading.queries.accounts import (
    account_result,
    find_account,
    get_account,
    ledger_hash,
    list_accounts,
    list_summaries,
    marks_of,
    prices_of,
    unrealized_micros,
)
from apps.trading.queries.as_of import AccountAsOf, account_as_of
from apps.trading.queries.halts import effective_modes, find_halt_over_all, list_halts
from apps.trading.queries.histories import (
    list_fills,
    list_ledger,
    list_orders,
    list_positions,
    list_snapshots,
    list_standing,
    list_triggers,
)
from apps.trading.queries.money import AssetMoney, MoneyParts, MoneyStory, money_story
from apps.trading.queries.readers import (
    ANYBODY,
    BY_OPERATOR,
    Reader,
    get_readable,
    is_public,
    may_read,
    reads_private,
    reads_words,
    reason_for_all,
    require_private,
)
from apps.trading.queries.standings import equity_series, leaderboard_rows
from apps.trading.queries.statements import (
    PositionStatement,
    Statement,
    Wait,
    account_statement,
    waits_of,
)
from apps.trading.queries.truth import account_truth
from apps.trading.queries.verdicts import (
    count_fills,
    count_orders,
    count_verdicts,
    denials_by_reason,
    verdicts_of,
)

__all__ = [
    "ANYBODY",
    "BY_OPERATOR",
    "AccountAsOf",
    "AssetMoney",
    "MoneyParts",
    "MoneyStory",
    "PositionStatement",
    "Reader",
    "Statement",
    "Wait",
    "account_as_of",
    "account_result",
    "account_statement",
    "account_truth",
    "count_fills",
    "count_orders",
    "count_verdicts",
    "denials_by_reason",
    "effective_modes",
    "equity_series",
    "find_account",
    "find_halt_over_all",
    "get_account",
    "get_readable",
    "is_public",
    "leaderboard_rows",
    "ledger_hash",
    "list_accounts",
    "list_fills",
    "list_halts",
    "list_ledger",
    "list_orders",
    "list_positions",
    "list_snapshots",
    "list_standing",
    "list_summaries",
    "list_triggers",
    "marks_of",
    "may_read",
    "money_story",
    "prices_of",
    "reads_private",
    "reads_words",
    "reason_for_all",
    "require_private",
    "unrealized_micros",
    "verdicts_of",
    "waits_of",
]
