"""What people do: ask for offers, submit and claim payments, ask for money back, decide, fetch it."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from apps.competition.models import RefundAuthorisation
from apps.competition.services import refunds as letting_go
from apps.core.errors import AdapterError, DomainError
from apps.economy.models import Purchase, Quote
from apps.economy.services import claims, fetching, quotes, refunds, submitting
from apps.operations.audit import Actor
from tests.economy.giving_back import VAULT, acting
from tests.economy.machines.chains import PLACES
from tests.economy.machines.life import Life
from tests.economy.machines.model import Back, Offer, Paid

TRIES = ("right", "right", "right", "wrong")


class People(Life):
    """Rules of payers and operators."""

    @rule(
        place=PLACES,
        name=st.sampled_from(["", "", "Bot A", "Bot B"]),
        paid=st.sampled_from([None, 0, 0, 7, -1]),
    )
    def asks_for_an_offer(self, place: int, name: str, paid: int | None) -> None:
        self.offer(place, name, paid)

    def offer(self, place: int, name: str, paid: int | None) -> None:
        """An offer, and what is paid for it beyond its fee; None for nothing yet."""
        index = place % len(self.players)
        player = self.players[index]
        row = self.try_it(
            "quote",
            self.is_answering() and name not in self.model.names,
            lambda: quotes.issue(
                user=player.user,
                wallet_address=player.address,
                chain_id=VAULT.chain_id,
                tier="starter",
                asset_capacity=1,
                model_strength="light",
                clone_public_id="" if name else self.clones[index].public_id,
                clone_name=name,
                readers=[self.chain],
                by=Actor.user(player.user),
                now=self.now,
            ),
        )
        if row is None:
            return
        offer = Offer(row.nonce, index, player.address, row.fee_wei, row.expires_at, name)
        self.model.offers[row.nonce] = offer
        if paid is not None:
            self.pay((offer.wallet, offer.number), offer.fee + paid, 5)

    @precondition(lambda self: self.model.offers)
    @rule(place=PLACES, names_it=st.booleans(), times=st.integers(1, 2))
    def submits(self, place: int, names_it: bool, times: int) -> None:
        offer = self.pick(list(self.model.offers.values()), place)
        answers = {self.submit(offer, names_it) for _ in range(times)}
        assert len(answers) == 1, answers

    @precondition(lambda self: self.model.offers and self.owed_payments())
    @rule(place=PLACES, other=PLACES)
    def claims(self, place: int, other: int) -> None:
        paid = self.pick(self.owed_payments(), place)
        player = next(each for each in self.players if each.address == paid.key[0])
        own = [each for each in self.model.offers.values() if self.players[each.owner] is player]
        fitting = [each for each in own if self.model.may_claim(paid, each, self.now)]
        if not own:
            return
        offer = self.pick(fitting or own, other)
        made = self.try_it(
            "claim",
            self.model.may_claim(paid, offer, self.now),
            lambda: claims.claim(
                user=player.user,
                deposit_public_id=self.row(paid).public_id,
                quote_public_id=Quote.objects.get(nonce=offer.number).public_id,
                by=Actor.user(player.user),
                now=self.now,
            ),
        )
        if made is not None:
            self.model.buy(paid, offer)

    @precondition(lambda self: self.model.paid)
    @rule(place=PLACES, cause=st.sampled_from(["unmatched", "surplus"]), by=st.sampled_from(TRIES))
    def asks_for_money_back(self, place: int, cause: str, by: str) -> None:
        paid = self.pick(self.likely(cause), place)
        row = self.try_it(
            f"ask {cause}",
            self.model.may_ask(paid, cause),
            lambda: refunds.ask(
                deposit=self.row(paid), cause=cause, reason="test", by=acting("ann"), now=self.now
            ),
        )
        if row is None:
            return
        back = Back(paid, cause, row.amount_wei, row.nonce)
        assert row.amount_wei == self.model.owed(paid, cause)
        self.model.backs.append(back)
        self.approve(back, by == "right")

    @precondition(lambda self: any(each.status == "waiting" for each in self.model.backs))
    @rule(place=PLACES, by=st.sampled_from(TRIES), is_denied=st.booleans())
    def decides_about_money(self, place: int, by: str, is_denied: bool) -> None:
        back = self.pick([each for each in self.model.backs if each.status == "waiting"], place)
        if not is_denied:
            self.approve(back, by == "right")
            return
        refunds.deny(refund=self.refund(back), reason="test", by=acting("bob"), now=self.now)
        back.status = "denied"

    @precondition(lambda self: any(each.purchase for each in self.model.paid.values()))
    @rule(place=PLACES, is_decided=st.booleans(), by=st.sampled_from(TRIES))
    def asks_for_a_fee_back(self, place: int, is_decided: bool, by: str) -> None:
        paid = self.pick([each for each in self.model.paid.values() if each.purchase], place)
        made = self.try_it(
            "ask fee",
            paid.purchase == "confirmed" and not paid.leave,
            lambda: letting_go.ask(
                entitlement=self.purchase(paid).entitlement, reason="test", by=acting("ann"), now=self.now
            ),
        )
        if made is not None:
            paid.leave = "waiting"
            if is_decided:
                self.decide_fee(paid, by, is_denied=False)

    @precondition(lambda self: any(each.leave == "waiting" for each in self.model.paid.values()))
    @rule(place=PLACES, is_denied=st.booleans(), by=st.sampled_from(TRIES))
    def decides_about_a_fee(self, place: int, is_denied: bool, by: str) -> None:
        waiting = [each for each in self.model.paid.values() if each.leave == "waiting"]
        self.decide_fee(self.pick(waiting, place), by, is_denied=is_denied)

    @precondition(lambda self: any(each.leave == "authorised" for each in self.model.paid.values()))
    @rule()
    def the_resolver_signs(self) -> None:
        due = [each for each in self.model.paid.values() if each.leave == "authorised"]
        due = [each for each in due if each.purchase == "confirmed" and each.status == "confirmed"]
        report = refunds.sign_authorised(now=self.now, limit=100)
        assert (report.done, report.failed) == (len(due), 0), report
        for paid in due:
            row = self.row(paid).refunds.get(cause="purchase", status="signed")
            back = Back(paid, "purchase", paid.offer.fee if paid.offer else 0, row.nonce)
            self.model.backs.append(back)
            paid.purchase = "refunded"
            self.signed(back, row)

    @precondition(lambda self: any(each.status == "signed" for each in self.model.backs))
    @rule(place=PLACES, buried=st.integers(0, 5))
    def fetches(self, place: int, buried: int) -> None:
        back = self.pick([each for each in self.model.backs if each.status == "signed"], place)
        self.date_blocks()
        is_late = self.now.timestamp() > back.deadline
        if not is_late and not self.is_fetched(back.number):
            event = (back.paid.key[0], back.number, back.amount)
            self.chain.batch([event], resolver=VAULT.resolver, name="Withdrawal")
            self.model.seen["fetched"] += 1
        if buried:
            self.mine(buried)
            self.watch()

    @precondition(lambda self: any(each.status == "signed" for each in self.model.backs))
    @rule(is_late=st.sampled_from([True, True, False]))
    def the_payments_worker_looks(self, is_late: bool) -> None:
        if is_late:
            self.pass_time(60 * 24 * 40)
            self.mine(VAULT.confirmations)
        self.scan()
        self.watch()

    # How

    def owed_payments(self) -> list[Paid]:
        """The payments that bought nothing."""
        return [each for each in self.model.paid.values() if each.reason]

    def likely(self, cause: str) -> list[Paid]:
        """Payments of which something is owed for the cause, where there are any."""
        everything = list(self.model.paid.values())
        return [each for each in everything if self.model.owed(each, cause) > 0] or everything

    def purchase(self, paid: Paid) -> Purchase:
        """What the payment bought, as it is stored."""
        return Purchase.objects.get(deposit=self.row(paid))

    def submit(self, offer: Offer, names_it: bool) -> Any:
        """What the payer is told: the purchase, the code of a refusal, or how deep the payment is."""
        player = self.players[offer.owner]
        key = (offer.wallet, offer.number)
        event = self.shown(whole=True).get(key)
        self.model_submits(offer, event if names_it else None)
        try:
            said = submitting.submit(
                user=player.user,
                deposit_nonce=offer.number,
                tier="starter",
                asset_capacity=1,
                model_strength="light",
                clone_public_id="" if offer.name else self.clones[offer.owner].public_id,
                clone_name=offer.name,
                tx_hash=event.place[0] if event is not None and names_it else "",
                open_readers=self.open_readers,
                by=Actor.user(player.user),
                now=self.now,
            )
        except DomainError as refused:
            code = refused.code
        except AdapterError:
            code = "CHAIN_UNAVAILABLE"
        else:
            code = said.purchase.public_id if said.purchase else "waits"
        paid = self.model.paid.get(key)
        bought = Purchase.objects.filter(quote__nonce=offer.number).exclude(status="reversed").first()
        if bought is not None:
            assert code == bought.public_id
            self.model.seen["submitted"] += 1
        elif paid is not None and paid.reason:
            assert code == paid.reason
        else:
            assert code in ("waits", "DEPOSIT_NOT_SEEN"), code
        return code

    def model_submits(self, offer: Offer, named: Any) -> None:
        """What a submission learns: the named transaction, else all that a scan does; where it is final, it counts."""
        key = (offer.wallet, offer.number)
        standing = [each for each in self.model.paid.values() if each.offer is offer]
        if any(each.purchase in ("confirmed", "refunded") for each in standing):
            return
        paid = self.model.paid.get(key)
        if paid is not None and paid.reason:
            return
        shown = self.shown()
        if named is not None and key in shown:
            self.model.learned(key, shown[key], self.now)
        paid = self.model.paid.get(key)
        if (paid is None or paid.status in ("dropped", "reversed")) and shown.get(key, (0,))[0]:
            self.model_scans()
            paid = self.model.paid.get(key)
        if paid is not None and paid.status == "pending":
            self.model.confirmed(shown, self.shown_head(), only=paid)

    def approve(self, back: Back, is_right: bool) -> None:
        """Another person approves, or the one who asked tries to."""
        row = self.try_it(
            "approve" if is_right else "approve alone",
            is_right and self.model.may_sign(back),
            lambda: refunds.approve(
                refund=self.refund(back), by=acting("bob" if is_right else "ann"), now=self.now
            ),
        )
        if row is not None:
            self.signed(back, row)

    def signed(self, back: Back, row: Any) -> None:
        """The resolver has signed."""
        assert (row.amount_wei, row.payee_address) == (back.amount, back.paid.key[0])
        back.status, back.deadline = "signed", row.deadline_at.timestamp()
        self.model.seen[f"signed {back.cause}"] += 1

    def decide_fee(self, paid: Paid, by: str, *, is_denied: bool) -> None:
        """Competition's second person decides, or the first tries to."""
        leave = RefundAuthorisation.objects.filter(entitlement=self.purchase(paid).entitlement).latest("pk")
        decide = letting_go.deny if is_denied else letting_go.authorise
        who = acting("bob" if by == "right" else "ann")
        made = self.try_it(
            "deny fee" if is_denied else "authorise fee",
            is_denied or by == "right",
            lambda: decide(authorisation=leave, by=who, reason="test", now=self.now),
        )
        if made is not None:
            paid.leave = "" if is_denied else "authorised"

    def is_fetched(self, number: int, *, last: int | None = None) -> bool:
        """Whether the chain has the withdrawal of that number, up to a block."""
        blocks = self.chain.blocks if last is None else self.chain.blocks[: last + 1]
        events = [event for head in blocks for event in self.chain.events.get(head.hash, [])]
        return any(event.name == "Withdrawal" and event.nonce == number for event in events)

    def watch(self) -> None:
        """The worker looks at what was fetched, in final blocks."""
        final = self.chain.blocks[-VAULT.confirmations]
        looked = self.highest > 0
        fetching.watch(vault=VAULT, readers=[self.chain], now=self.now)
        if not looked:
            return
        for back in [each for each in self.model.backs if each.status == "signed"]:
            if self.is_fetched(back.number, last=final.number):
                back.status = "paid"
            elif back.deadline < min(final.timestamp, self.now.timestamp()):
                back.status = "expired"
            self.model.seen[f"refund {back.status}"] += 1
