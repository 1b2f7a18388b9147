"""The money desk in a browser: what waits cannot be overlooked, acts go by dialog, and one person never does both halves."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from apps.economy.models import Deposit, Finding, Refund
from apps.economy.services import reconciling, refunds, scanning
from apps.economy.types import FindingKind, RefundStatus
from apps.operations import clock
from tests.economy.giving_back import (
    PAYER,
    SURPLUS,
    UNMATCHED,
    VAULT,
    acting,
    bought,
    configured,
    let_go,
    make_chain,
    offered,
    paid,
    watch,
)
from tests.economy.rows import FEE
from tests.economy.test_fetching import fetch
from tests.economy.world import FakeChain
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a-long-password-1"
DESK = "/admin/money/"
PAGES = ("", "payments/", "payments/?view=unmatched", "refunds/", "reconciliation/", "books/")
HOSTILE = "<script>pwned()</script>'\"><img src=x onerror=pwned()>"


def payments() -> FakeChain:
    """A chain with a payment in every state, and something that does not agree."""
    now = clock.real_now()
    chain = make_chain()
    chain.now = now - timedelta(minutes=2)
    first = bought(chain, 2**127 + 11, extra_wei=123_456_789, now=now)
    let_go(bought(chain, 2**127 + 12, now=now))
    refunds.sign_authorised(now=now, limit=5)
    paid(chain, 2**126 + 77, 5 * FEE, now=now)
    paid(chain, 13, FEE - 1, payer="0x" + "cd" * 20, now=now)
    spent = refunds.ask(
        deposit=paid(chain, 14, 3 * FEE, now=now), cause=UNMATCHED, reason=HOSTILE, by=acting("ann"), now=now
    )
    refunds.approve(refund=spent, by=acting("bob"), now=now)
    fetch(chain, spent)
    chain.mine(VAULT.confirmations)
    watch(chain, now=now)
    refunds.ask(deposit=first.deposit, cause=SURPLUS, reason="paid too much", by=acting("ann"), now=now)
    fetch(chain, Refund(payee_address="0x" + "ee" * 20, nonce=999, amount_wei=7))
    chain.mine(VAULT.confirmations)
    offered(15, now=now)
    chain.pay(PAYER, 15, FEE, resolver=VAULT.resolver)
    chain.mine(1)
    scanning.scan(vault=VAULT, readers=[chain], now=now)
    reconciling.reconcile(vault=VAULT, readers=[chain], now=now)
    return chain


@pytest.fixture
def desk(visitor: Visitor) -> Iterator[Visitor]:
    """The desk as dora sees it, on a chain with a payment in every state."""
    with configured():
        payments()
        for name in ("dora", "emil"):
            get_user_model().objects.create_superuser(name, "", PASSWORD)
        sign_in(visitor, "dora")
        yield visitor


def sign_in(visitor: Visitor, name: str) -> None:
    visitor.page.context.clear_cookies()
    visitor.go("/admin/login/?next=" + DESK)
    visitor.page.fill("#id_username", name)
    visitor.page.fill("#id_password", PASSWORD)
    visitor.page.press("#id_password", "Enter")
    visitor.page.wait_for_url("**" + DESK)


def act(page: Any, place: str, label: str, **fields: str) -> None:
    """Open the dialog of a card's button, fill it in, send it, and wait for the page that follows."""
    page.locator(f"{place} .dk-act", has_text=label).first.click()
    dialog = page.locator("#dialog")
    dialog.wait_for()
    for name, value in {"reason": "because of a test", **fields}.items():
        dialog.locator(f"[name={name}]").fill(value)
    with page.expect_navigation():
        dialog.locator("button[type=submit]").click()


def shoot(page: Any, name: str) -> None:
    """Keep a picture for people where a folder is named for it."""
    if folder := os.environ.get("PUMPPARTY_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_every_page_stands_at_every_size(desk: Visitor) -> None:
    stray = Deposit.objects.get(nonce=2**126 + 77)
    surplus = Deposit.objects.get(nonce=2**127 + 11)
    pages = [*PAGES, f"payments/{stray.public_id}/", f"payments/{surplus.public_id}/"]
    for place, path in enumerate(pages):
        for width in (WIDE, NARROW):
            desk.go(DESK + path)
            assert desk.page.locator(".mn-tabs a").count() == 5
            desk.see(width=width)
            shoot(desk.page, f"{place}-{width['width']}")
    desk.go("/admin/")
    for width in (WIDE, NARROW):
        desk.see(width=width)
        shoot(desk.page, f"front-{width['width']}")


def test_what_waits_is_on_the_front_page_and_in_the_sidebar(desk: Visitor) -> None:
    desk.go("/admin/")
    line = desk.page.locator(".pp-money")
    assert "2 payments bought nothing" in line.inner_text() and "1 refund to approve" in line.inner_text()
    line.get_by_text("bought nothing").click()
    assert desk.page.locator(".mn-list > li").count() == 2
    cards = desk.page.locator(".mn-list").inner_text()
    assert f"{5 * FEE} wei" in cards and "NO_QUOTE" in cards


def test_c20_who_asks_is_not_offered_to_approve_and_another_is(desk: Visitor) -> None:
    stray = Deposit.objects.get(nonce=2**126 + 77)
    desk.go(f"{DESK}payments/?view=unmatched")
    act(desk.page, f"#{stray.public_id}", "Give it back")
    refund = Refund.objects.get(deposit=stray)
    assert refund.status == RefundStatus.WAITING
    desk.go(DESK + "refunds/")
    card = desk.page.locator(f"#{refund.public_id}")
    assert "another person must approve it" in card.inner_text()
    assert card.locator(".dk-act", has_text="Approve").count() == 0
    sign_in(desk, "emil")
    desk.go(DESK + "refunds/")
    act(desk.page, f"#{refund.public_id}", "Approve", confirmation=refund.public_id)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SIGNED and str(refund.approved_by) == "emil"
    assert "may be fetched until" in desk.page.content()


def test_a_payment_is_found_by_whatever_is_known_of_it(desk: Visitor) -> None:
    deposit = Deposit.objects.get(nonce=13)
    bought_one = Deposit.objects.get(nonce=2**127 + 11).purchase
    for text in (deposit.payer_address, deposit.tx_hash, deposit.public_id):
        desk.go(DESK + "payments/")
        desk.page.fill("#mn-q", text)
        desk.page.press("#mn-q", "Enter")
        desk.page.wait_for_load_state()
        assert desk.page.locator(".mn-rows .mn-lead").all_inner_texts()[0].startswith("0.00999"), text
    for text in (bought_one.public_id, bought_one.quote.public_id, bought_one.clone.name):
        desk.go(f"{DESK}payments/?q={text}")
        rows = desk.page.locator("[aria-labelledby=mn-deposits] .mn-rows > li")
        assert rows.count() == 1 and bought_one.clone.name in rows.inner_text()


def test_a_payment_buys_an_offer_on_two_persons_word(desk: Visitor) -> None:
    stray, quote = Deposit.objects.get(nonce=2**126 + 77), offered(4711)
    desk.go(f"{DESK}payments/{stray.public_id}/")
    act(desk.page, "header", "Let it buy an offer", quote=quote.public_id)
    assert "It waits for a second person" in desk.page.content()
    sign_in(desk, "emil")
    desk.go("/admin/second-person/")
    card = desk.page.locator(".dk-list > li").first
    held = card.get_attribute("id")
    act(desk.page, f"#{held}", "Release", confirmation=str(held))
    desk.go(f"{DESK}payments/{stray.public_id}/")
    assert "Let it buy an offer" not in desk.page.locator("header .dk-acts").inner_text()
    assert quote.clone.name in desk.page.locator("[aria-labelledby=mn-bought]").inner_text()
    assert stray.purchase.surplus_wei == 4 * FEE


def test_what_people_write_stays_text(desk: Visitor) -> None:
    desk.page.add_init_script("window.hits = 0; window.pwned = () => { window.hits += 1; };")
    for path in (*PAGES, f"payments/{Deposit.objects.get(nonce=14).public_id}/", f"payments/?q={HOSTILE}"):
        desk.go(DESK + path)
        assert desk.page.locator(".mn script, .mn img[src=x]").count() == 0
        assert desk.page.evaluate("window.hits") == 0, path


def test_a_finding_is_closed_with_a_reason(desk: Visitor) -> None:
    finding = Finding.objects.get(kind=FindingKind.UNKNOWN_WITHDRAWAL)
    desk.go(DESK + "reconciliation/")
    act(desk.page, f"#{finding.public_id}", "Close")
    finding.refresh_from_db()
    assert finding.closed_because == "dora: because of a test"
