"""What surrounds every operator page: environment badge, styles and the sidebar with its live badges."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from apps.clones import queries as clones
from apps.competition import queries as competition
from apps.decisions import queries as decisions
from apps.economy.queries import desk as money
from apps.market import queries as market
from apps.operations import clock
from apps.operations import queries as operations
from apps.trading.queries.records import count_standing

Item = dict[str, Any]

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Money",
        (
            ("economy.deposit", "Payments on record", "payments"),
            ("economy.purchase", "Purchases", "shopping_bag"),
            ("economy.quote", "Offers", "sell"),
            ("economy.refund", "Refunds on record", "undo"),
            ("economy.finding", "Findings on record", "fact_check"),
            ("economy.journalentry", "Journal", "menu_book"),
            ("economy.journalline", "Lines of the journal", "format_list_bulleted"),
            ("economy.ledgerbook", "Books", "account_balance"),
            ("economy.ledgerhead", "Ends of journals", "last_page"),
            ("economy.depositsighting", "Sightings", "visibility"),
            ("economy.chaincursor", "Reading of chains", "link"),
        ),
    ),
    (
        "Competition",
        (
            ("competition.arenamembership", "Arena", "swords"),
            ("competition.promotionentry", "Promotion queue", "format_list_numbered"),
            ("competition.audition", "Auditions on record", "timer"),
            ("competition.rulebook", "Rulebooks on record", "gavel"),
            ("competition.refundauthorisation", "Leave to refund", "currency_exchange"),
        ),
    ),
    (
        "Trading",
        (
            ("trading.propaccount", "Accounts", "account_balance_wallet"),
            ("trading.order", "Orders", "receipt_long"),
            ("trading.fill", "Fills", "done_all"),
            ("trading.position", "Positions", "stacked_line_chart"),
            ("trading.actionverdict", "Verdicts", "rule"),
            ("trading.ledgerentry", "Ledger", "menu_book"),
            ("trading.triggerorder", "Standing exits", "door_open"),
            ("trading.accountsnapshot", "Snapshots", "monitoring"),
            ("trading.policysnapshot", "Policies", "policy"),
            ("trading.tradinghalt", "Kill switches on record", "emergency_home"),
            ("trading.priceoutage", "Silent prices", "signal_disconnected"),
            ("trading.markset", "Marks", "price_check"),
            ("trading.instrumentterms", "Instrument terms", "contract"),
            ("trading.executionrecord", "Sealed executions", "lock"),
            ("trading.dayroot", "Roots of the days", "token"),
        ),
    ),
    (
        "Clones and decisions",
        (
            ("clones.clone", "Clones", "smart_toy"),
            ("clones.strategyversion", "Strategy versions", "account_tree"),
            ("clones.entitlement", "Entitlements", "card_membership"),
            ("clones.report", "Reports", "flag"),
            ("decisions.decisionrun", "Decision runs", "psychology"),
            ("decisions.proposedaction", "Proposed actions", "bolt"),
            ("decisions.modelcall", "Calls of models", "forum"),
            ("decisions.modelspend", "Cost of models", "payments"),
            ("decisions.modelhalt", "Stops of models on record", "emergency_home"),
        ),
    ),
    (
        "Market",
        (
            ("market.asset", "Assets", "token"),
            ("market.quote", "Quotes", "sell"),
            ("market.candle", "Candles", "candlestick_chart"),
            ("market.candlerevision", "Corrected candles", "history"),
            ("market.candleblock", "Candle days", "calendar_month"),
            ("market.booksnapshot", "Books", "library_books"),
            ("market.assetcontext", "Positioning", "balance"),
            ("market.fundingrate", "Funding", "percent"),
            ("market.predictionmarket", "Prediction markets", "query_stats"),
            ("market.predictionsnapshot", "Prediction states", "timeline"),
            ("market.predictionlink", "Prediction links", "link"),
            ("market.predictionevent", "Prediction events", "event"),
            ("market.capitalpoint", "Capital figures", "account_balance"),
            ("market.capitalrejection", "Refused figures", "money_off"),
            ("market.ingestionrun", "Ingestion runs", "sync"),
            ("market.pricerejection", "Refused prices", "block"),
            ("market.marketsourcestate", "Price source", "sensors"),
        ),
    ),
    (
        "Operations",
        (
            ("operations.workerheartbeat", "Workers", "favorite"),
            ("operations.outboxrow", "Queue of work", "outbox"),
            ("django_celery_beat.periodictask", "Beat entries", "event_repeat"),
            ("operations.auditevent", "Audit record", "history_edu"),
            ("operations.heldact", "Held acts", "verified_user"),
            ("operations.lease", "Leases", "lock_clock"),
            ("operations.clockanchor", "Market clock", "schedule"),
            ("operations.idempotencykey", "Idempotency keys", "key"),
            ("operations.externalevent", "External events", "input"),
        ),
    ),
    (
        "People",
        (
            ("users.user", "Users", "person"),
            ("auth.group", "Groups", "group"),
            ("users.linkedwallet", "Linked wallets", "wallet"),
            ("users.session", "Sign-ins", "devices"),
            ("users.challenge", "Challenges", "draw"),
            ("terminal.terminallink", "Terminal links", "link"),
            ("terminal.profilesnapshot", "Terminal readings", "query_stats"),
            ("users.servicetoken", "Service tokens", "vpn_key"),
        ),
    ),
)


def environment(request: HttpRequest) -> list[str]:
    """The badge beside the title: where this console works, and at what speed the market runs."""
    speed = clock.speed()
    pace = "" if speed == 1 else f" · {speed:g}×"
    if getattr(settings, "PRODUCTION", False):
        return [f"Production{pace}", "danger"]
    return [f"Embedded{pace}", "info"]


def environment_title_prefix(request: HttpRequest) -> str:
    """What stands before the browser's title, so that two consoles are not confused."""
    return "" if getattr(settings, "PRODUCTION", False) else "[embedded] "


def stylesheet(request: HttpRequest) -> str:
    """The console's own styles."""
    return static("css/console.css")


def favicon(request: HttpRequest) -> str:
    """The mark in the browser's tab."""
    return static("img/mark.svg")


def navigation(request: HttpRequest) -> list[Item]:
    """The sidebar: every registered model that this operator may see, by domain, with badges."""
    models = {model._meta.label_lower: model for model in admin.site._registry}
    badges = _badges()
    groups: list[Item] = [
        {
            "items": [
                _link("Dashboard", "dashboard", reverse("admin:index")),
                _moderation_link(),
                _second_person_link(),
                _auditions_link(),
                _refund_leave_link(),
                _arena_link(),
                _money_link(),
                _halts_link(),
                _models_link(),
                _market_data_link(),
                _link("Public site", "public", "/") | {"active": False},
            ]
        }
    ]
    for title, entries in GROUPS:
        items = [
            _model_link(request, models.pop(label), name, icon, badges.get(label))
            for label, name, icon in entries
            if label in models
        ]
        groups.append(_group(title, items))
    rest = [
        _model_link(request, model, str(model._meta.verbose_name_plural).capitalize(), "database", None)
        for _, model in sorted(models.items())
    ]
    return [*groups, _group("More", rest)] if rest else groups


def _group(title: str, items: list[Item]) -> Item:
    return {"title": title, "separator": True, "collapsible": title == "More", "items": items}


def _link(title: str, icon: str, address: str) -> Item:
    return {"title": title, "icon": icon, "link": address}


def _moderation_link() -> Item:
    link = _link("Moderation", "shield_person", reverse("console-moderation"))
    link["permission"] = lambda request: request.user.has_perm("clones.view_report")
    waiting = clones.count_open_cases()
    return link | {"badge": str(waiting), "badge_variant": "warning"} if waiting else link


def _second_person_link() -> Item:
    link = _link("Second person", "group", reverse("console-second-person"))
    link["permission"] = lambda request: request.user.has_perm("operations.view_heldact")
    waiting = operations.waiting_acts(now=clock.now()).count()
    return link | {"badge": str(waiting), "badge_variant": "warning"} if waiting else link


def _money_link() -> Item:
    link = _link("Money", "payments", reverse("console-money"))
    link["permission"] = lambda request: request.user.has_perm("economy.view_deposit")
    found = money.money_waiting()
    waiting = found.unmatched + found.refunds_waiting + found.findings
    return link | {"badge": str(waiting), "badge_variant": "danger"} if waiting else link


def _refund_leave_link() -> Item:
    link = _link("Refunds to decide", "currency_exchange", reverse("console-refund-leave"))
    link["permission"] = lambda request: request.user.has_perm("competition.view_refundauthorisation")
    waiting = competition.count_waiting_refunds()
    return link | {"badge": str(waiting), "badge_variant": "warning"} if waiting else link


def _arena_link() -> Item:
    link = _link("Queue and slots", "stadium", reverse("console-arena"))
    link["permission"] = lambda request: request.user.has_perm("competition.view_promotionentry")
    waiting = competition.count_waiting()
    return link | {"badge": str(waiting), "badge_variant": "info"} if waiting else link


def _auditions_link() -> Item:
    link = _link("Audition desk", "timer", reverse("console-auditions"))
    link["permission"] = lambda request: request.user.has_perm("competition.view_audition")
    counts = competition.count_desk(now=clock.now())
    held_up = counts["deferred"] + counts["flagged"]
    return link | {"badge": str(held_up), "badge_variant": "warning"} if held_up else link


def _halts_link() -> Item:
    link = _link("Kill switches", "emergency_home", reverse("console-halts"))
    link["permission"] = lambda request: request.user.has_perm("trading.view_tradinghalt")
    standing = count_standing()
    return link | {"badge": str(standing), "badge_variant": "danger"} if standing else link


def _models_link() -> Item:
    link = _link("Models", "neurology", reverse("console-models"))
    link["permission"] = lambda request: request.user.has_perm("decisions.view_modelcall")
    standing = decisions.count_model_halts()
    return link | {"badge": str(standing), "badge_variant": "danger"} if standing else link


def _market_data_link() -> Item:
    link = _link("Market data", "monitor_heart", reverse("console-market-data"))
    link["permission"] = lambda request: request.user.has_perm("market.view_ingestionrun")
    held = market.open_rejections(at=clock.now()).count()
    return link | {"badge": str(held), "badge_variant": "danger"} if held else link


def _model_link(
    request: HttpRequest, model: Any, name: str, icon: str, badge: tuple[str, str] | None
) -> Item:
    meta = model._meta
    allowed = admin.site._registry[model].has_view_permission(request)
    link = _link(name, icon, reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
    link["permission"] = lambda _request: allowed
    if badge is not None:
        link["badge"], link["badge_variant"] = badge
    return link


def _badges() -> dict[str, tuple[str, str]]:
    queue = operations.queue_health()
    bad = [
        one for one in operations.list_workers(real_now=clock.real_now()) if one.health in ("late", "failing")
    ]
    counts = {
        "competition.arenamembership": (competition.count_arena(), "primary"),
        "competition.audition": (competition.count_auditions(), "info"),
        "competition.promotionentry": (competition.count_waiting(), "warning"),
        "operations.workerheartbeat": (len(bad), "danger"),
        "operations.outboxrow": (queue.dead, "danger"),
    }
    return {label: (str(count), variant) for label, (count, variant) in counts.items() if count}
