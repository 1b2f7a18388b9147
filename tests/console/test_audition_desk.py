"""The audition desk and the rulebooks: what they show, to whom, and what their dialogs do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.competition import queries
from apps.competition.models import Audition, RefundAuthorisation, Rulebook
from apps.competition.services import auditions, evaluating, rulebooks
from apps.competition.types import Basis, Boundary, Drawdown, Outage, RulebookTerms
from apps.operations import clock
from apps.operations.models import AuditEvent
from tests.competition import trials
from tests.competition.trials import BY, begun, fresh, mark, minutes
from tests.console.test_desk import PAYLOAD, WRITTEN, link, said, signed_in

pytestmark = pytest.mark.django_db
DESK, RULEBOOKS = "/admin/auditions/", "/admin/rulebooks/"
FORM = {
    "title": "Winter",
    "window": "600",
    "start": "50000",
    "target": "2.5",
    "target_boundary": "exclusive",
    "basis": "balance",
    "loss": "8",
    "drawdown": "trailing",
    "loss_boundary": "exclusive",
    "daily": "4",
    "boundary": "13:30",
    "orders": "7",
    "share": "80",
    "age": "20",
    "outage": "none",
    "reason": "a new season",
    "_form_submitted": "true",
}


@pytest.fixture(autouse=True)
def market_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console's clock stands an hour after the auditions begin."""
    monkeypatch.setattr(clock, "now", lambda: minutes(60))


@pytest.fixture
def boss() -> Client:
    return signed_in(is_superuser=True, username="boss")


def shown(client: Client, view: str = "", **query: str) -> set[str]:
    rows = client.get(DESK, {"view": view, **query}).context["rows"]
    return {row["id"] for row in rows}


def act(client: Client, audition: Audition, name: str, **fields: str) -> Any:
    address = reverse(f"admin:competition_audition_{name}", args=[audition.pk])
    form = {"_form_submitted": "true", "reason": "because of a test", "confirmation": audition.public_id}
    return client.post(address, form | fields)


def test_each_view_shows_its_own(boss: Client) -> None:
    running, due, flagged, failed = (begun(name, number=n) for n, name in enumerate(("A1", "B2", "C3", "D4")))
    Audition.objects.filter(pk=due.pk).update(ends_at=minutes(30))
    evaluating.evaluate(audition=fresh(due), now=minutes(31))
    auditions.flag_bought(entitlement=flagged.entitlement, reason=PAYLOAD, by=BY, now=minutes(3))
    mark(failed, -6, minutes=1)
    evaluating.evaluate(audition=fresh(failed), now=minutes(2))
    keys = {name: row.public_id for name, row in locals().items() if isinstance(row, Audition)}
    assert shown(boss) == {keys["running"], keys["due"], keys["flagged"]}
    assert shown(boss, "due") == shown(boss, "deferred") == {keys["due"]}
    assert shown(boss, "flagged") == {keys["flagged"]}
    assert shown(boss, "failed") == {keys["failed"]}
    assert shown(boss, "voided") == shown(boss, "passed") == set()
    assert shown(boss, q="c3") == shown(boss, q=flagged.account.public_id) == {keys["flagged"]}
    page = boss.get(DESK).content
    assert WRITTEN not in page and b"MARKS_MISSING" in page
    assert link(boss, "Audition desk")["badge"] == "2"


def test_judging_now_says_what_came_of_it(boss: Client) -> None:
    audition = begun()
    assert "nothing is decided yet" in said(act(boss, audition, "evaluate_now"))[0]
    for at in (1, 2):
        mark(audition, 3, minutes=at)
    assert said(act(boss, audition, "evaluate_now"))[-1] == "It passed: TARGET_REACHED."
    assert said(act(boss, audition, "evaluate_now"))[-1] == "This audition has ended: it passed."
    assert fresh(audition).status == "passed"
    asked = AuditEvent.objects.filter(verb="competition.audition.evaluate-asked")
    assert asked.count() == 3


def test_voiding_asks_for_the_refund_in_the_operators_name(boss: Client) -> None:
    audition = begun()
    act(boss, audition, "void", confirmation="something else")
    assert fresh(audition).status == "running"
    act(boss, audition, "void")
    refund = RefundAuthorisation.objects.get()
    assert (fresh(audition).status, refund.asked_by.username) == ("voided", "boss")
    assert shown(boss, "voided") == {audition.public_id}
    assert boss.get(DESK, {"view": "voided"}).context["rows"][0]["acts"] == []


def test_who_may_only_look_finds_no_act_and_cannot_do_one() -> None:
    audition, looker = begun(), signed_in("view_audition", "view_rulebook")
    assert looker.get(DESK).context["rows"][0]["acts"] == []
    assert looker.get(RULEBOOKS).context["publish"] == []
    for name in ("void", "evaluate_now"):
        act(looker, audition, name)
    looker.post(reverse("admin:competition_rulebook_publish"), FORM)
    assert fresh(audition).status == "running" and not Rulebook.objects.filter(title="Winter").exists()
    stranger = signed_in()
    assert {stranger.get(address).status_code for address in (DESK, RULEBOOKS)} == {403}


class TestRulebooks:
    """Published from a form with every term, offered with a reason."""

    def test_every_term_of_the_form_is_in_the_document(self, boss: Client) -> None:
        boss.post(reverse("admin:competition_rulebook_publish"), FORM)
        rulebook = Rulebook.objects.get()
        assert RulebookTerms.from_document(rulebook.document) == RulebookTerms(
            title="Winter",
            window_minutes=600,
            start_micros=50_000_000_000,
            profit_target_bps=250,
            max_loss_bps=800,
            min_orders=7,
            max_profit_share_bps=8_000,
            max_price_age_ms=20_000,
            basis=Basis.BALANCE,
            drawdown=Drawdown.TRAILING,
            target_boundary=Boundary.EXCLUSIVE,
            loss_boundary=Boundary.EXCLUSIVE,
            daily_loss_bps=400,
            day_boundary_minute=13 * 60 + 30,
            outage=Outage.NONE,
        )
        page = boss.get(RULEBOOKS).content.decode()
        assert (
            rulebook.digest in page
            and "days from 13:30 UTC" in page
            and "&quot;boundaryMinute&quot;: 810" in page
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {"loss": "0"},
            {"loss": "six"},
            {"target": "1.005"},
            {"boundary": "25:00"},
            {"daily": ""},
            {"outage": "sometimes"},
            {"title": " "},
            {"reason": ""},
        ],
        ids=str,
    )
    def test_what_the_judge_could_not_honour_keeps_the_dialog_open(
        self, boss: Client, wrong: dict[str, str]
    ) -> None:
        answer = boss.post(reverse("admin:competition_rulebook_publish"), FORM | wrong)
        assert answer.status_code == 200 and not Rulebook.objects.exists()

    def test_one_is_offered_with_a_reason_and_shown_first(self, boss: Client) -> None:
        rulebooks.offered(now=trials.NOW)
        winter = trials.rulebook(title="Winter")
        form = {"_form_submitted": "true", "reason": "a new season"}
        boss.post(reverse("admin:competition_rulebook_offer", args=[winter.pk]), form)
        assert queries.offered_rulebook() == winter
        rows = boss.get(RULEBOOKS).context["rows"]
        assert [(row["title"], row["is_offered"], bool(row["acts"])) for row in rows] == [
            ("Winter", True, False),
            ("Audition, 24 hours", False, True),
        ]

    def test_the_page_stands_before_anything_is_published(self, boss: Client) -> None:
        assert b"No rulebook is offered" in boss.get(RULEBOOKS).content
