"""A small arena around one player, in which everything that is private carries a canary."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import Client, override_settings
from PIL import Image

from apps.clones import graph, services
from apps.clones.models import Clone, Report
from apps.competition.models import Audition
from apps.competition.services import auditions, rulebooks
from apps.core import limits
from apps.decisions.models import DecisionRun
from apps.economy.models import Deposit
from apps.economy.services import refunds
from apps.economy.types import RefundCause
from apps.market.services import ingest, sources
from apps.operations import artifacts, clock
from apps.operations.audit import Actor
from apps.terminal.models import TerminalLink
from apps.terminal.services import linking
from apps.trading.services import day_roots
from apps.users.models import User
from apps.users.services import pages, sessions
from apps.users.services.sign_in import SignIn
from apps.users.services.tokens import issue_service_token
from apps.users.types import ClientInfo, ServiceScope, SessionEnd
from pumpparty import demonstration
from tests import arena_world
from tests.economy import shop
from tests.economy.providers import asked
from tests.economy.world import FakeChain
from tests.users.signing import ask, enter, sign, wallet

BY = Actor.system("tests.api")
# What only the owner of a clone may read: the words of published strategies and of drafts.
STRATEGY = (
    "canary-prompt-9b1e",
    "canary-behaviour-4c7d",
    "canary-draft-name-2f80",
    "canary-draft-words-d35a",
)
REPORTED = "canary-report-77ae: its description sends people to another site."
ASKED_BACK = "canary-refund-3d52: it bought nothing."
AGENT = "canary-agent-c1d8"
HANDLE, PROFILE, SEALED = "canary-handle-61f2", "canary-profile-0ad9", "canary-sealed-token-8e44"
PERSONS = ("owner", "other", "staff", "moderator", "operator")
TERMINAL = {
    "TERMINAL_AUTHORIZE_URL": "https://terminal.invalid/authorize",
    "TERMINAL_TOKEN_URL": "https://terminal.invalid/token",
    "TERMINAL_PROFILE_URL": "https://terminal.invalid/profile",
    "TERMINAL_REDIRECT_URI": "http://localhost:8000/terminal/linked",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """One way to call: the header of the API and the cookie of the pages."""

    bearer: str = ""
    cookie: str = ""


@dataclass(slots=True)
class World:
    """The callers by role, identifiers of the owner's objects by name, and what nobody else may read."""

    owner: User
    callers: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    proof: dict[str, str] = field(default_factory=dict)
    link_proof: dict[str, str] = field(default_factory=dict)
    payment: dict[str, Any] = field(default_factory=dict)
    refresh: str = ""
    personal: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def client(self, role: str) -> Client:
        """A client that calls as this role, both ways at once where it is a person's own browser."""
        caller = self.callers[role]
        client = Client(headers={"Authorization": f"Bearer {caller.bearer}"} if caller.bearer else {})
        if caller.cookie:
            client.cookies["sessionid"] = caller.cookie
        return client


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back, and no rate limit remembers it."""
    limits.forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    limits.forget()


@contextmanager
def tried(failures: list[str], what: str) -> Iterator[None]:
    """What happens inside is undone; where it fails, that is noted under its name and the next one goes on."""
    try:
        with undone():
            yield
    except Exception as failure:
        failures.append(f"{what}: {type(failure).__name__} {failure}"[:1500])


@contextmanager
def built(folder: Path) -> Iterator[World]:
    """The world inside a transaction that is rolled back; pictures and records go to the folder."""
    chain = FakeChain()
    with (
        override_settings(ARTIFACT_ROOT=folder, VAULTS=shop.SETTING, **TERMINAL),
        asked(chain),
        transaction.atomic(),
    ):
        yield build(chain)
        transaction.set_rollback(True)
    clock.forget()


def build(chain: FakeChain) -> World:
    """Prices, people, a clone in a drawer, one that trades, and something private of every kind."""
    now = arena_world.START
    sources.select(wanted="synthetic", recording=None, seed=7, now=now)
    ingest.ingest_all(now=now)
    arena_world.show_time(now)
    entered = {role: _enter(number) for number, role in enumerate(PERSONS, start=1)}
    world = World(owner=entered["owner"].user)
    _raise_ranks(entered)
    _callers(world, entered)
    _clones(world)
    _belongings(world, entered)
    arena_world.move(now, steps=2)
    _payments(world, chain)
    _identifiers(world)
    return world


def _enter(number: int) -> SignIn:
    limits.forget()
    client = ClientInfo(address="203.0.113.7", user_agent=AGENT if number == 1 else "a browser")
    return enter(wallet(number), now=clock.real_now(), client=client)


def _raise_ranks(entered: dict[str, SignIn]) -> None:
    for role in ("staff", "moderator", "operator"):
        user = entered[role].user
        user.is_staff, user.is_superuser = True, role == "operator"
        user.save()
    entered["moderator"].user.user_permissions.add(
        *Permission.objects.filter(
            content_type__app_label="clones", codename__in=["change_clone", "view_clone"]
        )
    )


def _callers(world: World, entered: dict[str, SignIn]) -> None:
    now = clock.real_now()
    for role, one in entered.items():
        world.callers[role] = Caller(one.access, _cookie(one))
    world.callers["page"] = Caller("", world.callers["owner"].cookie)
    world.callers["disabled"] = world.callers["owner"]
    ended = _enter(1)
    world.callers["ended"] = Caller(ended.access, _cookie(ended))
    sessions.end_session(session=ended.session, because=SessionEnd.SIGNED_OUT, by=BY, now=now)
    world.callers["visitor"] = Caller()
    for scope in ServiceScope.values:
        _, secret = issue_service_token(name=f"program {scope}", scopes=[scope], by=BY, now=now)
        world.callers[f"service {scope}"] = Caller(secret)


def _cookie(one: SignIn) -> str:
    client = Client()
    client.force_login(one.user)
    store = SessionStore(client.cookies["sessionid"].value)
    store[pages.PAGE_KEY] = one.session.public_id
    store.save()
    return str(store.session_key)


def strategy(name: str, behaviour: str, *, cadence_minutes: int = 5) -> dict[str, Any]:
    """A graph document whose prompt has these words."""
    return graph.basic(assets=["BTC"], name=name, behaviour=behaviour, cadence_minutes=cadence_minutes)


def picture(format: str) -> bytes:
    """A picture of the size that profiles have."""
    drawn = BytesIO()
    Image.new("RGB", (512, 512), "teal").save(drawn, format)
    return drawn.getvalue()


def _clones(world: World) -> None:
    now, terms = arena_world.START, demonstration.TERMS
    rulebook = rulebooks.publish(terms=terms, now=now)
    world.ids["rulebook"] = rulebook.digest
    for name in ("In a drawer", "On the floor"):
        clone = services.create_clone(owner=world.owner, name=name, by=BY, now=now)
        for cadence in (15, 5):
            document = strategy(*STRATEGY[:2], cadence_minutes=cadence)
            services.save_draft(clone=clone, document=document, by=BY, now=now)
            services.publish(clone=clone, by=BY, now=now)
        services.save_draft(clone=clone, document=strategy(*STRATEGY[2:]), by=BY, now=now)
        services.grant_entitlement(
            clone=clone,
            tier="starter",
            model_strength="light",
            is_mock=False,
            source=f"tests:{name}",
            by=BY,
            now=now,
        )
    drawer, floor = Clone.objects.order_by("pk")
    world.ids["image"] = artifacts.put(picture("WEBP"))
    Clone.objects.filter(pk=drawer.pk).update(image_digest=world.ids["image"])
    auditions.submit(clone=floor, rulebook=rulebook, by=BY, now=now)
    world.ids |= {"clone": drawer.public_id, "trading": floor.public_id}


def _belongings(world: World, entered: dict[str, SignIn]) -> None:
    now, owner = clock.real_now(), entered["owner"]
    hers = services.create_clone(owner=entered["other"].user, name="Hers", by=BY, now=now)
    report, _ = services.report_clone(
        clone=hers,
        reporter=world.owner,
        reporter_key=world.owner.public_id,
        category="scam",
        text=REPORTED,
        now=now,
    )
    link = TerminalLink.objects.create(
        user=world.owner,
        profile_id=PROFILE,
        handle=HANDLE,
        sealed_token=SEALED,
        linked_at=now,
        next_sync_at=now,
    )
    begun = linking.begin_link(user=entered["other"].user, by=BY, now=now)
    challenge, linking_challenge = ask(wallet(1), now=now), ask(wallet(9), now=now, for_user=world.owner)
    world.proof = {"message": challenge.message, "signature": sign(wallet(1), challenge.message)}
    world.link_proof = {
        "message": linking_challenge.message,
        "signature": sign(wallet(9), linking_challenge.message),
    }
    world.refresh = owner.refresh
    world.ids |= {"session": owner.session.public_id, "report": report.public_id, "hers": hers.public_id}
    world.ids["staff session"] = entered["staff"].session.public_id
    world.personal = (
        wallet(1).address,
        wallet(1).address.lower(),
        owner.session.public_id,
        world.owner.username,
        world.owner.public_id,
        link.public_id,
        *(AGENT, HANDLE, PROFILE, REPORTED, challenge.nonce, linking_challenge.nonce),
    )
    secret = [owner.access, owner.refresh, SEALED, begun.authorize_url.partition("state=")[2][:20]]
    secret += [caller.bearer for caller in world.callers.values() if caller.bearer]
    secret += [caller.cookie for caller in world.callers.values() if caller.cookie]
    world.secrets = tuple(secret)


def _payments(world: World, chain: FakeChain) -> None:
    """An offer that was paid, two payments under numbers that nobody knows, one of them asked back, and an open offer."""
    now = clock.real_now()
    hers = shop.Player(world.owner, wallet(1).address.lower(), 1)
    drawer = Clone.objects.get(public_id=world.ids["clone"])
    shop.confirmed(shop.quote_for(hers, chain, clone=drawer, assets=3, now=now), chain, now=now)
    for nonce in (7, 8):
        chain.pay(hers.address, nonce, 10**16)
    shop.settle([chain], now=now)
    stray, returned = (Deposit.objects.get(nonce=nonce) for nonce in (7, 8))
    waiting = shop.quote_for(hers, chain, clone=drawer, assets=3, now=now)
    refund = refunds.owner_ask(
        deposit=returned, cause=RefundCause.UNMATCHED, reason=ASKED_BACK, by=Actor.user(world.owner), now=now
    )
    world.ids |= {"deposit": stray.public_id, "quote": waiting.public_id, "refund": refund.public_id}
    world.personal += (*(row.public_id for row in (stray, returned, waiting, refund)), ASKED_BACK)
    world.payment = {"depositNonce": str(waiting.nonce), "cloneId": drawer.public_id}


def _identifiers(world: World) -> None:
    run = DecisionRun.objects.exclude(sequence=None).earliest("pk")
    audition = Audition.objects.earliest("pk")
    day = day_roots.seal_day(day=arena_world.START.date(), now=arena_world.START)
    world.ids |= {
        "day": day.date.isoformat(),
        "run": run.public_id,
        "audition": audition.public_id,
        "account": audition.account.public_id,
        "symbol": run.symbol,
    }
    assert Report.objects.count() == 1
