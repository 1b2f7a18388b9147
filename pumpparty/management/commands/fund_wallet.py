"""`manage.py fund_wallet 0x...`: give a wallet some coin of the practice chain, to pay in practice with."""

import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pumpparty.runtime.local_chain.configuration import CHAIN_ID, NOTE
from pumpparty.runtime.local_chain.running import ask

WEI = 10**18
MOST_ETH = 1_000_000


class Command(BaseCommand):
    """Coin out of nothing, on a chain that is worth nothing."""

    help = "Give a wallet coin of the practice chain that `manage.py up` runs on this machine."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which wallet, and how much."""
        parser.add_argument("address", type=_address, help="the wallet, 0x and 40 hexadecimal digits")
        parser.add_argument("--eth", type=_wei, default=10 * WEI, metavar="N", help="how much (default: 10)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add to what the wallet has."""
        address: str = options["address"]
        try:
            url = str(json.loads((settings.DATA_DIR / NOTE).read_text())["url"])
            if int(ask(url, "eth_chainId"), 16) != CHAIN_ID:
                raise CommandError(f"{url} is not the practice chain.")
            balance = int(ask(url, "eth_getBalance", address, "latest"), 16) + options["eth"]
            ask(url, "anvil_setBalance", address, hex(balance))
        except (OSError, ValueError, KeyError):
            raise CommandError("No practice chain answers: start the arena with `manage.py up`.") from None
        self.stdout.write(f"{address} has {Decimal(balance) / WEI:f} ETH on the chain at {url}.")


def _address(text: str) -> str:
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text, re.ASCII):
        raise ArgumentTypeError("must be 0x and 40 hexadecimal digits")
    return text.lower()


def _wei(text: str) -> int:
    try:
        wei = Decimal(text) * WEI
    except InvalidOperation:
        wei = Decimal(0)
    if not wei.is_finite() or not 0 < wei <= MOST_ETH * WEI or wei != int(wei):
        raise ArgumentTypeError(f"must be a number of ETH above 0 and up to {MOST_ETH}")
    return int(wei)
