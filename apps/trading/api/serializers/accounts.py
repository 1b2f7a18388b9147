"""Accounts on the wire: in lists, and as a statement with positions, margins, waits and the policy in force."""

from rest_framework import serializers

from apps.core.api import DocumentField, MicrosDollarField
from apps.exchange import performance
from apps.exchange.types import TradingMode
from apps.trading.api.serializers.fields import VOLUME_HELP, MarginModeField, PositionSideField, units
from apps.trading.models import PolicySnapshot, PropAccount, TradingHalt
from apps.trading.queries import PositionStatement, Statement, Wait, is_public, reason_for_all, waits_of
from apps.trading.types import AccountStatus, HaltScope, Purpose

REASON_HELP = (
    "A stable code of what the machine did, or OPERATOR: an operator's own words are shown to the owner, operators "
    "and prop programs alone."
)
MODES = [(mode.value, mode.value.capitalize()) for mode in TradingMode]


class WaitSerializer(serializers.Serializer[Wait]):
    """An asset whose price the account waits for, and why as a stable code."""

    symbol = serializers.CharField()
    code = serializers.CharField()


class AccountSummarySerializer(serializers.Serializer[PropAccount]):
    """An account in a list, at its last valuation."""

    id = serializers.CharField(source="public_id")
    clone_id = serializers.CharField(source="clone.public_id")
    clone_name = serializers.CharField(source="clone.name")
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    status = serializers.ChoiceField(choices=AccountStatus.choices)
    status_reason = serializers.CharField()
    waits = serializers.SerializerMethodField()
    starting = MicrosDollarField(source="starting_micros")
    equity = MicrosDollarField(source="equity_micros")
    return_bps = serializers.SerializerMethodField()
    max_drawdown_bps = serializers.IntegerField()
    executed_count = serializers.IntegerField()
    open_positions = serializers.IntegerField(source="held")
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    last_marked_at = serializers.DateTimeField(allow_null=True)

    def get_waits(self, account: PropAccount) -> list[str]:
        """`SYMBOL: CODE` for each asset that the account waits for."""
        return [f"{one.symbol}: {one.code}" for one in waits_of(account)]

    def get_return_bps(self, account: PropAccount) -> int:
        """What was earned on the start, in basis points."""
        return performance.return_bps(account.starting_micros, account.equity_micros)


class OperatedSummarySerializer(AccountSummarySerializer):
    """An account in the list of all: also its number in the order of opening."""

    ordinal = serializers.IntegerField()


class PositionSerializer(serializers.Serializer[PositionStatement]):
    """An open position at its last mark; `sizeLots` is signed, `size` the same in units of the asset."""

    symbol = serializers.CharField()
    side = PositionSideField(source="size_lots")
    size_lots = serializers.IntegerField()
    size = serializers.SerializerMethodField()
    entry_price = MicrosDollarField(source="entry_micros")
    mark = MicrosDollarField(source="mark_micros")
    notional = MicrosDollarField(source="value_micros")
    unrealized = MicrosDollarField(source="unrealized_micros")
    leverage = serializers.IntegerField()
    margin_mode = MarginModeField(source="is_isolated")
    margin = MicrosDollarField(source="margin_micros")
    maintenance_margin = MicrosDollarField(source="maintenance_micros")
    liquidation_price = MicrosDollarField(source="liquidation_micros", allow_null=True)
    changed_at = serializers.DateTimeField(source="since")

    def get_size(self, held: PositionStatement) -> str:
        """Signed units of the asset."""
        return units(held.size_lots, held.size_decimals)


class HaltSerializer(serializers.Serializer[TradingHalt]):
    """A kill switch that stands over everything or over one asset (`symbol`, else empty)."""

    scope = serializers.ChoiceField(choices=HaltScope.choices)
    symbol = serializers.CharField()
    mode = serializers.ChoiceField(choices=TradingHalt.MODES)
    since = serializers.DateTimeField(source="set_at")


class PolicySerializer(serializers.Serializer[PolicySnapshot]):
    """The policy in force: which one it is in the account's history, its SHA-256 and its rules."""

    sequence = serializers.IntegerField()
    digest = serializers.CharField()
    document = DocumentField()
    since = serializers.DateTimeField(source="at")


class AccountSerializer(serializers.Serializer[Statement]):
    """An account's statement at the marks of its last valuation; `equity` is cash plus unrealised profit.

    `ordinal` is what the hashes of its ledger cover, `tradingMode` what may be traded at all; `isStale` says that it
    waits for a price or was not valued for too long. The context's `is_private` lets operators' words through.
    """

    id = serializers.CharField(source="account.public_id")
    ordinal = serializers.IntegerField(source="account.ordinal")
    clone_id = serializers.CharField(source="account.clone.public_id")
    purpose = serializers.ChoiceField(choices=Purpose.choices, source="account.purpose")
    is_public = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=AccountStatus.choices, source="account.status")
    status_reason = serializers.SerializerMethodField(help_text=REASON_HELP)
    trading_mode = serializers.ChoiceField(choices=MODES, source="mode")
    halts = HaltSerializer(many=True)
    starting = MicrosDollarField(source="account.starting_micros")
    cash = MicrosDollarField(source="account.cash_micros")
    unrealized = MicrosDollarField(source="unrealized_micros")
    equity = MicrosDollarField(source="equity_micros")
    peak = MicrosDollarField(source="account.peak_micros")
    low = MicrosDollarField(source="account.low_micros")
    drawdown_bps = serializers.IntegerField()
    max_drawdown_bps = serializers.IntegerField(source="account.max_drawdown_bps")
    exposure = MicrosDollarField(source="exposure_micros")
    initial_margin = MicrosDollarField(source="initial_micros")
    maintenance_margin = MicrosDollarField(source="maintenance_micros")
    isolated_margin = MicrosDollarField(source="isolated_micros")
    free_margin = MicrosDollarField(source="free_micros")
    fees_paid = MicrosDollarField(source="account.fees_micros")
    volume_14d = MicrosDollarField(source="account.volume_micros", help_text=VOLUME_HELP)
    executed_count = serializers.IntegerField(source="account.executed_count")
    wait_reason = serializers.CharField(source="account.wait_reason")
    waits = WaitSerializer(many=True)
    is_stale = serializers.BooleanField()
    last_marked_at = serializers.DateTimeField(source="account.last_marked_at", allow_null=True)
    last_mark_digest = serializers.CharField(
        source="account.last_mark_set.digest", default=None, allow_null=True
    )
    ledger_sequence = serializers.IntegerField(source="account.ledger_sequence")
    ledger_head = serializers.CharField(source="account.ledger_head")
    opened_at = serializers.DateTimeField(source="account.opened_at", allow_null=True)
    closed_at = serializers.DateTimeField(source="account.closed_at", allow_null=True)
    closed_reason = serializers.SerializerMethodField(help_text=REASON_HELP)
    policy = PolicySerializer(allow_null=True)
    positions = PositionSerializer(many=True)

    def get_is_public(self, statement: Statement) -> bool:
        """Whether anybody may read the account."""
        return is_public(statement.account)

    def get_status_reason(self, statement: Statement) -> str:
        """Why the account stands where it does, as far as the reader may know."""
        return self._reason(statement.account.status_reason)

    def get_closed_reason(self, statement: Statement) -> str:
        """Why the account was closed, as far as the reader may know."""
        return self._reason(statement.account.closed_reason)

    def _reason(self, text: str) -> str:
        return text if self.context.get("is_private") else reason_for_all(text)
