"""How the machine lives: its chain, its clock, its people, and what is held against the model after each step."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from apps.core import limits
from apps.core.errors import AdapterError, DomainError
from apps.economy.models import ChainCursor, Deposit, Purchase, Quote, Refund
from apps.economy.queries import books
from apps.economy.services import confirming, scanning
from apps.economy.types import ETH, Vault
from apps.operations.invariants import registered
from tests.economy.giving_back import VAULT
from tests.economy.machines.model import Back, Event, Key, Model, Paid
from tests.economy.shop import Player
from tests.economy.world import NOW, FakeChain

T = TypeVar("T")
CURSOR = f'"{ChainCursor._meta.db_table}"'
OURS = ("apps.economy.", "apps.competition.")


class Undo(Exception):
    """Ends the life's transaction."""


class Life(RuleBasedStateMachine):
    """One vault, one provider that may lag or be silent, and people whose clones exist already."""

    players: Sequence[Player] = ()
    clones: Sequence[Any] = ()
    steps = 0
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        limits.forget()
        self.now = NOW
        self.chain = FakeChain(vault=VAULT)
        self.model = Model(VAULT.confirmations)
        self.highest = 0
        self.withdrawals_to = 0
        self.strays = 0
        self.age = 0
        self.has_written = True
        self.listening = connection.execute_wrapper(self.hear)
        self.listening.__enter__()

    def teardown(self) -> None:
        self.listening.__exit__(None, None, None)
        self.seen.update(self.model.seen)
        self.transaction.__exit__(Undo, Undo(), None)

    def hear(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Note that a row was written, other than where a scan stands: what must hold is asked again then."""
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and CURSOR not in sql:
            self.has_written = True
        return execute(sql, *rest)

    def pass_time(self, minutes: int) -> None:
        """Nothing but time goes by."""
        self.now += timedelta(minutes=minutes)

    @staticmethod
    def pick(choices: Sequence[T], place: int) -> T:
        """One of them."""
        return choices[place % len(choices)]

    # The chain

    def mine(self, count: int) -> None:
        """More blocks, dated by the machine's clock."""
        self.date_blocks()
        self.chain.mine(count)

    def date_blocks(self) -> None:
        """Date the next block now: the scripted chain adds a second a block."""
        self.chain.now = self.now - timedelta(seconds=len(self.chain.blocks))

    def is_answering(self) -> bool:
        """Whether anything can be learned: the provider answers, and is not behind what was seen."""
        return not self.chain.down and self.shown_head() >= self.highest

    def shown_head(self) -> int:
        """The height of the newest block that the provider shows."""
        return self.chain.blocks[-1 - self.chain.lag].number

    def shown(self, *, whole: bool = False) -> dict[Key, Event]:
        """The payments that stand on the chain now: those that the provider shows, or all."""
        last = len(self.chain.blocks) - (0 if whole else self.chain.lag)
        return {
            (event.user, event.nonce): Event(
                event.amount_wei, (event.tx_hash, event.log_index, head.hash), head.number, head.timestamp
            )
            for head in self.chain.blocks[:last]
            for event in self.chain.events.get(head.hash, [])
            if event.name == "Deposit" and (event.resolver, event.token) == (VAULT.resolver, ETH)
        }

    @contextmanager
    def open_readers(self, vault: Vault) -> Iterator[list[FakeChain]]:
        """What a doorway opens: the one provider."""
        yield [self.chain]

    # The workers

    def pay(self, key: Key, amount: int, buried: int) -> None:
        """A payment, unless the vault refuses it: a number is taken once by a payer. Often it is settled at once."""
        if key in self.shown(whole=True):
            return
        known = self.model.paid.get(key)
        self.date_blocks()
        wei = known.amount if known is not None and self.model.is_pinned(key) else amount
        self.chain.pay(key[0], key[1], wei, resolver=VAULT.resolver)
        if buried:
            self.mine(buried)
            self.scan()
            self.confirm()

    def scan(self) -> None:
        """One scan: it learns what is shown, or nothing where nobody can be relied on."""
        report = scanning.scan(vault=VAULT, readers=[self.chain], now=self.now)
        assert bool(report.failed) != self.is_answering(), report
        if self.is_answering():
            self.model_scans()

    def model_scans(self) -> None:
        """The same in the model."""
        self.highest = max(self.highest, self.shown_head())
        self.model.scanned(self.shown(), self.now)

    def confirm(self) -> None:
        """One round of confirming."""
        report = confirming.confirm(vault=VAULT, readers=[self.chain], now=self.now, limit=100)
        assert bool(report.failed) != self.is_answering(), report
        if self.is_answering():
            self.model.confirmed(self.shown(), self.shown_head())

    # Rows

    def row(self, paid: Paid) -> Deposit:
        """The payment as it is stored."""
        return Deposit.objects.get(payer_address=paid.key[0], nonce=paid.key[1])

    def refund(self, back: Back) -> Refund:
        """The refund as it is stored."""
        return Refund.objects.get(nonce=back.number)

    def try_it(self, what: str, allowed: bool, act: Callable[[], Any]) -> Any:
        """Do it; the model says whether it must work or be refused. What it made, or None."""
        try:
            with transaction.atomic():
                made = act()
        except (DomainError, AdapterError) as refused:
            self.model.seen[f"{what} refused"] += 1
            assert not allowed, f"{what}: {refused}"
            return None
        self.model.seen[what] += 1
        assert allowed, f"{what} was let pass"
        return made

    # After each step

    @invariant()
    def what_must_hold(self) -> None:
        Life.steps += self.age > 0
        self.age += 1
        if self.has_written:
            self.rows_and_books_are_the_models()
            self.nothing_is_broken()
            self.has_written = False

    def rows_and_books_are_the_models(self) -> None:
        """Assert that every row stands where the model says, and that each book holds the model's wei."""
        told = {
            (row.payer_address, row.nonce): (row.status, row.unmatched_reason, row.amount_wei)
            for row in Deposit.objects.all()
        }
        assert told == {key: (each.status, each.reason, each.amount) for key, each in self.model.paid.items()}
        bought = {row.deposit: row.status for row in Purchase.objects.select_related("deposit")}
        assert {(row.payer_address, row.nonce): status for row, status in bought.items()} == {
            key: each.purchase for key, each in self.model.paid.items() if each.purchase
        }
        assert {row.nonce: row.used_at is not None for row in Quote.objects.all()} == {
            number: offer.is_used for number, offer in self.model.offers.items()
        }
        assert dict(Refund.objects.values_list("nonce", "status")) == {
            back.number: back.status for back in self.model.backs
        }
        assert books.list_balances(VAULT.chain_id) == self.model.books()

    def nothing_is_broken(self) -> None:
        """Assert every invariant that economy and competition register."""
        ours = [one for one in registered() if one.check.__module__.startswith(OURS)]
        assert len(ours) > 18
        broken = {one.key: found for one in ours if (found := one.check())}
        assert broken == {}
