"""The Deposits machine: people pay, the chain forgets and remembers, money is claimed and given back."""

from tests.economy.machines.chains import Chains
from tests.economy.machines.people import People


class Deposits(Chains, People):
    """After every step the rows and the wei are the model's, and nothing that must always hold is broken."""
