"""Moving an account to another policy in the console: figures in people's units, what changes, why, and who was first."""

from dataclasses import fields
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.exchange.types import Policy
from apps.operations.models import AuditEvent
from apps.trading.admin.policy_fields import GROUPS
from apps.trading.models import PropAccount
from apps.trading.queries import policy_figures
from apps.trading.services.policies import move_policy
from tests.console.test_desk import page_of, said, signed_in
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> PropAccount:
    return world.make_account(max_leverage=5, max_position_micros=10_000 * world.DOLLAR)


def address(account: PropAccount) -> str:
    return reverse("admin:trading_propaccount_move_policy", args=[account.pk])


def fill_in(client: Client, account: PropAccount, **changed: str) -> dict[str, str]:
    """What a browser sends of the opened dialog: the present figures, and what was typed over them."""
    form = client.get(address(account)).context["form"]
    sent = {"_form_submitted": "True"}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value is not None and value is not False and name != "_form_submitted":
            sent[name] = "on" if value is True else str(value)
    return sent | changed


def confirm(client: Client, account: PropAccount, sent: dict[str, str], **typed: str) -> Any:
    """Send the second step after the first, typed as it wants to be."""
    shown = client.post(address(account), sent).context["form"].shown
    typed = {"reason": "because of a test", "confirmation": account.public_id, "shown": shown, **typed}
    return client.post(address(account), sent | typed)


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["form"].errors)


def test_every_figure_of_the_policy_has_its_words() -> None:
    assert sorted(name for about in GROUPS.values() for name in about) == sorted(
        f.name for f in fields(Policy)
    )


def test_the_dialog_shows_the_present_figures_in_peoples_units(
    admin_client: Client, account: PropAccount
) -> None:
    form = admin_client.get(address(account)).context["form"]
    written = {name: form[name].value() for name in ("max_position_micros", "max_price_age_ms")}
    assert written == {"max_position_micros": "10,000", "max_price_age_ms": "60"}
    assert form["taker_fee_rate_e10"].value() == "0.045" and form["max_drawdown_bps"].value() == "90"
    assert form["allowed_symbols"].value() == "BTC, ETH" and form["has_fee_tiers"].value() is True
    assert "Allowed: 1 or more." in form["max_leverage"].help_text
    page = admin_client.get(address(account)).content
    assert b"Size and leverage" in page and b"Reason" not in page


def test_what_changes_is_shown_before_it_happens(admin_client: Client, account: PropAccount) -> None:
    sent = fill_in(admin_client, account, max_leverage="3", max_position_micros="5,000.00")
    for early in ({}, {"reason": "a good one", "confirmation": account.public_id}, {"shown": "0" * 64}):
        asked = admin_client.post(address(account), sent | early)
        assert asked.status_code == 200 and list(errors(asked)) == ["__all__"]
        changes = [(one.label, one.before, one.after) for one in asked.context["form"].changes]
        assert changes == [("Max leverage", "5", "3"), ("Max position", "$10,000", "$5,000")]
    assert b"<del>$10,000</del>" in asked.content and b"Type the identifier" in asked.content
    assert PropAccount.objects.get().policy_sequence == 1

    moved = confirm(admin_client, account, sent)
    words = "Policy 2 rules the account: Max leverage 5 -> 3; Max position $10,000 -> $5,000."
    assert said(moved) == [words]
    ruled = world.policy(max_leverage=3, max_position_micros=5_000 * world.DOLLAR)
    assert PropAccount.objects.get().policy == ruled.to_document()
    event = AuditEvent.objects.get(verb="trading.account.policy-moved")
    assert event.detail["changes"]["max_leverage"] == [5, 3] and event.reason == "because of a test"
    page = admin_client.get(page_of(account)).content
    assert b"Max position <del>$10,000</del> <ins>$5,000</ins>" in page


def test_why_and_the_identifier_are_asked_for(admin_client: Client, account: PropAccount) -> None:
    sent = fill_in(admin_client, account, max_leverage="3")
    for wrong in ({"reason": ""}, {"confirmation": "acc_other"}):
        kept = confirm(admin_client, account, sent, **wrong)
        assert list(errors(kept)) == list(wrong) and kept.context["form"].changes
    assert PropAccount.objects.get().policy_sequence == 1


def test_a_figure_changed_after_it_was_shown_is_shown_again(
    admin_client: Client, account: PropAccount
) -> None:
    shown = admin_client.post(address(account), fill_in(admin_client, account, max_leverage="3"))
    other = fill_in(admin_client, account, max_leverage="4")
    again = confirm(admin_client, account, other, shown=shown.context["form"].shown)
    assert [one.after for one in again.context["form"].changes] == ["4"]
    assert PropAccount.objects.get().policy_sequence == 1


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("max_leverage", "0", "Allowed: 1 or more."),
        ("max_leverage", "2.5", "This must be a whole number."),
        ("max_leverage", "", "This field is required."),
        ("max_position_micros", "1,23", "This is not a plain decimal number."),
        ("max_position_micros", "0.0000001", "This number has more than 6 decimals."),
        ("max_position_micros", "1000000000001", "Allowed: at most $1,000,000,000,000."),
        ("max_drawdown_bps", "12.345", "This number has more than 2 decimals."),
        ("max_drawdown_bps", "-1", "Allowed: 0% or more."),
        ("taker_fee_rate_e10", "100.1", "Allowed: at most 100%."),
        ("taker_fee_rate_e10", "0", "Allowed: 0.00000001% to 100%."),
        ("allowed_symbols", "BTC, <b>", "There is no such asset: <b>."),
        ("allowed_symbols", " , ", "A policy must go on allowing some asset."),
        ("version", "", "This field is required."),
    ],
)
def test_an_error_stands_at_its_figure(
    admin_client: Client, account: PropAccount, name: str, typed: str, words: str
) -> None:
    answer = admin_client.post(address(account), fill_in(admin_client, account, **{name: typed}))
    assert errors(answer) == {name: [words]}
    assert answer.context["form"].fields[name].widget.attrs["autofocus"] is True
    assert b"<b>" not in answer.content and PropAccount.objects.get().policy_sequence == 1


def test_nothing_changed_is_said(admin_client: Client, account: PropAccount) -> None:
    same = admin_client.post(address(account), fill_in(admin_client, account))
    assert errors(same) == {"__all__": ["No figure is changed yet."]}


def test_a_switch_and_a_list_are_changed(admin_client: Client, account: PropAccount) -> None:
    world.make_asset("SOL")
    sent = fill_in(admin_client, account, allowed_symbols="SOL,BTC, SOL")
    del sent["has_fee_tiers"]
    confirm(admin_client, account, sent)
    policy = PropAccount.objects.get().policy
    assert policy["allowed_symbols"] == ["SOL", "BTC"] and policy["has_fee_tiers"] is False


def test_who_was_first_is_not_overwritten(admin_client: Client, account: PropAccount) -> None:
    sent = fill_in(admin_client, account, max_leverage="3")
    shown = admin_client.post(address(account), sent).context["form"].shown
    move_policy(
        account=account,
        policy={"cooldown_ms": 5},
        from_sequence=1,
        reason="first",
        by=world.BY,
        now=world.NOW,
    )
    late = confirm(admin_client, account, sent, shown=shown)
    assert "Somebody moved this account" in errors(late)["__all__"][0]
    policy = PropAccount.objects.get().policy
    assert (policy["cooldown_ms"], policy["max_leverage"]) == (5, 5)


def test_a_policy_that_cannot_be_read_is_written_anew(admin_client: Client, account: PropAccount) -> None:
    stored = account.policy | {"max_leverage": "many", "old_rule": 7}
    del stored["window_ms"]
    PropAccount.objects.update(policy=stored)
    sent = fill_in(admin_client, account)
    assert set(errors(admin_client.post(address(account), sent))) == {"max_leverage", "window_ms"}
    moved = confirm(admin_client, account, sent | {"max_leverage": "5", "window_ms": "3,600"})
    assert "Max leverage many -> 5" in said(moved)[0] and "old_rule 7 -> not set" in said(moved)[0]
    assert PropAccount.objects.get().policy == account.policy


def test_a_figure_that_the_policy_gains_appears_by_itself(
    admin_client: Client, account: PropAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    gained = policy_figures.Figure(
        "daily_loss_micros", policy_figures.Kind.NUMBER, policy_figures.UNITS["micros"], 0, 10**18
    )
    listed = [*policy_figures.list_figures(), gained]
    monkeypatch.setattr("apps.trading.admin.policy_form.list_figures", lambda: listed)
    page = admin_client.get(address(account))
    form = page.context["form"]
    assert form.fields["daily_loss_micros"].label == "Daily loss" and b"Other rules" in page.content
    assert form.fields["daily_loss_micros"].clean("12.50") == 12_500_000


def test_it_needs_its_own_permission(account: PropAccount) -> None:
    stranger = signed_in("view_propaccount", "change_propaccount")
    assert stranger.get(address(account)).status_code == 403
    assert stranger.post(address(account), {"_form_submitted": "True"}).status_code == 403
