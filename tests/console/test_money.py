"""The money desk without a browser: who may look and act, what is shown of whom, and C20 at its dialogs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.console.money.books import books_page
from apps.economy.models import Deposit, Finding, Refund
from apps.economy.services import refunds
from apps.economy.types import FindingKind, RefundStatus
from apps.operations import queue
from apps.operations.models import AuditEvent, HeldAct, OutboxRow
from apps.users.models import User
from tests.economy.giving_back import (
    PAYER,
    SURPLUS,
    UNMATCHED,
    acting,
    bought,
    configured,
    make_chain,
    offered,
    paid,
)
from tests.economy.rows import FEE
from tests.economy.world import NOW, FakeChain

pytestmark = pytest.mark.django_db
PAGES = ("console-money", "console-payments", "console-refunds", "console-reconciling", "console-books")


@pytest.fixture
def chain() -> Iterator[FakeChain]:
    with configured():
        yield make_chain()


@pytest.fixture
def stray(chain: FakeChain) -> Deposit:
    return paid(chain, 7, 5 * FEE)


def signed_in(name: str, *codes: str, boss: bool = False) -> Client:
    person, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": boss})
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(person)
    return client


def act(client: Client, row: Any, name: str, **fields: Any) -> list[str]:
    """Send a dialog of the row's admin page, typed as it wants to be; what was said last."""
    meta = row._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[row.pk])
    form = {"_form_submitted": "true", "reason": "because of a test", "confirmation": row.public_id}
    answer = client.post(address, form | fields)
    return [str(message) for message in get_messages(answer.wsgi_request)][-1:]


def test_c20_the_same_operator_is_refused_and_another_is_not(stray: Deposit) -> None:
    ann, bob = signed_in("ann", boss=True), signed_in("bob", boss=True)
    assert "wait for another person" in act(ann, stray, "ask_refund")[0]
    refund = Refund.objects.get()
    assert act(ann, refund, "approve") == [
        "Who asked for this refund, or would get it, cannot approve it; another person must."
    ]
    refund.refresh_from_db()
    assert (refund.status, refund.signature) == (RefundStatus.WAITING, "")
    event = AuditEvent.objects.get(verb="economy.refund.approve-asked")
    assert (event.actor_label, event.detail) == ("ann", {"refused": "FOUR_EYES_REQUIRED"})
    assert "may be fetched until" in act(bob, refund, "approve")[0]
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SIGNED and str(refund.approved_by) == "bob"


def test_nothing_is_approved_without_its_identifier_or_by_opening_a_link(stray: Deposit) -> None:
    refund = refunds.ask(deposit=stray, cause=UNMATCHED, reason="test", by=acting("ann"), now=NOW)
    bob = signed_in("bob", boss=True)
    act(bob, refund, "approve", confirmation="rfd_other")
    bob.get(reverse("admin:economy_refund_approve", args=[refund.pk]))
    refund.refresh_from_db()
    assert refund.status == RefundStatus.WAITING


def test_who_may_only_look_is_offered_no_act(stray: Deposit) -> None:
    refund = refunds.ask(deposit=stray, cause=UNMATCHED, reason="test", by=acting("ann"), now=NOW)
    looker = signed_in("looker", "view_deposit", "view_refund", "view_finding")
    for name in PAGES:
        assert looker.get(reverse(name)).status_code == 200
        assert signed_in("stranger").get(reverse(name)).status_code == 403
        assert Client().get(reverse(name)).status_code == 302
    shown = looker.get(reverse("console-refunds")).context
    assert shown["waiting"][0]["acts"] == []
    act(looker, refund, "approve")
    refund.refresh_from_db()
    assert refund.status == RefundStatus.WAITING
    assert looker.get(reverse("console-deposit", args=["dep_nobody"])).status_code == 404


def test_the_desk_stands_where_nothing_was_ever_paid(db: None) -> None:
    boss = signed_in("boss", boss=True)
    for name in PAGES:
        assert boss.get(reverse(name)).status_code == 200
    assert b"Every payment is accounted for" in boss.get(reverse("console-money")).content


def test_the_signature_is_shown_to_no_operator(stray: Deposit) -> None:
    asked = refunds.ask(deposit=stray, cause=UNMATCHED, reason="test", by=acting("ann"), now=NOW)
    refund = refunds.approve(refund=asked, by=acting("bob"), now=NOW)
    boss = signed_in("boss", boss=True)
    for address in (
        reverse("console-refunds"),
        reverse("console-deposit", args=[stray.public_id]),
        reverse("admin:economy_refund_change", args=[refund.pk]),
        reverse("admin:economy_refund_changelist"),
    ):
        shown = boss.get(address)
        assert shown.status_code == 200 and refund.signature not in shown.content.decode()


def test_a_payment_is_offered_the_acts_that_its_state_allows(chain: FakeChain, stray: Deposit) -> None:
    boss = signed_in("boss", boss=True)

    def offered_for(deposit: Deposit) -> set[str]:
        page = boss.get(reverse("console-deposit", args=[deposit.public_id]))
        return {one["name"] for one in page.context["acts"]}

    assert offered_for(stray) == {"assign", "ask_refund"}
    too_much, exact = bought(chain, 3, extra_wei=9).deposit, bought(chain, 4).deposit
    assert (offered_for(too_much), offered_for(exact)) == ({"ask_surplus"}, set())
    refunds.ask(deposit=too_much, cause=SURPLUS, reason="test", by=acting("ann"), now=NOW)
    assert offered_for(too_much) == set()


def test_assigning_waits_for_a_second_person(stray: Deposit) -> None:
    quote, ann = offered(99), signed_in("ann", boss=True)
    act(ann, stray, "assign", quote="quo_nobody")
    assert not HeldAct.objects.exists()
    assert "waits for a second person" in act(ann, stray, "assign", quote=quote.public_id)[0]
    held = HeldAct.objects.get()
    assert "another must" in act(ann, held, "release")[0] or held.status == "waiting"
    act(signed_in("bob", boss=True), held, "release")
    held.refresh_from_db()
    assert held.status == "released" and stray.purchase.clone == quote.clone


def test_reconciling_is_asked_of_a_worker_once_a_minute(chain: FakeChain) -> None:
    boss = signed_in("boss", boss=True)
    address = reverse("admin:economy_chaincursor_reconcile")
    for _ in range(2):
        boss.post(address, {"_form_submitted": "true", "reason": "because of a test"})
    rows = OutboxRow.objects.filter(name="economy.reconcile-now")
    assert 1 <= rows.count() <= 2 and "economy.reconcile-now" in queue.task_names()


def test_a_finding_leads_to_its_payment_and_counts_on_the_front_page(stray: Deposit) -> None:
    Finding.objects.create(
        kind=FindingKind.DOUBLE,
        chain_id=1,
        subject=stray.public_id,
        detail={"bookedWei": "2", "dueWei": "1"},
        found_at=NOW,
        seen_at=NOW,
    )
    boss = signed_in("boss", boss=True)
    [row] = boss.get(reverse("console-reconciling")).context["findings"]
    assert row["url"] == reverse("console-deposit", args=[stray.public_id])
    assert row["lines"][0] == {"name": "is booked", "value": "0.000000000000000002\u00a0ETH (2 wei)"}
    parts = boss.get(reverse("admin:index")).context["money"]["parts"]
    assert [(part["count"], part["what"]) for part in parts[:3]] == [
        (1, "payment bought nothing"),
        (0, "refunds to approve"),
        (1, "finding open"),
    ]


def test_wei_are_exact_beside_ether(stray: Deposit) -> None:
    shown = signed_in("boss", boss=True).get(reverse("console-payments") + f"?q={PAYER}").content.decode()
    assert f"{5 * FEE} wei" in shown and "0.05\u00a0ETH" in shown


def test_looking_costs_the_same_for_many(chain: FakeChain, django_assert_max_num_queries: Any) -> None:
    for number in range(20, 32):
        deposit = paid(chain, number, FEE)
        if number % 2:
            refunds.ask(deposit=deposit, cause=UNMATCHED, reason="test", by=acting("ann"), now=NOW)
    boss = signed_in("boss", boss=True)
    for name in ("console-payments", "console-money"):
        with django_assert_max_num_queries(75):
            assert boss.get(reverse(name)).status_code == 200


def test_books_are_asked_for_by_odd_words(stray: Deposit) -> None:
    client, books = signed_in("ann", boss=True), reverse("console-books")
    for query in ("chain=²", "chain=٣", "chain=" + "9" * 30, "before=²", "before=" + "9" * 30):
        assert client.get(f"{books}?{query}").status_code == 200
    asked = RequestFactory().get(books, {"subject": "a&b=c d"})
    assert books_page(asked)["first_url"].endswith("&subject=a%26b%3Dc+d")
