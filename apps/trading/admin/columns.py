"""What several trading pages show alike: whose account a row belongs to, which way it traded, who holds it."""

from typing import Any

from unfold.decorators import display

from apps.exchange.types import Side
from apps.operations.admin_kit import ReadOnlyAdmin


class AccountRowAdmin(ReadOnlyAdmin):
    """Rows that belong to an account, named after the clone that trades it."""

    list_select_related: tuple[str, ...] = ("account__clone",)
    search_fields: tuple[str, ...] = ("account__public_id", "account__clone__name")

    @display(description="Account", ordering="account")
    def trader(self, row: Any) -> str:
        """The clone with the purpose and number of its account: "Gatecrasher, arena 9"."""
        account = row.account
        return f"{account.clone.name}, {account.purpose} {account.ordinal}"

    @display(description="Side", label={"Buy": "success", "Sell": "danger"})
    def bought_or_sold(self, row: Any) -> str:
        """Which way an order or fill traded."""
        return "Buy" if row.side == Side.LONG else "Sell"
