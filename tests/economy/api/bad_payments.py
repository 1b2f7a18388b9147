"""The table of payments that must buy nothing: what is wrong with each, and the answer that says so.

Each is bent from a sound submission of an offer that was paid in full: only the bend stands between it and a purchase.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from apps.economy.models import Quote
from apps.operations import clock
from tests.economy import shop
from tests.economy.api.desk import Desk, bury, repeated
from tests.economy.world import FakeChain

PRICE = 10**16
TX = "0x" + "ab" * 32
LEFT_OUT = object()


@dataclass
class Scene:
    """An offer of the first player that is not paid yet, a second player, the chain, and the body that will be sent."""

    desk: Desk
    other: Desk
    chain: FakeChain
    quote: Quote
    body: dict[str, Any] = field(default_factory=dict)

    def pay(self, **changes: Any) -> str:
        """A payment, right but for the changes, buried deep; its transaction, which is submitted too."""
        asked = {
            "payer": self.desk.address,
            "nonce": self.quote.nonce,
            "amount_wei": self.quote.fee_wei,
            **changes,
        }
        paid = self.chain.pay(asked.pop("payer"), asked.pop("nonce"), asked.pop("amount_wei"), **asked)
        bury(self.chain)
        self.body["txHash"] = paid.tx_hash
        return paid.tx_hash


Bend = Callable[[Scene], None]


@dataclass(frozen=True, slots=True)
class Bad:
    """One refused payment: its name, the status and the code of the answer, and the bend."""

    name: str
    status: int
    code: str
    bend: Bend


def says(**fields: Any) -> Bend:
    """Paid in full, and submitted with these fields in the body."""

    def bend(scene: Scene) -> None:
        scene.pay()
        scene.body |= fields
        for name in [name for name, value in scene.body.items() if value is LEFT_OUT]:
            del scene.body[name]

    return bend


def pays(**changes: Any) -> Bend:
    """Paid with these changes, and submitted as it is."""
    return lambda scene: scene.pay(**changes) and None


def _malformed() -> list[Bad]:
    numbers: dict[str, Any] = {
        "a JSON number": 7,
        "a float": 7.0,
        "true": True,
        "null": None,
        "a list": ["7"],
        "an object": {"nonce": "7"},
        "nothing": "",
        "a blank": " ",
        "a blank before": " 7",
        "a blank behind": "7 ",
        "a line behind": "7\n",
        "a minus": "-7",
        "a plus": "+7",
        "a zero before": "07",
        "hexadecimal": "0x7",
        "an exponent": "1e3",
        "a point": "7.0",
        "an underscore": "1_0",
        "a comma": "1,000",
        "Arabic digits": "٧",
        "full-width digits": "７",
        "a superscript": "7²",
        "2**256": str(2**256),
        "78 nines": "9" * 78,
        "a thousand digits": "7" * 1000,
        "infinity": "Infinity",
        "not a number": "NaN",
    }
    hashes: dict[str, Any] = {
        "a number": 7,
        "null": None,
        "a list": [TX],
        "nothing but 0x": "0x",
        "no 0x": "ab" * 32,
        "an upper 0X": "0X" + "ab" * 32,
        "a digit short": TX[:-1],
        "a digit long": TX + "a",
        "no hexadecimal": "0x" + "zz" * 32,
        "a line behind": TX + "\n",
        "a blank before": " " + TX,
        "a Cyrillic letter": "0x" + "а" * 64,
        "Arabic digits": "0x" + "٧" * 64,
        "a longer text": "0x" + "ab" * 5000,
    }
    terms: dict[str, dict[str, Any]] = {
        "another tier": {"tier": "platinum"},
        "a tier in capitals": {"tier": "Starter"},
        "a tier as a number": {"tier": 1},
        "no tier": {"tier": LEFT_OUT},
        "no assets": {"assetCapacity": 0},
        "fewer than none": {"assetCapacity": -1},
        "eleven assets": {"assetCapacity": 11},
        "a huge number of assets": {"assetCapacity": 10**30},
        "half an asset": {"assetCapacity": 1.5},
        "assets as true": {"assetCapacity": True},
        "assets in Arabic": {"assetCapacity": "١"},
        "another strength": {"modelStrength": "godlike"},
        "no strength": {"modelStrength": LEFT_OUT},
        "two clones": {"cloneId": "cln_0000000000000000000000"},
        "no clone": {"createClone": LEFT_OUT},
        "a clone that is no object": {"createClone": "Trader 1"},
        "a clone without a name": {"createClone": {"description": "."}},
        "a clone with more": {"createClone": {"name": "Trader 1", "image": "x"}},
        "chain nought": {"chainId": 0},
        "a chain below nought": {"chainId": -6343},
        "a huge chain": {"chainId": 2**64},
        "a chain in words": {"chainId": "testnet"},
        "no number": {"depositNonce": LEFT_OUT},
    }
    invalid = 400, "VALIDATION_FAILED"
    bent = [Bad(f"number: {name}", *invalid, says(depositNonce=value)) for name, value in numbers.items()]
    bent += [Bad(f"transaction: {name}", *invalid, says(txHash=value)) for name, value in hashes.items()]
    coded = {"a clone with more": "FIELD_NOT_ALLOWED"}
    return bent + [
        Bad(f"body: {name}", 400, coded.get(name, invalid[1]), says(**value)) for name, value in terms.items()
    ]


def _unknown_fields() -> list[Bad]:
    names = ("amountWei", "feeWei", "userId", "walletAddress", "resolver", "confirmations", "deposit_nonce")
    return [Bad(f"field: {name}", 400, "FIELD_NOT_ALLOWED", says(**{name: "7"})) for name in names]


def _other_offers() -> list[Bad]:
    mismatch = 422, "QUOTE_MISMATCH"
    return [
        Bad("offer: another tier", *mismatch, says(tier="builder")),
        Bad("offer: more assets", *mismatch, says(assetCapacity=2)),
        Bad("offer: a stronger model", *mismatch, says(modelStrength="frontier")),
        Bad("offer: a clone instead", *mismatch, says(createClone=LEFT_OUT, cloneId="cln_" + "0" * 22)),
        Bad("offer: another name", *mismatch, says(createClone={"name": "Trader 2"})),
        Bad(
            "offer: other words",
            *mismatch,
            says(createClone={"name": "Trader 1", "description": "New."}),
        ),
        Bad("c06 offer: another chain", 422, "WRONG_CHAIN", says(chainId=1)),
        Bad("offer: number nought", 404, "QUOTE_NOT_FOUND", says(depositNonce="0")),
        Bad("offer: the largest number", 404, "QUOTE_NOT_FOUND", says(depositNonce=str(2**256 - 1))),
        Bad("offer: the next number", 404, "QUOTE_NOT_FOUND", _next_number),
        Bad("c11 offer: somebody else's", 403, "QUOTE_OF_ANOTHER", _somebody_elses),
        Bad("c01 offer: somebody else's, bought", 409, "DEPOSIT_ALREADY_CLAIMED", _bought_by_another),
        Bad("c01 transaction: somebody else's, bought", 409, "DEPOSIT_ALREADY_CLAIMED", _their_transaction),
        Bad("c11 offer: run out and never paid", 409, "DEPOSIT_NOT_SEEN", _never_paid),
        Bad("c11 offer: paid too late", 409, "QUOTE_EXPIRED", _late),
        Bad("c11 offer: used by another payment", 409, "QUOTE_USED", _used),
        Bad("grant: the name is taken meanwhile", 409, "NOT_GRANTABLE", _name_taken),
    ]


def _wrong_payments() -> list[Bad]:
    low = 422, "AMOUNT_TOO_LOW"
    missing = 422, "DEPOSIT_NOT_FOUND"
    shorts = {
        "one wei": PRICE - 1,
        "half": PRICE // 2,
        "one wei only": 1,
        "nothing": 0,
        "a gwei": PRICE - 10**9,
    }
    decimals = {"six decimals": 10**4, "eight decimals": 10**6, "ether as wei": 1}
    payments = [Bad(f"c05 short by: {name}", *low, pays(amount_wei=wei)) for name, wei in shorts.items()]
    payments += [Bad(f"c04 amount in {name}", *low, pays(amount_wei=wei)) for name, wei in decimals.items()]
    tokens = {
        "one": "0x" + "00" * 19 + "01",
        "the vault": "0x" + "fa" * 20,
        "the usual word for ether": "0x" + "ee" * 20,
    }
    payments += [
        Bad(f"c04 token: {name}", 422, "WRONG_TOKEN", pays(token=token)) for name, token in tokens.items()
    ]
    return [
        *payments,
        Bad(
            "c04 token: more than the price",
            422,
            "WRONG_TOKEN",
            pays(token="0x" + "70" * 20, amount_wei=10**30),
        ),
        Bad("c12 payer: another wallet", 422, "OTHER_PAYER", _other_payer),
        Bad("c12 payer: nobody's wallet", 422, "OTHER_PAYER", pays(payer="0x" + "99" * 20)),
        Bad("c12 payer: the vault", 422, "OTHER_PAYER", pays(payer="0x" + "fa" * 20)),
        Bad("c12 number: nought", *missing, pays(nonce=0)),
        Bad("c12 number: of nobody", *missing, pays(nonce=2**255)),
        Bad(
            "c12 number: the next one",
            *missing,
            lambda scene: scene.pay(nonce=scene.quote.nonce + 1) and None,
        ),
        Bad(
            "c12 number: cut to 64 bits",
            *missing,
            lambda scene: scene.pay(nonce=scene.quote.nonce % 2**64) and None,
        ),
        Bad("c02 transaction: of another contract", *missing, _carried),
        Bad("c03 transaction: failed", 422, "TX_REVERTED", _failed),
        Bad("c03 transaction: a withdrawal", *missing, _withdrawal),
        Bad("c15 chain: nobody answers", 503, "CHAIN_UNAVAILABLE", _down),
        Bad("c10 chain: behind what was seen", 503, "CHAIN_UNAVAILABLE", _behind),
        Bad("c06 chain: another one is served", 503, "CHAIN_UNAVAILABLE", _served_other),
        Bad("c22 chain: other code at the vault", 503, "CHAIN_UNAVAILABLE", _other_code),
    ]


def _pending() -> list[Bad]:
    wait = 202, "DEPOSIT_PENDING"
    return [
        Bad("c07 not mined", *wait, lambda scene: scene.body.update(txHash=TX)),
        Bad("c07 not paid", *wait, lambda scene: None),
        Bad("c08 not deep enough", *wait, _shallow),
        Bad("c08 in a block that was replaced", *wait, _replaced),
        Bad("c10 the provider is behind", *wait, _lagging),
    ]


def _next_number(scene: Scene) -> None:
    scene.pay()
    scene.body["depositNonce"] = str(scene.quote.nonce + 1)


def _somebody_elses(scene: Scene) -> None:
    hers = scene.other.offer()
    scene.pay(nonce=hers.nonce)
    scene.body |= repeated(hers)


def _bought_by_another(scene: Scene) -> None:
    hers = scene.other.offer()
    scene.pay(payer=scene.other.address, nonce=hers.nonce)
    assert scene.other.submit(hers).status_code == 200
    scene.body |= repeated(hers)


def _their_transaction(scene: Scene) -> None:
    hers = scene.other.offer()
    scene.pay(payer=scene.other.address, nonce=hers.nonce)
    assert scene.other.submit(hers).status_code == 200


def _run_out(scene: Scene) -> None:
    Quote.objects.filter(pk=scene.quote.pk).update(expires_at=clock.real_now() - timedelta(minutes=5))


def _never_paid(scene: Scene) -> None:
    _run_out(scene)
    scene.body["txHash"] = TX


def _late(scene: Scene) -> None:
    _run_out(scene)
    scene.chain.now = clock.real_now() - timedelta(minutes=1)
    scene.pay()


def _used(scene: Scene) -> None:
    """Another wallet of the same person paid too, and that payment was let count for the offer."""
    Quote.objects.filter(pk=scene.quote.pk).update(status="used")
    scene.pay()


def _name_taken(scene: Scene) -> None:
    taken = scene.other.offer(createClone={"name": "Trader 1"})
    scene.chain.pay(scene.other.address, taken.nonce, taken.fee_wei)
    bury(scene.chain)
    assert scene.other.submit(taken).status_code == 200
    scene.pay()


def _other_payer(scene: Scene) -> None:
    scene.pay(payer=scene.other.address)


def _carried(scene: Scene) -> None:
    scene.chain.carry(TX)
    scene.body["txHash"] = TX


def _failed(scene: Scene) -> None:
    scene.chain.revert(TX)
    scene.body["txHash"] = TX


def _withdrawal(scene: Scene) -> None:
    scene.body["txHash"] = scene.chain.withdraw(scene.desk.address, scene.quote.nonce, PRICE).tx_hash


def _down(scene: Scene) -> None:
    scene.pay()
    scene.chain.down = "chain.test cannot be asked at the moment."


def _behind(scene: Scene) -> None:
    scene.chain.mine(20)
    shop.scan(scene.chain, now=clock.real_now())
    scene.pay()
    scene.chain.lag = 10


def _served_other(scene: Scene) -> None:
    scene.pay()
    scene.chain.served_chain = 1


def _other_code(scene: Scene) -> None:
    scene.pay()
    scene.chain.served_code = "0x" + "c1" * 32


def _shallow(scene: Scene) -> None:
    paid = scene.chain.pay(scene.desk.address, scene.quote.nonce, scene.quote.fee_wei)
    scene.chain.mine(scene.chain.vault.confirmations - 2)
    scene.body["txHash"] = paid.tx_hash


def _replaced(scene: Scene) -> None:
    scene.pay()
    scene.chain.reorg(scene.chain.vault.confirmations)


def _lagging(scene: Scene) -> None:
    scene.pay()
    scene.chain.lag = 1


BAD_PAYMENTS = [
    *_malformed(),
    *_unknown_fields(),
    *_other_offers(),
    *_wrong_payments(),
    *_pending(),
]
