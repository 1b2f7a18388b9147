"""The operator's desk: an account's page, kill switches and held acts; what it shows, to whom, and what its dialogs do."""

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.operations import clock
from apps.operations.models import AuditEvent, HeldAct
from apps.trading.models import (
    AccountSnapshot,
    LedgerEntry,
    PriceOutage,
    PropAccount,
    TradingHalt,
    TriggerOrder,
)
from apps.trading.services import accounts, execution, halts
from apps.trading.services.policies import move_policy
from apps.users.models import User
from tests.trading import world

pytestmark = pytest.mark.django_db
PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
WRITTEN = b"<script>alert(1)"
HALTS, WAITING = "/admin/kill-switches/", "/admin/second-person/"


@pytest.fixture
def account() -> PropAccount:
    """An account without any trade."""
    world.put_quote(dollars=100)
    return world.make_account()


@pytest.fixture
def busy(account: PropAccount) -> PropAccount:
    """The same account with a position, an exit, a denial, two snapshots, a second policy and a waiting price."""
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    execution.execute_action(action=world.propose_action(account, leverage=500), now=world.NOW)
    for minutes, dollars in ((0, 100_000), (1, 101_000), (2, 99_500)):
        AccountSnapshot.objects.update_or_create(
            account=account,
            at=world.NOW + minutes * world.MINUTE,
            defaults={
                "cash_micros": dollars * world.DOLLAR,
                "unrealized_micros": 0,
                "equity_micros": dollars * world.DOLLAR,
                "maintenance_micros": 0,
            },
        )
    TriggerOrder.objects.create(
        account=account,
        asset=world.make_asset(),
        symbol="BTC",
        kind="stop",
        side=1,
        price_micros=90 * world.DOLLAR,
        set_at=world.NOW,
    )
    account.refresh_from_db()
    move_policy(
        account=account,
        policy=world.policy(max_leverage=7),
        from_sequence=1,
        reason=PAYLOAD,
        by=world.BY,
        now=world.NOW,
    )
    accounts.restrict_account(account=account, reason=PAYLOAD, by=world.BY, now=world.NOW)
    PropAccount.objects.filter(pk=account.pk).update(wait_reason="BTC: PRICE_STALE")
    return PropAccount.objects.get(pk=account.pk)


def signed_in(*codes: str, **user: Any) -> Client:
    named = {"username": f"operator-{User.objects.count()}", "is_staff": True}
    person = User.objects.create(**{**named, **user})
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def boss() -> Client:
    return signed_in(is_superuser=True, username="boss")


def page_of(account: PropAccount) -> str:
    return reverse("console-account", args=[account.public_id])


def act(client: Client, account: PropAccount, name: str, **fields: Any) -> Any:
    """Send the dialog of an act upon an account, typed as it wants to be."""
    address = reverse(f"admin:trading_propaccount_{name}", args=[account.pk])
    form = {"_form_submitted": "true", "reason": "because of a test", "confirmation": account.public_id}
    return client.post(address, form | fields)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def link(client: Client, title: str) -> dict[str, Any]:
    sidebar = client.get("/admin/").context["sidebar_navigation"]
    return next(item for group in sidebar for item in group["items"] if item["title"] == title)


class TestAccountPage:
    """One account on one page."""

    def test_it_stands_without_any_trade(self, boss: Client, account: PropAccount) -> None:
        shown = boss.get(page_of(account))
        for words in (
            b"No position is open",
            b"No exit stands",
            b"No order was filled",
            b"not been valued twice",
        ):
            assert words in shown.content
        assert shown.context["ledger"][0]["amount"] == "−$100,000.00"
        assert len(shown.context["ledger"]) == 2

    def test_it_tells_what_the_account_is_and_did(self, boss: Client, busy: PropAccount) -> None:
        shown = boss.get(page_of(busy)).context
        assert shown["account"]["status"].lower() == "reduce only"
        assert shown["account"]["waits"] == [{"symbol": "BTC", "code": "PRICE_STALE"}]
        [position] = shown["positions"]
        assert (position["symbol"], position["side"], position["mode"]) == ("BTC", "Long", "5x cross")
        assert position["mark"] == "$100.00" and position["unrealized"].startswith("−")
        [order] = shown["orders"]
        names = dict(order["fills"][0]["lines"])
        assert names["kernel"].startswith("exchange-") and names["quote"] and names["mid price"] == "$100.00"
        assert [row["level"] for row in shown["exits"]["standing"]] == ["$90.00"]
        assert [(row["sequence"], len(row["changes"])) for row in shown["policies"]] == [(2, 1), (1, 0)]
        assert shown["denials"][0]["count"] == 1
        assert [event["what"] for event in shown["events"]] == ["Restricted", "Policy moved", "Opened"]
        assert shown["chart"]["high"] == "$101,000.00" and shown["chart"]["tone"] == "down"

    def test_its_money_adds_up(self, boss: Client, busy: PropAccount) -> None:
        story = boss.get(page_of(busy)).context["money"]
        fees = -sum(entry.amount_micros for entry in LedgerEntry.objects.filter(book="cash", kind="fee"))
        amounts = {part["name"]: part["amount"] for part in story["parts"]}
        # A cent may be added, so that what is shown adds up to the profit that is shown.
        cents = fees // 10_000
        assert fees > 0 and amounts["Fees"] in {f"−${cents / 100:.2f}", f"−${(cents + 1) / 100:.2f}"}
        assert story["start"] == "$100,000.00" and story["profit"].startswith("−")

    def test_texts_from_people_are_text(self, boss: Client, busy: PropAccount) -> None:
        type(busy.clone).objects.filter(pk=busy.clone_id).update(name="<script>alert(1)")
        shown = boss.get(page_of(busy)).content
        assert WRITTEN not in shown and b"onerror=alert(2)>" not in shown
        assert b"&lt;script&gt;alert(1)" in shown

    def test_looking_costs_the_same_for_little_and_for_much(
        self, boss: Client, busy: PropAccount, django_assert_max_num_queries: Any
    ) -> None:
        for index in range(60):
            AuditEvent.objects.create(
                verb="trading.account.tested",
                actor_kind="user",
                actor_id="1",
                subject_type="trading.propaccount",
                subject_id=busy.public_id,
                at=world.NOW,
                reason=str(index),
            )
        with django_assert_max_num_queries(60):
            assert len(boss.get(page_of(busy)).context["events"]) == 25

    def test_only_who_may_see_accounts_sees_it(self, account: PropAccount) -> None:
        assert Client().get(page_of(account)).status_code == 302
        assert signed_in("view_order").get(page_of(account)).status_code == 403
        assert signed_in("view_propaccount", is_staff=False).get(page_of(account)).status_code == 302
        looker = signed_in("view_propaccount")
        assert looker.get(page_of(account)).context["acts"] == []
        assert looker.get("/admin/accounts/acc_nobody/").status_code == 404
        assert looker.post(page_of(account)).status_code == 405

    def test_lists_and_rows_lead_to_it(self, boss: Client, account: PropAccount) -> None:
        address = page_of(account).encode()
        assert address in boss.get(reverse("admin:trading_propaccount_changelist")).content
        opened = boss.get(reverse("admin:trading_propaccount_open_page", args=[account.pk]))
        assert opened["Location"] == page_of(account)

    def test_it_offers_what_the_state_allows(self, boss: Client, account: PropAccount) -> None:
        def offered() -> set[str]:
            return {one["name"] for one in boss.get(page_of(account)).context["acts"]}

        always = {"lock", "force_out", "complete", "move_policy", "adjust", "force_liquidate"}
        assert offered() == always | {"pause", "restrict", "halt"}
        accounts.pause_account(account=account, reason="test", by=world.BY, now=world.NOW)
        assert offered() == always | {"resume", "restrict", "halt"}
        accounts.lock_account(account=account, reason="test", by=world.BY, now=world.NOW)
        assert offered() == always - {"lock"} | {"resume", "halt"}
        accounts.halt_account(account=account, reason="test", by=world.BY, now=world.NOW)
        assert offered() == always - {"lock"} | {"resume"}
        accounts.close_account(account=account, reason="test", by=world.BY, now=world.NOW)
        assert offered() == set()


ACTS = {
    "pause": ("change_propaccount", "paused", "trading.account.paused"),
    "restrict": ("change_propaccount", "reduce_only", "trading.account.restricted"),
    "halt": ("change_propaccount", "halted", "trading.account.halted"),
    "lock": ("change_propaccount", "locked", "trading.account.locked"),
    "force_out": ("delete_propaccount", "locked", "trading.account.forced-out"),
    "complete": ("delete_propaccount", "completed", "trading.account.completed"),
}
TYPED = ("halt", "force_out", "complete")


class TestActs:
    """The dialogs of the acts upon an account."""

    @pytest.mark.parametrize("name", ACTS)
    def test_an_act_has_a_permission_a_reason_and_a_row(self, name: str, account: PropAccount) -> None:
        code, status, verb = ACTS[name]
        stranger, operator = signed_in("view_propaccount"), signed_in("view_propaccount", code)
        assert act(stranger, account, name).status_code == 403
        address = reverse(f"admin:trading_propaccount_{name}", args=[account.pk])
        assert operator.get(address).status_code == 200
        for reason in ("", "abc", "x" * 501):
            act(operator, account, name, reason=reason)
        if name in TYPED:
            act(operator, account, name, confirmation="acc_other")
        assert PropAccount.objects.get().status == "active"
        assert not AuditEvent.objects.filter(verb=verb).exists()
        act(operator, account, name)
        event = AuditEvent.objects.get(verb=verb)
        assert (PropAccount.objects.get().status, event.reason) == (status, "because of a test")

    def test_a_dialog_without_the_token_of_the_page_is_refused(self, account: PropAccount) -> None:
        User.objects.create(username="boss", is_staff=True, is_superuser=True)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.get(username="boss"))
        assert act(strict, account, "pause").status_code == 403
        assert PropAccount.objects.get().status == "active"

    def test_a_refused_act_says_why_and_stays_on_record(self, boss: Client, account: PropAccount) -> None:
        accounts.lock_account(account=account, reason="test", by=world.BY, now=world.NOW)
        answer = act(boss, account, "pause")
        assert said(answer) == ["This prop account is locked and cannot become paused."]
        assert AuditEvent.objects.latest("id").detail == {"refused": "STATE_CHANGED"}


class TestTwoPersons:
    """F15: money is corrected, and accounts are liquidated, on the word of two persons."""

    def test_f15_an_adjustment_waits_for_another_person(self, account: PropAccount) -> None:
        codes = ("view_propaccount", "add_ledgerentry", "view_heldact")
        ann, bob = signed_in(*codes, username="ann"), signed_in(*codes)
        assert act(signed_in("view_propaccount", "change_propaccount"), account, "adjust").status_code == 403
        for amount in ("", "0", "1e3", "5.1234567", "NaN", "all", "1000000000", "-1000000000"):
            act(ann, account, "adjust", amount=amount)
        act(ann, account, "adjust", amount="-12.50", reason="")
        assert not HeldAct.objects.exists()
        act(ann, account, "adjust", amount="-12.50", reason=PAYLOAD)
        held = HeldAct.objects.get()
        assert held.payload == {"amount_micros": -12_500_000} and held.asked_by_label == "ann"
        assert PropAccount.objects.get().cash_micros == world.START
        assert not LedgerEntry.objects.filter(kind="adjustment").exists()

        mine, other = ann.get(WAITING), bob.get(WAITING)
        assert [one["name"] for one in mine.context["waiting"][0]["acts"]] == ["refuse"]
        assert [one["name"] for one in other.context["waiting"][0]["acts"]] == ["release", "refuse"]
        assert WRITTEN not in other.content and b"Book $12.50 out of the account of Ada" in other.content
        assert link(bob, "Second person")["badge"] == "1"
        assert b"Waits for a second person" in ann.get(page_of(account)).content

        decide(ann, held, "release")
        decide(signed_in("view_heldact"), held, "release")
        assert PropAccount.objects.get().cash_micros == world.START
        decide(bob, held, "release")
        assert PropAccount.objects.get().cash_micros == world.START - 12_500_000
        legs = LedgerEntry.objects.filter(kind="adjustment").values_list("reference", flat=True)
        assert set(legs) == {f"adjustment:{held.public_id}"}
        decide(bob, held, "release")
        assert PropAccount.objects.get().cash_micros == world.START - 12_500_000
        verbs = AuditEvent.objects.filter(subject_id=account.public_id).order_by("id")
        assert list(verbs.values_list("verb", flat=True)) == [
            "trading.account.opened",
            "trading.account.adjust-asked",
            "trading.account.adjusted",
            "trading.account.adjust-released",
        ]
        assert "badge" not in link(bob, "Second person")
        assert ann.get(WAITING).context["decided"][0]["outcome"] == "−$12.50 booked."

    def test_liquidating_waits_for_another_person(self, account: PropAccount) -> None:
        now = clock.now()
        world.put_quote(dollars=100, at=now)
        execution.execute_action(action=world.propose_action(account, now=now), now=now)
        ann, bob = (signed_in("delete_propaccount", "view_heldact") for _ in range(2))
        act(ann, account, "force_liquidate", confirmation="acc_other")
        assert not HeldAct.objects.exists()
        act(ann, account, "force_liquidate")
        assert PropAccount.objects.get().status == "active"
        held = HeldAct.objects.get()
        halts.set_halt(scope="asset", symbol="BTC", mode="halted", reason="test", by=world.BY, now=now)
        assert "TRADING_HALTED" in said(decide(bob, held, "release"))[0]
        assert HeldAct.objects.get().status == "waiting"
        assert "TRADING_HALTED" in bob.get(WAITING).context["waiting"][0]["outcome"]
        halts.lift_halt(halt=TradingHalt.objects.get(), reason="test", by=world.BY, now=now)
        decide(bob, held, "release")
        assert (PropAccount.objects.get().status, HeldAct.objects.get().status) == ("liquidated", "released")

    def test_what_the_account_became_meanwhile_ends_the_act(self, account: PropAccount) -> None:
        ann, bob = (signed_in("add_ledgerentry", "view_heldact") for _ in range(2))
        act(ann, account, "adjust", amount="5")
        accounts.close_account(account=account, reason="end", by=world.BY, now=world.NOW)
        decide(bob, HeldAct.objects.get(), "release")
        assert HeldAct.objects.get().status == "failed"
        assert not LedgerEntry.objects.filter(kind="adjustment").exists()
        act(ann, account, "adjust", amount="5")
        assert HeldAct.objects.count() == 1

    def test_nothing_waiting_is_said_to_who_may_look(self, boss: Client) -> None:
        assert b"Nothing waits for a second person" in boss.get(WAITING).content
        assert signed_in("view_propaccount").get(WAITING).status_code == 403
        assert Client().get(WAITING).status_code == 302


def decide(client: Client, held: HeldAct, name: str) -> Any:
    address = reverse(f"admin:operations_heldact_{name}", args=[held.pk])
    form = {"_form_submitted": "true", "reason": "checked twice", "confirmation": held.public_id}
    return client.post(address, form)


class TestKillSwitches:
    """What stands, and the dialogs that set and lift it."""

    def switch(self, client: Client, over: str = "BTC", mode: str = "halted", **fields: str) -> Any:
        form = {
            "_form_submitted": "true",
            "reason": PAYLOAD,
            "over": over,
            "mode": mode,
            "confirmation": over,
        }
        return client.post(reverse("admin:trading_tradinghalt_set_halt"), form | fields)

    def test_it_is_set_and_lifted_from_the_page(self, boss: Client, account: PropAccount) -> None:
        assert b"No kill switch stands" in boss.get(HALTS).content
        self.switch(boss)
        shown = boss.get(HALTS)
        [row] = shown.context["standing"]
        assert (row["over"], row["label"], row["by"], row["reason"]) == ("BTC", "Halted", "boss", PAYLOAD)
        assert WRITTEN not in shown.content and link(boss, "Kill switches")["badge"] == "1"
        assert b"Kill switch</a>: <b>BTC</b> is halted" in boss.get(page_of(account)).content
        halt = TradingHalt.objects.get()
        lift = reverse("admin:trading_tradinghalt_lift", args=[halt.pk])
        form = {"_form_submitted": "true", "reason": "it is over", "confirmation": "wrong"}
        boss.post(lift, form)
        assert TradingHalt.objects.get().lifted_at is None
        boss.post(lift, form | {"confirmation": str(halt.pk)})
        assert boss.get(HALTS).context["past"][0]["lifted_reason"] == "it is over"
        assert "badge" not in link(boss, "Kill switches")

    def test_everything_must_be_typed_to_be_halted(self, boss: Client, account: PropAccount) -> None:
        for wrong in ("", "everything", "BTC"):
            assert self.switch(boss, over="EVERYTHING", confirmation=wrong).status_code == 200
        assert self.switch(boss, over="NOPE").status_code == 200
        assert self.switch(boss, reason="").status_code == 200
        assert not TradingHalt.objects.exists()
        self.switch(boss, over="EVERYTHING", mode="reducing")
        halt = TradingHalt.objects.get()
        assert (halt.scope, halt.symbol, halt.mode) == ("everything", "", "reducing")

    def test_setting_and_lifting_have_permissions_of_their_own(self, account: PropAccount) -> None:
        looker, setter = signed_in("view_tradinghalt"), signed_in("view_tradinghalt", "add_tradinghalt")
        assert self.switch(looker).status_code == 403 and looker.get(HALTS).context["set"] == []
        self.switch(setter)
        halt = TradingHalt.objects.get()
        assert setter.get(HALTS).context["standing"][0]["acts"] == []
        lift = reverse("admin:trading_tradinghalt_lift", args=[halt.pk])
        assert setter.post(lift, {"_form_submitted": "true"}).status_code == 403
        assert signed_in("view_propaccount").get(HALTS).status_code == 403
        assert Client().get(HALTS).status_code == 302

    def test_it_lists_accounts_held_back_and_silent_prices(self, boss: Client, busy: PropAccount) -> None:
        PriceOutage.objects.create(
            asset=world.make_asset(), symbol="BTC", code="PRICE_STALE", began_at=world.NOW
        )
        shown = boss.get(HALTS)
        assert [row["name"] for row in shown.context["accounts"]] == ["Ada"]
        assert [row["code"] for row in shown.context["outages"]] == ["PRICE_STALE"]
        assert WRITTEN not in shown.content


def test_the_dashboard_counts_both(boss: Client, account: PropAccount) -> None:
    act(boss, account, "adjust", amount="5")
    halts.set_halt(scope="everything", mode="reducing", reason="test", by=world.BY, now=moment())
    cards = {card["title"]: card for card in boss.get("/admin/").context["cards"]}
    assert (cards["Second person"]["value"], cards["Second person"]["tone"]) == ("1", "warn")
    assert (cards["Kill switches"]["value"], cards["Kill switches"]["url"]) == ("1", HALTS)


def moment() -> datetime:
    return clock.now()
