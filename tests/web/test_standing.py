"""Where an account stands on its page: every kill switch, its own state, and operators' words for whom they are."""

import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client

from apps.core.money import parse_micros
from apps.operations import clock
from apps.operations.types import Actor
from apps.trading import queries as trading
from apps.trading.models import ActionVerdict, PropAccount
from apps.trading.queries import MoneyParts, MoneyStory
from apps.trading.services import accounts, execution, halts, marking
from apps.web.compose.decisions import decisions
from apps.web.compose.policy import policy
from apps.web.compose.standing import standing
from tests.trading import world

pytestmark = pytest.mark.django_db
BY = Actor.system("tests")
WORDS = "the owner is my cousin"


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


@pytest.fixture
def account() -> PropAccount:
    """An account that bought BTC at odd prices and was marked."""
    world.put_quote(dollars=100)
    world.make_asset("ETH")
    account = world.make_account()
    world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    account.refresh_from_db()
    clock.set_anchor(real_now=clock.real_now(), market_at=world.NOW, speed=0.001)
    return account


def halt(scope: str, mode: str, symbol: str = "", *, minutes: int = 0) -> None:
    at = world.NOW + minutes * world.MINUTE
    halts.set_halt(scope=scope, mode=mode, symbol=symbol, reason="prices look wrong", by=BY, now=at)


def lines(account: PropAccount, *, is_private: bool = False) -> list[str]:
    fresh = trading.get_account(account.public_id)
    shown = standing(trading.account_statement(fresh, now=world.NOW), is_private=is_private)
    return [f"{line['what']} {line['so']}".strip() for line in (shown, *shown["more"])]


def test_a_switch_over_one_asset_leaves_the_others_trading(account: PropAccount) -> None:
    halt("asset", "halted", "ETH")
    first, own = lines(account)
    assert first.startswith("ETH is halted by a kill switch")
    assert first.endswith("No ETH order is filled; the other assets trade on.")
    assert own == "The account's own state: Trading."


def test_switches_come_by_weight_and_never_hide_the_accounts_own_state(account: PropAccount) -> None:
    halt("asset", "reducing", "ETH")
    halt("asset", "halted", "BTC", minutes=1)
    halt("everything", "reducing", minutes=2)
    accounts.pause_account(account=account, reason=WORDS, by=BY, now=world.NOW)
    shown = lines(account)
    assert [line.split(" is ")[0] for line in shown[:3]] == ["Everything", "BTC", "ETH"]
    assert "trade on" not in " ".join(shown)
    assert shown[3].startswith("The account's own state: Paused by an operator. No new decisions")
    assert len(shown) == 4


def test_operators_words_are_for_who_reads_the_private_side(account: PropAccount, client: Client) -> None:
    accounts.pause_account(account=account, reason=WORDS, by=BY, now=world.NOW)
    page, api = f"/accounts/{account.public_id}", f"/api/v1/prop/accounts/{account.public_id}"
    assert lines(account)[0].startswith("Paused by an operator.")
    assert lines(account, is_private=True)[0].startswith(f"Paused: {WORDS}.")
    seen = client.get(page).content.decode()
    assert "Paused by an operator." in seen and WORDS not in seen
    assert client.get(api).json()["statusReason"] == "OPERATOR"
    client.force_login(account.clone.owner)
    accounts.close_account(account=account, reason=WORDS, by=BY, now=world.NOW)
    closed = Client().get(api).json()
    assert (closed["statusReason"], closed["closedReason"]) == ("OPERATOR", "OPERATOR")


def test_a_policys_reason_is_private(account: PropAccount) -> None:
    pinned = trading.account_statement(account, now=world.NOW).policy
    assert pinned is not None
    pinned.reason = WORDS
    for is_private, reason in ((False, ""), (True, WORDS)):
        shown = policy(pinned, is_private=is_private)
        assert shown is not None and shown["reason"] == reason


def test_a_denied_exits_level_is_private(account: PropAccount) -> None:
    action = world.propose_action(account, now=world.NOW + world.MINUTE)
    detail = "a stop at 7654321 is not below the mark 7800000"
    ActionVerdict.objects.create(
        action=action,
        account=account,
        status="denied",
        reason_code="TRIGGER_PRICE_INVALID",
        detail=detail,
        at=world.NOW,
    )
    open_to_all = decisions(account, is_private=False)[0]["why"]
    assert open_to_all == "The level was on the wrong side of the price"
    assert "at $7.6543" in decisions(account, is_private=True)[0]["why"]
    assert "7654321" not in str(decisions(account, is_private=True))


def test_every_page_says_that_everything_is_halted(account: PropAccount, client: Client) -> None:
    halt("asset", "halted", "BTC")
    assert b"data-halt" not in client.get("/market").content
    halt("everything", "halted")
    for path in ("/", "/market", "/auditions"):
        seen = client.get(path).content.decode()
        assert "Everything is halted by a kill switch since" in seen


def cents(text: str) -> int:
    """A shown amount in whole cents."""
    plain = text.replace("$", "").replace(",", "").replace("+", "").replace("\u2212", "-")
    return parse_micros(plain) // 10_000


def odd_story(account: PropAccount) -> MoneyStory:
    """The account's story, had every part of it ended in a fraction of a cent."""
    story = trading.money_story(account)
    parts = MoneyParts(
        price_moves=-1_234_567_897,
        half_spread=-9_996,
        walk=-19_997,
        fees=-129_999,
        funding=-4_999,
        adjustments=5_005,
        backstop=-7_777,
    )
    asset = replace(story.assets[0], parts=parts)
    equity = story.start_micros + parts.profit
    return replace(story, parts=parts, assets=(asset,), equity_micros=equity)


def test_what_the_pages_show_of_the_money_adds_up(
    account: PropAccount, monkeypatch: pytest.MonkeyPatch, client: Client, admin_client: Client
) -> None:
    odd = odd_story(account)
    monkeypatch.setattr(trading, "money_story", lambda _: odd)
    page = client.get(f"/accounts/{account.public_id}").content.decode()
    shown = page[page.index('<dl class="fall"') :]
    fall = [cents(text) for text in re.findall(r"<dd>([^<]+)</dd>", shown[: shown.index("</dl>")])]
    start, *rows, total, equity = fall
    assert len(rows) == 7 and sum(rows) == total and start + total == equity
    table = shown[shown.index('<div class="by-asset"') : shown.index("</table>")]
    assert table.count('<th scope="col">') == 8
    profit, _, *columns = re.findall(r"<td[^>]*>([^<]+)</td>", table)
    assert len(columns) == 5 and sum(map(cents, columns)) == cents(profit) == total
    desk = admin_client.get(f"/admin/accounts/{account.public_id}/")
    money = desk.context["money"]
    assert sum(cents(part["amount"]) for part in money["parts"]) == cents(money["profit"]) == total
    (asset,) = money["assets"]
    parts = [asset[name] for name in ("moves", "costs", "funding", "other")]
    assert sum(map(cents, parts)) == cents(asset["profit"])
    assert {money["profit"], *parts} <= set(re.findall(r">([^<]*\$[^<]+)<", desk.content.decode()))


def test_the_desk_tells_what_was_traded_from_the_volume_of_the_fee_tier(
    account: PropAccount, admin_client: Client
) -> None:
    cards = {
        card["title"]: card
        for card in admin_client.get(f"/admin/accounts/{account.public_id}/").context["cards"]
    }
    traded = cards["Orders"]["note"]
    assert traded.endswith(" traded") and traded != "$0.00 traded"
    assert cards["Fee-tier volume"]["value"] == "$0.00"
    assert cards["Fee-tier volume"]["note"] == "14 full days before today"
