"""Kill switches, and the silences of prices."""

from datetime import datetime

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_kit import OperatorAdmin, ReadOnlyAdmin, operator_action
from apps.operations.audit import Actor
from apps.trading.admin.forms import EVERYTHING, HaltForm
from apps.trading.models import PriceOutage, TradingHalt
from apps.trading.services import halts
from apps.trading.types import HaltScope


@admin.register(TradingHalt)
class TradingHaltAdmin(OperatorAdmin):
    """What stands, what stood, who set and who lifted it."""

    list_display = ("over", "mode", "stands", "reason", "set_by", "set_at", "lifted_by", "lifted_at")
    list_filter = ("mode", "scope")
    search_fields = ("symbol", "reason", "set_by", "lifted_by")
    actions_list = ("set_halt",)
    actions_detail = ("lift",)

    @display(description="Over", ordering="symbol")
    def over(self, halt: TradingHalt) -> str:
        """The asset, or everything."""
        return halt.symbol or "Everything"

    @display(description="State", label={"Stands": "danger", "Lifted": "info"})
    def stands(self, halt: TradingHalt) -> str:
        """Whether it holds trading now."""
        return "Stands" if halt.lifted_at is None else "Lifted"

    @operator_action(
        description="Set a kill switch",
        permission="trading.add_tradinghalt",
        verb="trading.halt.set-asked",
        icon="emergency_home",
        form=HaltForm,
    )
    def set_halt(self, obj: None, *, reason: str, by: Actor, now: datetime, over: str, mode: str) -> str:
        """It holds at once, for every account, until it is lifted. Marks and funding go on."""
        scope = HaltScope.EVERYTHING if over == EVERYTHING else HaltScope.ASSET
        symbol = "" if scope == HaltScope.EVERYTHING else over
        halt = halts.set_halt(scope=scope, symbol=symbol, mode=mode, reason=reason, by=by, now=now)
        return f"{halt.symbol or 'Everything'} is {halt.mode} from now on."

    @operator_action(
        description="Lift",
        permission="trading.change_tradinghalt",
        verb="trading.halt.lift-asked",
        icon="lock_open",
        irreversible=True,
    )
    def lift(self, halt: TradingHalt, *, reason: str, by: Actor, now: datetime) -> str:
        """Trading goes on at once where nothing else holds it back."""
        halts.lift_halt(halt=halt, reason=reason, by=by, now=now)
        return f"{halt.symbol or 'Everything'} is no longer {halt.mode}."


@admin.register(PriceOutage)
class PriceOutageAdmin(ReadOnlyAdmin):
    """Times during which an asset that accounts held had no believable price."""

    list_display = ("symbol", "code", "began_at", "ended_at")
    list_filter = ("code", "symbol")
    search_fields = ("symbol",)
    date_hierarchy = "began_at"
