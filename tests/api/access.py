"""Who may call which address: one row per route of the URL configuration, and one table of what each role meets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.api.world import World, picture, strategy
from tests.users.signing import CHAIN, DOMAIN, URI, wallet

# What the roles meet at a kind of door: ok, one of some statuses, or the sign-in page. `service` is a program with
# another scope than the door asks for; `ended` is the owner after signing out, `disabled` the owner after being disabled.
DOORS = """
door       visitor service ended   disabled owner other staff moderator operator
token      ok      ok      ok      401/403  ok    ok    ok    ok        ok
form       ok      ok      ok      ok       ok    ok    ok    ok        ok
public     ok      ok      401     401      ok    ok    ok    ok        ok
account    404     404     401     401      ok    404   404   404       ok
player     401     401     401     401      ok    ok    ok    ok        ok
owner      401     401     401     401      ok    404   404   404       404
moderator  401     401     401     401      403   403   403   ok        ok
ender      401     401     401     401      403   403   403   403       ok
health     401     401     401     401      403   403   403   403       403
all-props  401     401     401     401      403   403   403   403       ok
buyer      401     401     401     401      ok    403   403   403       403
sync       401     401     401     401      403   403   403   403       403
page       ok      ok      ok      ok       ok    ok    ok    ok        ok
my-page    sign-in sign-in sign-in sign-in  ok    ok    ok    ok        ok
acc-page   404     404     404     404      ok    404   404   404       ok
own-page   sign-in sign-in sign-in sign-in  ok    404   404   404       404
own-notice sign-in sign-in sign-in sign-in  ok    302   302   302       302
"""

# The doors that open to a program with the right scope.
SCOPES = {"health": "service health", "account": "service prop:read", "all-props": "service prop:read"} | {
    "sync": "service lifecycle"
}


def meets(door: str, role: str) -> str:
    """What the role meets at the door."""
    heading, *lines = (line.split() for line in DOORS.strip().splitlines())
    if role == SCOPES.get(door):
        return "ok"
    column = "owner" if role == "page" else role.partition(" ")[0]
    return next(line[heading.index(column)] for line in lines if line[0] == door)


@dataclass(frozen=True, slots=True)
class Ask:
    """A well-formed request of a route, and the statuses with which it succeeds; its door where it is not the row's."""

    method: str
    status: tuple[int, ...]
    body: Any = None
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    door: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One route: its pattern, its door, the well-formed requests, and what its parameters are in the world."""

    route: str
    door: str
    asks: tuple[Ask, ...]
    at: tuple[str, ...] = ()


Body = dict[str, Any] | bytes | Callable[[World], dict[str, Any]] | None


def ask(
    method: str,
    *status: int,
    body: Body = None,
    form: bool = False,
    kind: str = "",
    tag: str = "",
    door: str = "",
) -> Ask:
    """A request with a JSON body, or a form of the pages, or bytes of another kind."""
    usual = "application/x-www-form-urlencoded" if form else "application/json"
    return Ask(method, status, body, kind or usual, (("If-Match", tag),) if tag else (), door)


def act(*status: int, body: Body, door: str = "") -> Ask:
    """A request that must not act twice: it has a key."""
    return Ask("POST", status, body, headers=(("Idempotency-Key", "a key"),), door=door)


def get(*status: int) -> Ask:
    """The usual read."""
    return ask("GET", *(status or (200,)))


def row(route: str, door: str, *asks: Ask, at: str | tuple[str, ...] = ()) -> Row:
    """A row of the table; `at` names what the route's parameters are, in their order."""
    return Row(route, door, asks, (at,) if isinstance(at, str) else at)


API = "api/v1/"
CLONE = f"{API}clone/clones/<str:public_id>"
PUBLIC = f"{API}public/clones/<str:public_id>"
MODERATION = f"{API}admin/moderation/"
PROP = f"{API}prop/accounts/<slug:public_id>"
OPERATED = f"{API}admin/prop/accounts/<slug:public_id>"
MINE = "my/clones/<str:public_id>/"
REASON = {"reason": "It advertises a giveaway."}
POLICY = {**REASON, "fromSequence": 1, "document": {"allowed_symbols": ["BTC"], "max_leverage": 2}}
WALLET = {"address": wallet(12).address, "chainId": CHAIN, "domain": DOMAIN, "uri": URI}
FEE = {"tier": "starter", "assetCapacity": 3, "modelStrength": "light"}
CHOICE = {"choice": "starter:light"}
DOCUMENT = {"document": strategy("Plain", "bold")}

ROWS = (
    row(f"{API}internal/health/workers", "health", get()),
    row(f"{API}auth/siwe/challenge", "form", ask("POST", 200, body=WALLET)),
    row(f"{API}auth/siwe/verify", "token", ask("POST", 200, body=lambda world: world.proof)),
    row(
        f"{API}auth/session/refresh",
        "token",
        ask("POST", 200, body=lambda world: {"refreshToken": world.refresh}),
    ),
    row(f"{API}auth/session/logout", "player", ask("POST", 204)),
    row(f"{API}auth/sessions", "player", get(), ask("DELETE", 200)),
    row(f"{API}auth/sessions/<str:public_id>", "owner", ask("DELETE", 204), at="session"),
    row(f"{API}me", "player", get()),
    # The proof is the owner's own: to anybody else it is no proof, and says so without a word about the owner.
    row(f"{API}me/wallets", "player", get(), ask("POST", 201, 400, 401, body=lambda world: world.link_proof)),
    row(f"{API}me/wallets/challenge", "player", ask("POST", 200, body=WALLET)),
    row(f"{API}assets", "public", get()),
    row(f"{API}assets/<str:symbol>", "public", get(), at="symbol"),
    row(f"{API}assets/<str:symbol>/book", "public", get(), at="symbol"),
    row(f"{API}assets/<str:symbol>/candles", "public", get(), at="symbol"),
    row(f"{API}assets/<str:symbol>/contexts", "public", get(), at="symbol"),
    row(f"{API}assets/<str:symbol>/features", "public", get(), at="symbol"),
    row(f"{API}assets/<str:symbol>/funding", "public", get(), at="symbol"),
    row(f"{API}defillama/figures", "public", get()),
    row(f"{API}defillama/series", "public", get()),
    row(f"{API}polymarket/markets", "public", get()),
    row(f"{API}ingestion/health", "public", get()),
    row(f"{API}clone/clones", "player", get(), ask("POST", 201, body={"name": "Brand new"})),
    row(CLONE, "owner", get(), ask("PATCH", 200, body={"name": "Renamed"}), ask("DELETE", 204), at="clone"),
    row(f"{CLONE}/fork", "owner", ask("POST", 201, body={"name": "Offspring", "version": 1}), at="clone"),
    row(f"{CLONE}/lineage", "owner", get(), at="clone"),
    row(f"{CLONE}/entitlements", "owner", get(), at="clone"),
    row(f"{CLONE}/draft", "owner", get(), ask("PUT", 200, body=DOCUMENT, tag="*"), at="clone"),
    row(f"{CLONE}/draft/restore", "owner", ask("POST", 200, body={"version": 1}, tag="*"), at="clone"),
    row(f"{CLONE}/publish", "owner", ask("POST", 200), at="clone"),
    row(f"{CLONE}/versions", "owner", get(), at="clone"),
    row(f"{CLONE}/versions/<int:number>", "owner", get(), at=("clone", "1")),
    row(f"{CLONE}/versions/<int:number>/diff/<int:other>", "owner", get(), at=("clone", "1", "2")),
    row(
        f"{CLONE}/image",
        "owner",
        ask("PUT", 200, body=picture("PNG"), kind="image/png"),
        ask("DELETE", 200),
        at="clone",
    ),
    row(f"{API}clone/graph/check", "player", ask("POST", 200, body=DOCUMENT)),
    row(f"{API}clone/graph/basic", "player", ask("POST", 200, body={"assets": ["BTC"]})),
    row(f"{API}clone/catalogue", "public", get()),
    row(PUBLIC, "public", get(), at="clone"),
    row(f"{PUBLIC}/report", "public", ask("POST", 200, 201, body={"category": "scam"}), at="clone"),
    row(f"{MODERATION}reports", "moderator", get()),
    row(
        f"{MODERATION}reports/<str:public_id>/resolve",
        "moderator",
        ask("POST", 200, body={**REASON, "to": "upheld"}),
        at="report",
    ),
    row(f"{MODERATION}clones/<str:public_id>/hide", "moderator", ask("POST", 200, body=REASON), at="clone"),
    row(
        f"{MODERATION}clones/<str:public_id>/reinstate",
        "moderator",
        ask("POST", 409, body=REASON),
        at="clone",
    ),
    row(f"{MODERATION}clones/<str:public_id>/retire", "ender", ask("POST", 200, body=REASON), at="clone"),
    row(f"{API}terminal/link", "player", get(), ask("POST", 201, 409), ask("DELETE", 204, 404)),
    row(
        f"{API}terminal/link/complete",
        "player",
        ask("POST", 400, 404, 409, body={"state": "unknown", "code": "unknown"}),
    ),
    row(f"{API}clones/<slug:clone_id>/decision-runs", "account", get(), at="trading"),
    row(f"{API}clones/<slug:clone_id>/decision-runs/<slug:run_id>", "account", get(), at=("trading", "run")),
    row(f"{API}clones/<slug:clone_id>/dry-run", "owner", ask("POST", 200, body={}), at="trading"),
    # The account of an audition that runs; what is public of others is in tests/trading/api.
    row(f"{API}prop/accounts", "player", get()),
    row(PROP, "account", get(), at="account"),
    row(f"{PROP}/orders", "account", get(), at="account"),
    row(f"{PROP}/fills", "account", get(), at="account"),
    row(f"{PROP}/ledger", "account", get(), at="account"),
    row(f"{PROP}/equity", "account", get(), at="account"),
    row(f"{PROP}/triggers", "account", get(), at="account"),
    row(f"{PROP}/money", "account", get(), at="account"),
    row(f"{PROP}/as-of", "account", get(), at="account"),
    row(f"{API}prop/decisions/<slug:run_id>", "account", get(), at="run"),
    row(f"{API}prop/decisions/<slug:run_id>/verification", "account", get(), at="run"),
    row(f"{API}proofs/days", "public", get()),
    row(f"{API}proofs/days/<slug:day>", "public", get(), at="day"),
    row(f"{API}proofs/days/<slug:day>/accounts/<slug:public_id>", "account", get(), at=("day", "account")),
    row(f"{API}admin/prop/accounts", "all-props", get()),
    row(f"{OPERATED}/pause", "ender", ask("POST", 200, body=REASON), at="account"),
    row(f"{OPERATED}/resume", "ender", ask("POST", 409, body=REASON), at="account"),
    row(f"{OPERATED}/reduce-only", "ender", ask("POST", 200, body=REASON), at="account"),
    row(f"{OPERATED}/halt", "ender", ask("POST", 200, body=REASON), at="account"),
    row(f"{OPERATED}/lock", "ender", ask("POST", 200, body=REASON), at="account"),
    row(f"{OPERATED}/complete", "ender", ask("POST", 200, body=REASON), at="account"),
    row(f"{OPERATED}/policy", "ender", ask("POST", 200, body=POLICY), at="account"),
    row(f"{OPERATED}/adjust", "ender", ask("POST", 202, body={**REASON, "amount": "-1.50"}), at="account"),
    row(f"{OPERATED}/force-liquidate", "ender", ask("POST", 202, body=REASON), at="account"),
    row(f"{API}lifecycle/clones", "player", get()),
    row(f"{API}lifecycle/arena", "public", get()),
    row(f"{API}lifecycle/arena/sync", "sync", ask("POST", 200)),
    row(f"{API}lifecycle/queue", "public", get()),
    row(f"{API}lifecycle/refunds", "player", get()),
    row(
        f"{API}lifecycle/auditions",
        "public",
        get(),
        ask("POST", 409, body=lambda world: {"cloneId": world.ids["trading"]}, door="owner"),
    ),
    row(f"{API}lifecycle/auditions/<slug:public_id>", "public", get(), at="audition"),
    row(f"{API}lifecycle/auditions/<slug:public_id>/verdict", "public", get(), at="audition"),
    # The audition of the world runs: its owner is told so, and nobody else that there is one of that clone's to repeat.
    row(
        f"{API}lifecycle/auditions/<slug:public_id>/retry",
        "owner",
        ask("POST", 409, body={}),
        at="audition",
    ),
    row(f"{API}lifecycle/rulebooks/<slug:digest>", "public", get(), at="rulebook"),
    row(
        f"{API}economy/audition-fee/quote",
        "public",
        get(),
        # Only wallets that are the caller's own pay: an operator has none here.
        act(201, body={**FEE, "createClone": {"name": "Brand new"}}, door="player"),
    ),
    row(f"{API}economy/audition-fee/quote/<str:public_id>", "owner", get(), at="quote"),
    row(
        f"{API}economy/audition-fee/submit",
        "buyer",
        act(202, body=lambda world: {**FEE, **world.payment}),
    ),
    row(f"{API}economy/purchases", "player", get()),
    row(f"{API}economy/deposits", "player", get()),
    row(
        f"{API}economy/deposits/<str:public_id>/claim",
        "owner",
        act(200, body=lambda world: {"quoteId": world.ids["quote"]}),
        at="deposit",
    ),
    row(
        f"{API}economy/deposits/<str:public_id>/refund",
        "owner",
        act(201, body={"cause": "unmatched", "reason": "It bought nothing."}),
        at="deposit",
    ),
    row(f"{API}economy/refunds", "player", get()),
    # The refund of the world waits for its approval: its owner is told so, and nobody else that there is one.
    row(f"{API}economy/refunds/<str:public_id>/renew", "owner", act(409, body=None), at="refund"),
    row(f"{API}schema/", "public", get()),
    row(f"{API}docs/", "public", get()),
    row(f"{API}reference/", "public", get()),
    row("media/clones/<str:digest>.webp", "page", get(), at="image"),
    row("", "page", get()),
    row("favicon.ico", "page", get(302)),
    row("live/arena", "page", get()),
    row("live/market", "page", get()),
    row("market", "page", get()),
    row("market/data", "page", get()),
    row("market/<str:symbol>", "page", get(), at="symbol"),
    row("auditions", "page", get()),
    row("auditions/<slug:public_id>", "page", get(), at="audition"),
    row("queue", "page", get()),
    row("rulebooks/<slug:digest>", "page", get(), at="rulebook"),
    row("how-it-works", "page", get()),
    row("proofs", "page", get()),
    row("clones/<str:public_id>", "page", get(), at="trading"),
    row(
        "clones/<str:public_id>/report",
        "page",
        ask("POST", 302, body={"category": "scam"}, form=True),
        at="trading",
    ),
    row("accounts/<str:public_id>", "acc-page", get(), at="account"),
    row("decisions/<str:run_id>", "acc-page", get(), at="run"),
    row("sign-in", "page", get()),
    row("sign-in/complete", "token", ask("POST", 200, body=lambda world: world.proof, form=True)),
    row("sign-out", "page", ask("POST", 302, form=True)),
    row("my", "my-page", get()),
    row("my/clones", "my-page", ask("POST", 302, body={"name": "Brand new"}, form=True)),
    row("my/new-clone", "my-page", get(), ask("POST", 302, body={**CHOICE, "name": "Brand new"}, form=True)),
    row("my/payments", "my-page", get()),
    row("my/payments/<slug:quote_id>", "own-page", get(), at="quote"),
    row("my/refunds/<slug:refund_id>", "own-page", get(), at="refund"),
    row("my/refunds/<slug:refund_id>/renew", "own-page", ask("POST", 302, form=True), at="refund"),
    row(
        "my/deposits/<slug:deposit_id>/refund",
        "own-page",
        ask("POST", 302, body={"cause": "unmatched"}, form=True),
        at="deposit",
    ),
    row(
        "my/deposits/<slug:deposit_id>/claim",
        "own-page",
        ask("POST", 302, body=lambda world: {"quote": world.ids["quote"]}, form=True),
        at="deposit",
    ),
    row("my/account", "my-page", get()),
    row(
        "my/account/wallets",
        "my-page",
        ask("POST", 200, 400, 401, body=lambda world: world.link_proof, form=True),
    ),
    row("my/account/sessions/others/end", "my-page", ask("POST", 302, form=True)),
    row("my/account/sessions/<str:public_id>/end", "own-notice", ask("POST", 302, form=True), at="session"),
    row("my/account/terminal", "my-page", ask("POST", 302, form=True)),
    row("my/account/terminal/complete", "my-page", ask("POST", 302, form=True)),
    row("my/account/terminal/unlink", "my-page", ask("POST", 302, form=True)),
    row("terminal/linked", "my-page", get()),
    row(MINE, "own-page", get(302), at="clone"),
    row(f"{MINE}build", "own-page", get(), ask("POST", 200, form=True), at="clone"),
    row(f"{MINE}publish", "own-page", get(), ask("POST", 302, form=True), at="clone"),
    row(f"{MINE}try", "own-page", get(), ask("POST", 200, 422, body={"version": "1"}, form=True), at="clone"),
    row(f"{MINE}decisions", "own-page", get(), at="trading"),
    row(f"{MINE}decisions/<slug:run_id>", "own-page", get(), at=("trading", "run")),
    row(f"{MINE}versions", "own-page", get(), at="clone"),
    row(f"{MINE}versions/<int:number>", "own-page", get(), at=("clone", "1")),
    row(f"{MINE}versions/<int:number>/restore", "own-page", ask("POST", 302, form=True), at=("clone", "1")),
    row(
        f"{MINE}versions/<int:number>/fork",
        "own-page",
        ask("POST", 302, body={"name": "Offspring"}, form=True),
        at=("clone", "1"),
    ),
    row(
        f"{MINE}profile", "own-page", get(), ask("POST", 302, body={"name": "Renamed"}, form=True), at="clone"
    ),
    row(f"{MINE}profile/image", "own-page", ask("POST", 302, form=True), at="clone"),
    row(f"{MINE}profile/image/remove", "own-page", ask("POST", 302, form=True), at="clone"),
    row(
        f"{MINE}fork", "own-page", get(), ask("POST", 302, body={"name": "Offspring"}, form=True), at="clone"
    ),
    row(
        f"{MINE}delete",
        "own-page",
        get(),
        ask("POST", 302, body={"name": "In a drawer"}, form=True),
        at="clone",
    ),
    row(f"{MINE}audition", "own-page", get(), ask("POST", 302, form=True), at="clone"),
    row(f"{MINE}audition/quote", "own-page", ask("POST", 302, body=CHOICE, form=True), at="clone"),
)
