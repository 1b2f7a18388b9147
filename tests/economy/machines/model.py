"""What must be so of money, in plain Python: offers, payments and refunds, and the wei that follow from them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

Key = tuple[str, int]
"""Who paid, and under which number."""

LIVE = ("waiting", "signed", "paid")


class Event(NamedTuple):
    """A payment as it stands on the chain that is shown: its amount, its place, and its block's height and second."""

    amount: int
    place: tuple[str, int, str]
    number: int
    stamp: float


@dataclass
class Offer:
    """What somebody was offered; `name` is that of the clone it creates, empty where it is for one that exists."""

    number: int
    owner: int
    wallet: str
    fee: int
    expires_at: datetime
    name: str
    is_used: bool = False


@dataclass
class Paid:
    """A payment: where it stands, what it bought, why it bought nothing."""

    key: Key
    amount: int
    place: tuple[str, int, str]
    number: int
    stamp: float
    first_seen: datetime
    status: str = "pending"
    reason: str = ""
    offer: Offer | None = None
    purchase: str = ""
    leave: str = ""

    @property
    def stands(self) -> bool:
        """Whether what it bought is in the books."""
        return self.status == "confirmed" and not self.reason

    @property
    def surplus(self) -> int:
        """What was paid beyond the price."""
        return self.amount - self.offer.fee if self.offer else 0


@dataclass
class Back:
    """Money that is given back."""

    paid: Paid
    cause: str
    amount: int
    number: int
    status: str = "waiting"
    deadline: float = 0.0

    @property
    def book(self) -> str:
        """The book it comes out of."""
        return {"purchase": "fees", "unmatched": "unmatched", "surplus": "surplus"}[self.cause]


@dataclass
class Model:
    """All of it; `final_after` says how many blocks, its own counted, make a payment final."""

    final_after: int
    offers: dict[int, Offer] = field(default_factory=dict)
    paid: dict[Key, Paid] = field(default_factory=dict)
    backs: list[Back] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)

    def books(self) -> dict[str, int]:
        """What each book must hold, in wei."""
        held = dict.fromkeys(("vault", "clearing", "unmatched", "fees", "surplus", "refunds"), 0)
        for each in self.paid.values():
            if each.status != "confirmed":
                continue
            held["vault"] += each.amount
            if each.stands:
                held["fees"] -= each.offer.fee if each.offer else 0
                held["surplus"] -= each.surplus
            else:
                held["unmatched"] -= each.amount
        for back in self.backs:
            if back.status in ("signed", "paid"):
                held[back.book] += back.amount
                held["refunds" if back.status == "signed" else "vault"] -= back.amount
        return held

    # The chain

    def scanned(self, shown: Mapping[Key, Event], now: datetime) -> None:
        """The chain was read: what is new is pending, what moved starts again, what is gone is gone."""
        for key, each in self.paid.items():
            event = shown.get(key)
            if each.status in ("pending", "confirmed") and (event is None or event.place != each.place):
                self._gone(each)
        for key, event in shown.items():
            self.learned(key, event, now)

    def learned(self, key: Key, event: Event, now: datetime) -> None:
        """One payment was seen in a block."""
        each = self.paid.get(key)
        if each is None:
            self.paid[key] = Paid(key, event.amount, event.place, event.number, event.stamp, now)
        elif each.status in ("dropped", "reversed"):
            self.seen[f"{each.status} came back"] += 1
            each.status, each.amount = "pending", event.amount
            each.place, each.number, each.stamp = event.place, event.number, event.stamp

    def confirmed(self, shown: Mapping[Key, Event], head: int, *, only: Paid | None = None) -> None:
        """What is deep enough, and still where it was seen, counts: all of it, or one payment alone."""
        final = head - self.final_after + 1
        asked = self.paid.values() if only is None else [only]
        due = [each for each in asked if each.status == "pending" and each.number <= final]
        for each in sorted(due, key=lambda one: one.number):
            event = shown.get(each.key)
            if event is not None and event.place == each.place:
                each.status = "confirmed"
                each.reason = self._settled(each)
                self.seen[f"confirmed {each.reason or 'bought'}"] += 1

    def _gone(self, each: Paid) -> None:
        was = each.status
        each.status, each.reason = ("reversed" if was == "confirmed" else "dropped"), ""
        if each.purchase == "confirmed" and was == "confirmed":
            each.purchase = "reversed"
            self.seen["purchases reversed"] += 1
        self.seen[each.status] += 1

    def _settled(self, each: Paid) -> str:
        """Why it bought nothing; empty where it did."""
        if self.is_being_returned(each):
            return "NOT_GRANTABLE"
        if each.offer is not None:
            if each.amount < each.offer.fee:
                return "AMOUNT_TOO_LOW"
            if each.purchase == "reversed":
                each.purchase = "confirmed"
                self.seen["purchases restored"] += 1
            return ""
        offer = self.offers.get(each.key[1])
        if offer is None:
            return "NO_QUOTE"
        if offer.wallet != each.key[0]:
            return "OTHER_PAYER"
        if min(each.first_seen.timestamp(), each.stamp) > offer.expires_at.timestamp():
            return "QUOTE_EXPIRED"
        if offer.is_used:
            return "QUOTE_USED"
        if each.amount < offer.fee:
            return "AMOUNT_TOO_LOW"
        if offer.name in self.names:
            return "NOT_GRANTABLE"
        self.buy(each, offer)
        return ""

    def buy(self, each: Paid, offer: Offer) -> None:
        """The payment pays the offer."""
        offer.is_used, each.offer, each.purchase, each.reason = True, offer, "confirmed", ""
        if offer.name:
            self.names.add(offer.name)

    # Giving back

    def is_being_returned(self, each: Paid) -> bool:
        """Whether it is on its way back because it bought nothing."""
        return any(one.paid is each and one.cause == "unmatched" and one.status in LIVE for one in self.backs)

    def may_claim(self, each: Paid, offer: Offer, now: datetime) -> bool:
        """Whether the payer of both may let the payment pay the offer after all."""
        if each.status != "confirmed" or not each.reason or each.offer or self.is_being_returned(each):
            return False
        seen_at = min(each.first_seen.timestamp(), each.stamp)
        a_day_late = seen_at <= (offer.expires_at + timedelta(days=1)).timestamp()
        in_time = now <= offer.expires_at or (offer.number == each.key[1] and a_day_late)
        is_free = not offer.is_used and offer.name not in self.names
        return in_time and is_free and each.amount >= offer.fee

    def owed(self, each: Paid, cause: str, *, but: Back | None = None) -> int:
        """What may be asked back for a cause, in wei; `but` leaves one refund out of what is being given back."""
        if each.status != "confirmed":
            return 0
        booked = {
            "unmatched": 0 if each.stands else each.amount,
            "surplus": each.surplus if each.stands else 0,
            "purchase": each.offer.fee if each.stands and each.offer else 0,
        }[cause]
        live = [one for one in self.backs if one.paid is each and one.status in LIVE and one is not but]
        left = booked - sum(one.amount for one in live if one.cause == cause)
        return left if left + sum(one.amount for one in live) <= each.amount else 0

    def may_ask(self, each: Paid, cause: str) -> bool:
        """Whether a refund may be asked for."""
        live = [one for one in self.backs if one.paid is each and one.cause == cause and one.status in LIVE]
        return not live and self.owed(each, cause) > 0

    def may_sign(self, back: Back) -> bool:
        """Whether a refund that waits may be signed."""
        return back.status == "waiting" and self.owed(back.paid, back.cause, but=back) == back.amount

    def is_pinned(self, key: Key) -> bool:
        """Whether money of the payment was let go: paid again in another amount, it would be a loss, not a rule."""
        each = self.paid.get(key)
        return each is not None and any(
            one.paid is each and one.status not in ("waiting", "denied") for one in self.backs
        )
