"""Reports and moderation: one open report per reporter, floods end in 429, and only operators decide."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.clones import queries, services
from apps.clones.models import Clone, Report
from apps.core.errors import IllegalTransition, InvalidInput
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.clones.conftest import BY, NOW

pytestmark = pytest.mark.django_db
QUEUE = "/api/v1/admin/moderation/reports"


@pytest.fixture
def report(clone: Clone) -> Report:
    return file(clone, "visitor-1")


def file(clone: Clone, key: str, category: str = "scam") -> Report:
    return services.report_clone(
        clone=clone, reporter=None, reporter_key=key, category=category, text="It lies.", now=NOW
    )[0]


def send(client: Client, clone: Clone, body: Any = None, **meta: Any) -> Any:
    body = {"category": "scam", "text": "It lies."} if body is None else body
    path = f"/api/v1/public/clones/{clone.public_id}/report"
    return client.post(path, body, content_type="application/json", **meta)


def operator(*codes: str) -> Client:
    person = User.objects.create(username=f"operator-{len(codes)}", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(person)
    return client


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/admin/moderation/{path}", body, content_type="application/json")


def test_b14_one_reporter_has_one_open_report_about_a_clone(clone: Clone, client: Client) -> None:
    first = send(client, clone)
    again = send(client, clone, {"category": "offensive", "text": "And again."})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() and first.json()["category"] == "scam"
    assert "text" not in first.json()
    report = Report.objects.get()
    assert (
        report.reporter is None and "127.0.0.1" not in report.reporter_key and len(report.reporter_key) == 64
    )
    event = AuditEvent.objects.get(verb="clones.report.filed")
    assert (event.actor_kind, event.detail["clone"]) == ("system", clone.public_id)


def test_b14_people_are_told_apart_by_account_and_visitors_by_network(clone: Clone, client: Client) -> None:
    eve = create_user(username="eve", by=BY, now=NOW)
    signed_in = Client()
    signed_in.force_login(eve)
    answers = [
        send(client, clone),
        send(client, clone, REMOTE_ADDR="192.0.2.7"),
        send(client, clone, REMOTE_ADDR="2001:db8::1"),
        send(client, clone, REMOTE_ADDR="2001:db8::2"),
        send(signed_in, clone),
        send(client, clone, headers={"X-Forwarded-For": "203.0.113.9"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 200, 201, 200]
    assert Report.objects.get(reporter=eve).reporter_key == eve.public_id
    [case] = queries.open_cases(limit=10)
    assert (case.open_count, case.signed_in_count, case.categories) == (4, 1, (("Scam or advertising", 4),))


def test_b14_a_flood_by_one_reporter_and_by_fresh_wallets_of_one_network_ends(
    owner: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.clones.services.reports.REPORT_RATE", "3/hour")
    monkeypatch.setattr("apps.clones.services.reports.NETWORK_REPORT_RATE", "5/hour")
    clones = [
        services.create_clone(owner=owner, name=f"Target {number}{number}", by=BY, now=NOW, is_paid=True)
        for number in range(4)
    ]
    answers = [send(client, clone) for clone in clones]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[3].json()["code"] == "RATE_LIMITED" and answers[3].json()["retryable"]
    assert int(answers[3]["Retry-After"]) > 0
    wallets = [Client() for _ in range(3)]
    for number, wallet in enumerate(wallets):
        wallet.force_login(create_user(username=f"wallet-{number}", by=BY, now=NOW))
    flood = [send(wallet, clones[0]).status_code for wallet in wallets]
    assert flood == [201, 429, 429], "the network had one report left of its five"
    assert Report.objects.count() == 4


@pytest.mark.parametrize(
    "body,code",
    [
        ({"category": "spam"}, "VALIDATION_FAILED"),
        ({}, "VALIDATION_FAILED"),
        ({"category": "scam", "text": "x" * 501}, "VALIDATION_FAILED"),
        ({"category": "scam", "status": "upheld"}, "FIELD_NOT_ALLOWED"),
        ({"category": "scam", "text": "\u202eevil"}, "TEXT_INVALID"),
    ],
)
def test_a_report_is_strict(body: Any, code: str, clone: Clone, client: Client) -> None:
    answer = send(client, clone, body)
    assert (answer.status_code, answer.json()["code"]) in {(400, code), (422, code)}
    assert not Report.objects.exists()


def test_a_hidden_clone_is_not_reported(clone: Clone, client: Client) -> None:
    services.moderate_clone(clone=clone, to="hidden", reason="reported", by=BY, now=NOW)
    assert send(client, clone).status_code == 404
    with pytest.raises(InvalidInput):
        file(clone, "visitor", category="spam")


def test_a_reporter_may_come_back_after_the_decision(clone: Clone, report: Report) -> None:
    services.resolve_report(report=report, to="dismissed", reason="harmless", by=BY, now=NOW)
    later = file(clone, "visitor-1")
    assert later.pk != report.pk and later.status == "open"


def test_b15_the_second_decision_is_refused_and_both_are_on_record(clone: Clone, report: Report) -> None:
    ada, eve = (create_user(username=name, by=BY, now=NOW) for name in ("first", "second"))
    services.resolve_report(report=report, to="upheld", reason="it lies", by=Actor.user(ada), now=NOW)
    with pytest.raises(IllegalTransition) as refused:
        late = Report.objects.get(pk=report.pk)
        services.resolve_report(report=late, to="dismissed", reason="it is true", by=Actor.user(eve), now=NOW)
    assert refused.value.code == "STATE_CHANGED"
    report.refresh_from_db()
    assert (report.status, report.resolved_by, report.resolution) == ("upheld", ada, "it lies")
    rows = AuditEvent.objects.filter(subject_id=report.public_id).order_by("id")
    assert list(rows.values_list("verb", "actor_id", "reason"))[1:] == [
        ("clones.report.upheld", ada.public_id, "it lies"),
        ("clones.report.refused", eve.public_id, "it is true"),
    ]


def test_hiding_upholds_every_open_report_and_leaves_the_decided_ones(clone: Clone, report: Report) -> None:
    services.resolve_report(report=report, to="dismissed", reason="harmless", by=BY, now=NOW)
    for key in ("visitor-2", "visitor-3"):
        file(clone, key)
    services.moderate_clone(clone=clone, to="hidden", reason="it lies", by=BY, now=NOW)
    assert sorted(Report.objects.values_list("status", flat=True)) == ["dismissed", "upheld", "upheld"]
    with pytest.raises(IllegalTransition):
        services.dismiss_reports(clone=clone, reason="it is true", by=BY, now=NOW)
    asked = AuditEvent.objects.get(verb="clones.clone.refused")
    assert asked.detail == {"asked": "reports-dismissed", "code": "STATE_CHANGED"}


def test_an_operator_lists_and_resolves_by_the_api(clone: Clone, report: Report) -> None:
    client = operator("change_clone")
    listed = client.get(QUEUE).json()["items"]
    assert [(row["id"], row["cloneId"], row["text"]) for row in listed] == [
        (report.public_id, clone.public_id, "It lies.")
    ]
    assert listed[0]["reporterId"] is None
    path = f"reports/{report.public_id}/resolve"
    assert post(client, path, to="upheld").status_code == 400
    assert post(client, path, to="open", reason="why not").status_code == 400
    done = post(client, path, to="upheld", reason="it lies")
    assert (done.status_code, done.json()["status"], done.json()["resolution"]) == (200, "upheld", "it lies")
    late = post(client, path, to="dismissed", reason="it is true")
    assert (late.status_code, late.json()["code"]) == (409, "STATE_CHANGED")
    assert client.get(QUEUE).json()["items"] == []
    assert len(client.get(f"{QUEUE}?status=upheld").json()["items"]) == 1
    assert client.get(f"{QUEUE}?status=lost").status_code == 400


def test_an_operator_moderates_by_the_api(clone: Clone) -> None:
    client = operator("change_clone")
    path = f"clones/{clone.public_id}"
    assert post(client, f"{path}/hide").status_code == 400
    hidden = post(client, f"{path}/hide", reason="it lies")
    assert (hidden.status_code, hidden.json()["status"]) == (200, "hidden")
    assert post(client, f"{path}/hide", reason="it lies").json()["code"] == "STATE_CHANGED"
    assert post(client, f"{path}/reinstate", reason="it was changed").json()["status"] == "live"
    assert post(client, f"{path}/retire", reason="no demand").status_code == 403
    ends = operator("change_clone", "delete_clone")
    assert post(ends, f"{path}/retire", reason="no demand").json()["status"] == "retired"
    assert AuditEvent.objects.filter(subject_id=clone.public_id, verb="clones.clone.refused").count() == 1


def test_moderation_is_for_operators_with_the_permission(
    clone: Clone, report: Report, owner: User, client: Client
) -> None:
    paths = [f"reports/{report.public_id}/resolve"]
    paths += [f"clones/{clone.public_id}/{act}" for act in ("hide", "reinstate", "retire")]
    looker = operator("view_report", "view_clone")
    permitted = create_user(username="permitted", by=BY, now=NOW)
    permitted.user_permissions.set(Permission.objects.filter(codename__in=("change_clone", "delete_clone")))
    player, visitor = Client(), client
    player.force_login(permitted)
    for path in paths:
        assert post(visitor, path, reason="it lies").status_code == 401
        for someone in (looker, player):
            assert post(someone, path, reason="it lies").status_code == 403
    assert visitor.get(QUEUE).status_code == 401
    assert [someone.get(QUEUE).status_code for someone in (looker, player)] == [403, 403]
    assert Clone.objects.get(pk=clone.pk).status == "live"


def test_cases_cost_the_same_however_many_reports_there_are(
    owner: User, django_assert_num_queries: Any
) -> None:
    clones = [
        services.create_clone(owner=owner, name=f"Target {number}{number}", by=BY, now=NOW, is_paid=True)
        for number in range(3)
    ]
    for place, clone in enumerate(clones):
        for number in range(7 * (place + 1)):
            file(clone, f"visitor-{number}")
    with django_assert_num_queries(4):
        cases = queries.open_cases(limit=2)
    assert [(case.name, case.open_count, len(case.lines)) for case in cases] == [
        ("Target 22", 21, 5),
        ("Target 11", 14, 5),
    ]
