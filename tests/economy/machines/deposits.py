"""The Deposits machine: people pay, the chain forgets and remembers, money is claimed and given back."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.economy.machines.chains import Chains
from tests.economy.machines.people import People


class Deposits(Chains, People):
    """A life begins with two payments; after every step the rows and the wei are the model's, and nothing is broken."""

    @initialize(first=st.sampled_from([0, 7]), second=st.sampled_from([None, 0, -1]))
    def begin(self, first: int, second: int | None) -> None:
        self.offer(0, "Bot", first)
        self.offer(1, "", second)
