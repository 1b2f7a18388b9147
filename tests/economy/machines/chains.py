"""What happens on the chain: payments right and wrong, blocks, reorganisations, silence, and workers that look."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.economy.giving_back import VAULT
from tests.economy.machines.life import Life

AMOUNTS = {"short": -1, "exact": 0, "over": 7, "far over": 10**20}
STRAYS = (0, 1, 10**18 + 1, 2**250)
PLACES = st.integers(0, 50)


class Chains(Life):
    """Rules of the chain and of who reads it."""

    @precondition(lambda self: self.model.offers)
    @rule(
        place=PLACES,
        amount=st.sampled_from(["exact", "exact", "exact", "over", "far over", "short"]),
        is_other_wallet=st.sampled_from([False, False, False, True]),
        buried=st.integers(0, 6),
    )
    def pays(self, place: int, amount: str, is_other_wallet: bool, buried: int) -> None:
        offer = self.pick(list(self.model.offers.values()), place)
        payers = [player.address for player in self.players]
        payer = next(each for each in payers if (each != offer.wallet) == is_other_wallet)
        self.pay((payer, offer.number), max(0, offer.fee + AMOUNTS[amount]), buried)

    @rule(amount=st.sampled_from(STRAYS), place=PLACES, buried=st.integers(0, 6))
    def pays_for_nothing(self, amount: int, place: int, buried: int) -> None:
        self.strays += 1
        self.pay((self.players[place % len(self.players)].address, self.strays), amount, buried)

    @precondition(
        lambda self: any(each.status in ("dropped", "reversed") for each in self.model.paid.values())
    )
    @rule(place=PLACES, change=st.sampled_from([0, 0, -1, 3]))
    def pays_again(self, place: int, change: int) -> None:
        absent = [each for each in self.model.paid.values() if each.status in ("dropped", "reversed")]
        each = self.pick(absent, place)
        self.pay(each.key, max(0, each.amount + change), 5)

    @precondition(lambda self: self.model.paid)
    @rule(
        place=PLACES,
        depth=st.sampled_from([0, 0, 0, 1, VAULT.confirmations - 1, VAULT.confirmations + 1]),
        keep=st.booleans(),
        grow=st.integers(0, 2),
        is_noticed=st.sampled_from([True, True, False]),
    )
    def the_chain_reorganises(self, place: int, depth: int, keep: bool, grow: int, is_noticed: bool) -> None:
        """So many blocks go; with 0 those from a payment's block on, as far as a scan looks back."""
        standing = [
            each.number for each in self.model.paid.values() if each.status in ("pending", "confirmed")
        ]
        head = self.chain.blocks[-1].number
        if not depth and standing:
            depth = head - self.pick(standing, place) + 1
        self.date_blocks()
        self.chain.reorg(min(max(depth, 1), VAULT.overlap - 1), keep=keep, grow=grow)
        self.model.seen["reorgs"] += 1
        if is_noticed:
            self.scan()

    @rule(
        minutes=st.sampled_from([0, 0, 1, 40]),
        blocks=st.sampled_from([0, 1, 3, VAULT.confirmations]),
        who=st.sampled_from(["scan", "confirm", "both", "both", "nobody"]),
    )
    def time_passes(self, minutes: int, blocks: int, who: str) -> None:
        self.pass_time(minutes)
        if blocks:
            self.mine(blocks)
        if who in ("scan", "both"):
            self.scan()
        if who in ("confirm", "both"):
            self.confirm()

    @rule(is_silent=st.booleans(), lag=st.sampled_from([0, 1, 6]))
    def the_provider_falters(self, is_silent: bool, lag: int) -> None:
        self.chain.down = "chain.test is silent." if is_silent else ""
        self.chain.lag = lag
        self.model.seen["faltered"] += not self.is_answering()
        self.scan()
        self.confirm()
        self.chain.down, self.chain.lag = "", 0
