"""One's own audition page: each stage of the way from publishing over payment and verdict to the queue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.clones import queries as clones
from apps.clones import services
from apps.clones.graph import basic
from apps.clones.models import Clone
from apps.competition import queries as competition
from apps.competition.models import Audition, PromotionEntry
from apps.competition.services import auditions, rulebooks
from apps.competition.services import refunds as leave
from apps.competition.types import RulebookTerms
from apps.economy.models import Purchase, Quote, Refund
from apps.economy.services import chains, quotes, refunds
from apps.operations import clock
from apps.operations.types import Actor
from apps.trading.models import PropAccount
from apps.trading.queries import account_result
from apps.users.services.accounts import create_user
from tests.users.signing import wallet
from tests.web.checkout import Checkout, make_clone, take_payments
from tests.web.people import enter

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
CHEAPEST = {"choice": "starter:light"}


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


@pytest.fixture
def checkout(client: Client, settings: Any, monkeypatch: Any) -> Checkout:
    owner = enter(client, wallet(30))
    chain = take_payments(settings, monkeypatch)
    return Checkout(owner, make_clone(owner), chain, wallet(30).address.lower())


def address(clone: Any, more: str = "") -> str:
    return f"/my/clones/{clone.public_id}/audition{more}"


def page_of(client: Client, clone: Any, more: str = "") -> dict[str, Any]:
    answer = client.get(address(clone, more))
    assert answer.status_code == 200
    page: dict[str, Any] = answer.context["page"]
    return page


def bought(client: Client, checkout: Checkout) -> Purchase:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    checkout.pay()
    checkout.bury()
    return Purchase.objects.latest("pk")


def test_without_payments_the_page_says_so(client: Client) -> None:
    clone = make_clone(enter(client, wallet(31)))
    answer = client.get(address(clone))
    assert answer.context["page"]["stage"] == "off"
    assert "Payments are off" in answer.content.decode()
    refused = client.post(address(clone, "/quote"), CHEAPEST, follow=True)
    assert "switched off" in refused.content.decode() and not Quote.objects.exists()


def test_the_rules_and_every_price_stand_before_anything_is_paid(client: Client, checkout: Checkout) -> None:
    row = rulebooks.offered(now=clock.now())
    answer = client.get(address(checkout.clone))
    text, page = answer.content.decode(), answer.context["page"]
    assert page["stage"] == "buy" and row.digest in text
    assert "$100,000" in text and "+3.00%" in text and "5 or more" in text
    prices = [cell["price"] for line in page["prices"]["rows"] for cell in line["cells"]]
    assert [price.split("\u00a0")[0] for price in prices] == [
        "0.01", "0.015", "0.02", "0.02", "0.03", "0.04", "0.04", "0.06", "0.08",
    ]  # fmt: skip
    assert "10,000,000,000,000,000" in text


def test_what_is_published_sets_the_smallest_tier(client: Client, checkout: Checkout) -> None:
    grant = services.grant_entitlement(
        clone=checkout.clone, tier="builder", model_strength="light", is_mock=False, source="t", by=SYSTEM,
        now=clock.now(),
    )  # fmt: skip
    document = clones.get_draft(checkout.clone).document
    spread = services.compose_basic(assets=["BTC", "ETH", "SOL", "DOGE"])
    assert document != spread
    services.save_draft(clone=checkout.clone, document=spread, by=SYSTEM, now=clock.now())
    services.publish(clone=checkout.clone, by=SYSTEM, now=clock.now())
    services.consume_entitlement(clone=checkout.clone, purpose="tests", by=SYSTEM, now=clock.now())
    assert grant
    cells = page_of(client, checkout.clone)["prices"]["rows"][0]["cells"]
    assert [cell["is_offered"] for cell in cells] == [False, True, True]
    assert cells[1]["is_chosen"]


def test_an_offer_is_paid_confirmed_and_started(client: Client, checkout: Checkout) -> None:
    clone = checkout.clone
    taken = client.post(address(clone, "/quote"), CHEAPEST)
    assert taken["Location"] == address(clone)
    page, quote = page_of(client, clone), checkout.quote()
    assert page["stage"] == "paying"
    order = page["payment"]["order"]
    assert order["from"] == checkout.address and order["to"] == quote.vault
    assert order["value"] == hex(10**16) and f"{quote.nonce:064x}" in order["data"]
    assert page["payment"]["state"] == "open" and page["payment"]["until_ms"]

    checkout.pay()
    payment = page_of(client, clone)["payment"]
    assert payment["state"] == "confirming" and payment["order"] is None
    assert payment["depth"] == {"done": 1, "needed": 4, "at": 250}
    checkout.bury()
    page = page_of(client, clone)
    assert page["stage"] == "ready"
    assert page["grant"]["tx"] == Purchase.objects.get().deposit.tx_hash
    assert page["rulebook"]["digest"] == quote.rulebook_digest

    started = client.post(address(clone), follow=True)
    assert started.context["page"]["stage"] == "running"
    assert "Good luck" in started.content.decode()


def test_another_choice_may_be_made_while_nothing_is_paid(client: Client, checkout: Checkout) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    assert page_of(client, checkout.clone, "?anew")["stage"] == "buy"
    client.post(address(checkout.clone, "/quote"), {"choice": "pro:frontier"})
    assert page_of(client, checkout.clone)["payment"]["price"] == "0.08\u00a0ETH"
    checkout.pay()
    assert page_of(client, checkout.clone, "?anew")["stage"] == "paying", "what is paid is not hidden"


@pytest.mark.parametrize("choice", ["", "starter", "starter:none", "free:light", "starter:light:more"])
def test_only_published_prices_are_offered(client: Client, checkout: Checkout, choice: str) -> None:
    answer = client.post(address(checkout.clone, "/quote"), {"choice": choice}, follow=True)
    assert "Choose one of the offered prices" in answer.content.decode()
    assert not Quote.objects.exists()


@pytest.mark.parametrize(
    ("amount", "title"),
    [(10**16 - 1, "Too little arrived"), (10**16 + 5, "Paid")],
)
def test_too_little_is_asked_back_and_so_is_too_much(
    client: Client, checkout: Checkout, amount: int, title: str
) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    checkout.pay(amount=amount)
    checkout.bury()
    url = f"/my/payments/{checkout.quote().public_id}"
    payment = client.get(url).context["payment"]
    assert payment["title"] == title and payment["acts"]["deposit"]
    asked = client.post(
        f"/my/deposits/{payment['acts']['deposit']}/refund", {"cause": payment["acts"]["cause"]}
    )
    given = Refund.objects.get()
    assert asked["Location"] == f"/my/refunds/{given.public_id}"
    assert given.amount_wei == (amount if amount < 10**16 else 5)
    assert client.get(url).context["payment"]["acts"] == {}
    assert "A second person looks" in client.get(asked["Location"]).content.decode()


def test_a_late_payment_counts_if_its_payer_wants(client: Client, checkout: Checkout) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    quote = checkout.quote()
    Quote.objects.filter(pk=quote.pk).update(expires_at=quote.issued_at - timedelta(hours=1))
    late = client.get(f"/my/payments/{quote.public_id}")
    assert late.context["payment"]["state"] == "expired"
    checkout.pay()
    checkout.bury()
    payment = client.get(f"/my/payments/{quote.public_id}").context["payment"]
    assert payment["title"] == "It came too late" and payment["acts"]["claim"] == quote.public_id
    assert page_of(client, checkout.clone)["others"], "the clone's page points at it"
    counted = client.post(
        f"/my/deposits/{payment['acts']['deposit']}/claim", {"quote": payment["acts"]["claim"]}
    )
    assert counted["Location"] == address(checkout.clone)
    assert page_of(client, checkout.clone)["stage"] == "ready"


def test_a_payment_of_another_wallet_is_explained_and_not_ones_own(
    client: Client, checkout: Checkout
) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    checkout.pay(payer="0x" + "11" * 20)
    checkout.bury()
    url = f"/my/payments/{checkout.quote().public_id}"
    payment = client.get(url).context["payment"]
    assert (payment["state"], payment["acts"]) == ("open", {})
    assert payment["order"]["from"] == checkout.address, "what others pay does not hide the offer"
    assert [one["title"] for one in payment["beside"]] == ["Another wallet paid under this number"]
    assert page_of(client, checkout.clone)["stage"] == "paying"
    checkout.pay()
    checkout.bury()
    assert client.get(url).context["payment"]["state"] == "bought"


def test_a_payment_without_an_offer_is_listed_and_can_pay_one(client: Client, checkout: Checkout) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    checkout.chain.pay(checkout.address, 77, 10**16, resolver=checkout.chain.vault.resolver)
    checkout.bury()
    stray = client.get("/my/payments").context["page"]["strays"][0]
    assert stray["title"] == "A payment without an offer"
    client.post(f"/my/deposits/{stray['id']}/claim", {"quote": stray["offers"][0]["id"]})
    assert page_of(client, checkout.clone)["stage"] == "ready"
    assert client.get("/my/payments").context["page"]["strays"] == []


def test_a_payment_that_leaves_the_chain_is_told_and_comes_back(client: Client, checkout: Checkout) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    quote = checkout.quote()
    checkout.pay()
    checkout.chain.reorg(1, grow=2)
    checkout.look()
    payment = page_of(client, checkout.clone)["payment"]
    assert payment["state"] == "dropped" and "while the offer holds" in payment["text"]
    assert payment["order"]["data"].endswith(f"{quote.nonce:064x}"), "the vault takes a number once"
    checkout.pay(quote)
    payment = page_of(client, checkout.clone)["payment"]
    assert (payment["state"], payment["order"]) == ("confirming", None)


def test_a_payment_that_left_the_chain_bars_the_clone_for_a_day_at_most(
    client: Client, checkout: Checkout
) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    lost = checkout.quote()
    checkout.pay()
    checkout.chain.reorg(1, grow=2)
    checkout.look()

    def ended(hours: int) -> None:
        Quote.objects.filter(pk=lost.pk).update(expires_at=clock.real_now() - timedelta(hours=hours))

    ended(23)
    page = page_of(client, checkout.clone)
    assert (page["stage"], page["payment"]["order"], page["payment"]["is_over"]) == ("paying", None, False)
    assert "?anew" in client.get(address(checkout.clone)).content.decode()
    assert page_of(client, checkout.clone, "?anew")["stage"] == "buy"
    ended(25)
    assert page_of(client, checkout.clone)["stage"] == "buy"
    assert client.get(f"/my/payments/{lost.public_id}").context["payment"]["is_over"], "nobody looks for ever"
    ended(1)
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    newer = page_of(client, checkout.clone)["payment"]
    assert (newer["id"], newer["state"]) == (checkout.quote().public_id, "open")
    Quote.objects.exclude(pk=lost.pk).update(expires_at=clock.real_now() - timedelta(minutes=1))
    assert page_of(client, checkout.clone)["stage"] == "buy", "only the newest payment is waited for"


def test_a_purchase_that_the_chain_took_back_may_be_paid_and_lifted(
    client: Client, checkout: Checkout
) -> None:
    purchase = bought(client, checkout)
    checkout.chain.reorg(checkout.chain.vault.confirmations + 1, grow=3)
    checkout.look()
    page = page_of(client, checkout.clone)
    assert (page["stage"], page["payment"]["state"]) == ("paying", "reversed")
    assert page["payment"]["order"]["id"] == purchase.quote.public_id
    assert page_of(client, checkout.clone, "?anew")["stage"] == "buy"
    checkout.pay(purchase.quote)
    checkout.bury()
    assert page_of(client, checkout.clone)["stage"] == "ready"


@pytest.mark.parametrize(
    "changed", [{"address": "0x" + "ab" * 20}, {"resolver": "0x" + "cd" * 20}, {"closed": True}]
)
def test_nothing_is_sent_to_another_vault_than_was_offered(
    client: Client, checkout: Checkout, settings: Any, changed: dict[str, str]
) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    settings.VAULTS = [settings.VAULTS[0] | changed]
    stage = "off" if "closed" in changed else "buy"
    assert page_of(client, checkout.clone)["stage"] == stage, "an offer that cannot be paid bars nothing"
    payment = client.get(f"/my/payments/{checkout.quote().public_id}").context["payment"]
    assert payment["order"] is None and payment["title"] == "This offer can no longer be paid"


def test_who_asks_for_offers_without_end_is_stopped_before_the_chain_is_asked(
    client: Client, checkout: Checkout, monkeypatch: Any
) -> None:
    monkeypatch.setattr(quotes, "RATE", "2/minute")
    asked: list[int] = []
    opened = chains.opened
    monkeypatch.setattr(chains, "opened", lambda vault, **more: asked.append(1) or opened(vault, **more))
    for _ in range(4):
        answer = client.post(address(checkout.clone, "/quote"), CHEAPEST, follow=True)
    assert "Too many requests" in answer.content.decode()
    assert (len(asked), Quote.objects.count()) == (2, 2)


def test_a_payment_makes_a_clone_with_its_audition(client: Client, checkout: Checkout) -> None:
    words = {"name": "Paid Owl", "description": "Hoots <b>loud</b>.", **CHEAPEST}
    taken = client.post("/my/new-clone", words)
    quote = checkout.quote()
    assert taken["Location"] == f"/my/payments/{quote.public_id}"
    assert client.get(taken["Location"]).context["payment"]["is_new"]
    checkout.pay()
    checkout.bury()
    made = Clone.objects.get(name="Paid Owl")
    payment = client.get(taken["Location"]).context["payment"]
    assert payment["state"] == "bought" and payment["audition_url"] == address(made)
    assert page_of(client, made)["stage"] == "ready"
    assert "Hoots &lt;b&gt;" in client.get(f"/clones/{made.public_id}").content.decode()


def test_a_refused_name_comes_back_with_the_choice(client: Client, checkout: Checkout) -> None:
    answer = client.post("/my/new-clone", {"name": "Night Owl", "description": "x", "choice": "pro:light"})
    assert answer.status_code >= 400 and answer.context["form"]["error"]
    assert answer.context["form"]["name"] == "Night Owl"
    chosen = [
        cell for row in answer.context["page"]["prices"]["rows"] for cell in row["cells"] if cell["is_chosen"]
    ]
    assert [cell["key"] for cell in chosen] == ["pro:light"]


def test_a_voided_audition_says_what_becomes_of_the_fee(client: Client, checkout: Checkout) -> None:
    bought(client, checkout)
    client.post(address(checkout.clone))
    running = Audition.objects.get()
    ann = create_user(username="ann", by=SYSTEM, now=clock.now())
    bob = create_user(username="bob", by=SYSTEM, now=clock.now())
    auditions.void(audition=running, reason="prices were wrong", by=Actor.user(ann), now=clock.now())
    page = page_of(client, checkout.clone)
    assert page["stage"] == "buy" and page["is_again"]
    assert page["trial"]["headline"] == "Ended without a result"
    assert page["refund"]["text"].startswith("Giving the fee back was asked for")
    asked = competition.list_refunds().get()
    leave.authorise(authorisation=asked, reason="agreed", by=Actor.user(bob), now=clock.now())
    refunds.sign_authorised(now=clock.real_now(), limit=10)
    line = page_of(client, checkout.clone)["refund"]["lines"][0]
    assert line["waits"] and line["order"]["to"] == checkout.chain.vault.address
    shown = client.get(line["url"]).context["refund"]
    assert shown["order"]["kind"] == "withdraw" and shown["order"]["value"] == "0x0"
    assert shown["payee"] == checkout.address and shown["amount"] == "0.01\u00a0ETH"


def test_a_running_audition_names_what_is_out_of_the_ordinary(client: Client, checkout: Checkout) -> None:
    bought(client, checkout)
    client.post(address(checkout.clone))
    Audition.objects.update(extended_minutes=12, flagged_at=clock.now(), deferred_reason="OUTAGE_LASTS")
    titles = [note["title"] for note in page_of(client, checkout.clone)["trial"]["notes"]]
    assert titles == ["Its payment is in doubt", "12 minutes longer", "Its judgement is put off"]


def test_a_strategy_of_one_asset_is_told_that_it_cannot_pass(client: Client, checkout: Checkout) -> None:
    bought(client, checkout)
    assert "trades BTC alone" in page_of(client, checkout.clone)["caution"]
    by, now = Actor.user(checkout.owner), clock.now()
    services.save_draft(clone=checkout.clone, document=basic(assets=["BTC", "ETH"]), by=by, now=now)
    services.publish(clone=checkout.clone, by=by, now=now)
    assert page_of(client, checkout.clone)["caution"] == ""


def test_who_touched_the_target_and_runs_on_reads_why(
    client: Client, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(client, checkout)
    client.post(address(checkout.clone))
    account = PropAccount.objects.get(purpose="audition")
    result = replace(account_result(account), profit_by_symbol={"BTC": 900, "ETH": 100, "SOL": -5})
    monkeypatch.setattr("apps.trading.queries.account_result", lambda account: result)
    assert page_of(client, checkout.clone)["trial"]["notes"] == []
    PropAccount.objects.filter(pk=account.pk).update(equity_micros=103_000_000_000)
    told = [note["text"] for note in page_of(client, checkout.clone)["trial"]["notes"]]
    assert told == [
        "It needs 5 more executed orders to pass.",
        "90 % of its winning profit comes from BTC; at most 60 % may come from one asset.",
    ]


def test_who_passed_reads_their_place_and_why_they_wait(client: Client, checkout: Checkout) -> None:
    bought(client, checkout)
    client.post(address(checkout.clone))
    running = Audition.objects.get()
    Audition.objects.update(
        status="passed", reason="TARGET_REACHED", result_at=running.started_at + timedelta(hours=3)
    )
    PromotionEntry.objects.create(
        sequence=4,
        clone=checkout.clone,
        audition=running,
        waiting_since=clock.now(),
        reason="PROFILE_NOT_LIVE",
    )
    page = page_of(client, checkout.clone)
    assert page["stage"] == "passed" and page["place"]["place"] == 1
    assert page["place"]["reason"] == "Passed over: its public profile is hidden"
    queue = client.get("/queue").context["page"]
    assert queue["waiting"][0]["is_held_up"] and queue["free"] == queue["count"]


@pytest.mark.parametrize("way", ["", "/quote"])
def test_another_players_clone_does_not_exist_here(client: Client, checkout: Checkout, way: str) -> None:
    theirs = make_clone(enter(Client(), wallet(32)), "Theirs")
    assert client.post(address(theirs, way), CHEAPEST).status_code == 404
    assert client.get(address(theirs)).status_code == 404
    assert not Quote.objects.exists() and not Audition.objects.exists()


def test_another_players_payments_do_not_exist_here(client: Client, checkout: Checkout) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    checkout.pay(amount=1)
    checkout.bury()
    quote = checkout.quote()
    deposit = client.get(f"/my/payments/{quote.public_id}").context["payment"]["acts"]["deposit"]
    other = Client()
    enter(other, wallet(33))
    assert other.get(f"/my/payments/{quote.public_id}").status_code == 404
    for act in ("refund", "claim"):
        answer = other.post(f"/my/deposits/{deposit}/{act}", {"cause": "unmatched", "quote": quote.public_id})
        assert answer.status_code == 404
    assert not Refund.objects.exists()
    assert other.get("/my/payments").context["page"]["payments"] == []
    assert other.get("/my/refunds/rfd_none").status_code == 404


def test_names_are_text_wherever_they_stand(client: Client, checkout: Checkout) -> None:
    Clone.objects.filter(pk=checkout.clone.pk).update(name="<img src=x onerror=alert(1)>")
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    urls = [address(checkout.clone), f"/my/payments/{checkout.quote().public_id}", "/my/payments"]
    bought(client, checkout)
    client.post(address(checkout.clone))
    urls += [f"/auditions/{Audition.objects.get().public_id}", "/auditions", "/queue"]
    for url in urls:
        text = client.get(url).content.decode()
        assert "<img src=x" not in text, url


def test_everybody_sees_the_way_of_a_running_audition_and_the_whole_of_an_ended_one(
    client: Client, checkout: Checkout
) -> None:
    bought(client, checkout)
    client.post(address(checkout.clone))
    running = Audition.objects.get()
    url, visitor = f"/auditions/{running.public_id}", Client()
    shown = visitor.get(url).context["audition"]
    assert not shown["is_open"] and "chart" not in shown and "decisions" not in shown
    assert running.account.public_id not in visitor.get(url).content.decode()
    assert client.get(url).context["audition"]["is_open"], "its owner reads all of it"
    assert url in visitor.get(f"/clones/{checkout.clone.public_id}").content.decode()

    ann = create_user(username="ann", by=SYSTEM, now=clock.now())
    auditions.void(audition=running, reason="what ann knows", by=Actor.user(ann), now=clock.now())
    ended = visitor.get(url)
    assert ended.context["audition"]["headline"] == "Ended without a result"
    assert "what ann knows" not in ended.content.decode(), "operators' own words are not everybody's"
    assert url in visitor.get("/auditions").content.decode()
    services.moderate_clone(clone=checkout.clone, to="hidden", reason="reported", by=SYSTEM, now=clock.now())
    assert visitor.get(url).status_code == 404


def test_a_rulebook_has_a_page_under_its_digest(client: Client, db: None) -> None:
    terms = RulebookTerms(
        title="Short & sharp", window_minutes=360, daily_loss_bps=200, drawdown="trailing", outage="none"
    )
    row = rulebooks.publish(terms=terms, now=clock.now())
    text = client.get(f"/rulebooks/{row.digest}").content.decode()
    assert "Short &amp; sharp" in text and "6 hours" in text
    assert "its highest mark so far" in text and "2% of the start" in text
    assert client.get("/rulebooks/0000").status_code == 404


def test_no_database_row_reaches_a_template(client: Client, checkout: Checkout) -> None:
    client.post(address(checkout.clone, "/quote"), CHEAPEST)
    pages = [page_of(client, checkout.clone)]
    bought(client, checkout)
    client.post(address(checkout.clone))
    pages += [page_of(client, checkout.clone), client.get("/my/payments").context["page"]]

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or isinstance(value, str | int | bool)

    assert all(map(plain, pages))
