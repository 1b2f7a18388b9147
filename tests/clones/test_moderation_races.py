"""Reporters and operators at once on PostgreSQL: one report stands, one decision stands, and both are on record."""

from collections import Counter
from typing import Any

from apps.clones import services
from apps.clones.models import Clone, Report
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import User
from tests.clones.conftest import BY, NOW
from tests.contenders import RACE, together

pytestmark = RACE
WORKERS = 8


def file(clone: Clone, key: str) -> Report:
    return services.report_clone(
        clone=clone, reporter=None, reporter_key=key, category="scam", text="", now=NOW
    )[0]


def test_b11_one_of_many_gets_a_name(owner: User) -> None:
    names = ("Comet", "COMET", "C0met", "Cornet", "comet!", "Com\u00e9t", "c o m e t", "Comet")

    def create(name: str) -> Any:
        made = services.create_clone(owner=owner, name=name, by=BY, now=NOW, is_paid=True)
        return made.public_id[:3]

    answers = together(*(lambda name=name: create(name) for name in names))
    assert Counter(answers) == {"cln": 1, "NAME_TAKEN": WORKERS - 1}
    assert Clone.objects.get().name_key == "COMET"


def test_b14_one_report_of_a_reporter_stands(clone: Clone) -> None:
    answers = together(*(lambda: file(clone, "visitor").pk for _ in range(WORKERS)))
    assert len(set(answers)) == 1 and Report.objects.count() == 1
    assert AuditEvent.objects.filter(verb="clones.report.filed").count() == 1


def test_b15_one_of_two_operators_decides_a_report(clone: Clone) -> None:
    for turn in range(5):
        report = file(clone, f"visitor-{turn}")
        acts = {
            to: lambda to=to, report=report: (
                services.resolve_report(
                    report=Report.objects.get(pk=report.pk),
                    to=to,
                    reason="so it is",
                    by=Actor.system(to),
                    now=NOW,
                ).status
            )
            for to in ("upheld", "dismissed")
        }
        answers = together(*acts.values())
        report.refresh_from_db()
        assert sorted(answers) == sorted([report.status, "STATE_CHANGED"])
        rows = AuditEvent.objects.filter(subject_id=report.public_id).exclude(verb="clones.report.filed")
        assert {row.actor_id for row in rows} == {"upheld", "dismissed"}
        assert {row.verb for row in rows} == {f"clones.report.{report.status}", "clones.report.refused"}


def test_b15_hiding_and_dismissing_at_once_decide_every_report_one_way(clone: Clone) -> None:
    for turn in range(5):
        reports = [file(clone, f"visitor-{turn}-{number}").pk for number in range(6)]
        hide = Actor.system(f"hide-{turn}")
        dismiss = Actor.system(f"dismiss-{turn}")
        answers = together(
            lambda by=hide: (
                services.moderate_clone(
                    clone=Clone.objects.get(pk=clone.pk), to="hidden", reason="it lies", by=by, now=NOW
                ).status
            ),
            lambda by=dismiss: services.dismiss_reports(
                clone=Clone.objects.get(pk=clone.pk), reason="it is true", by=by, now=NOW
            ),
        )
        found = set(Report.objects.filter(pk__in=reports).values_list("status", flat=True))
        assert answers in (["hidden", 6], ["hidden", "STATE_CHANGED"])
        assert found == ({"dismissed"} if answers[1] == 6 else {"upheld"})
        for actor in (hide, dismiss):
            assert AuditEvent.objects.filter(actor_id=actor.identifier).exists()
        services.moderate_clone(
            clone=Clone.objects.get(pk=clone.pk), to="live", reason="again", by=BY, now=NOW
        )


def test_b15_one_of_many_hides_and_the_others_are_on_record(clone: Clone) -> None:
    answers = together(
        *(
            lambda number=number: (
                services.moderate_clone(
                    clone=Clone.objects.get(pk=clone.pk),
                    to="hidden",
                    reason="it lies",
                    by=Actor.system(f"operator-{number}"),
                    now=NOW,
                ).status
            )
            for number in range(WORKERS)
        )
    )
    assert Counter(answers) == {"hidden": 1, "STATE_CHANGED": WORKERS - 1}
    verbs = Counter(
        AuditEvent.objects.filter(actor_id__startswith="operator-").values_list("verb", flat=True)
    )
    assert verbs == {"clones.clone.hidden": 1, "clones.clone.refused": WORKERS - 1}


def test_deciding_one_report_while_its_clone_is_hidden_never_waits_for_ever(clone: Clone) -> None:
    for turn in range(5):
        reports = [file(clone, f"visitor-{turn}-{number}") for number in range(4)]
        answers = together(
            lambda: (
                services.moderate_clone(
                    clone=Clone.objects.get(pk=clone.pk), to="hidden", reason="it lies", by=BY, now=NOW
                ).status
            ),
            *(
                lambda report=report: (
                    services.resolve_report(
                        report=report, to="dismissed", reason="it is true", by=BY, now=NOW
                    ).status
                )
                for report in reversed(reports)
            ),
        )
        assert answers[0] == "hidden" and set(answers[1:]) <= {"dismissed", "STATE_CHANGED"}
        assert not Report.objects.filter(status="open").exists()
        services.moderate_clone(
            clone=Clone.objects.get(pk=clone.pk), to="live", reason="again", by=BY, now=NOW
        )
