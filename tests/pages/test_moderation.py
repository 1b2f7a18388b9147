"""The moderation queue in a browser: hostile texts stay texts, and acts go by dialog with a reason."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from PIL import Image

from apps.clones import services
from apps.clones.models import Clone, Report
from apps.competition.models import ArenaMembership, Audition
from apps.operations import clock
from apps.operations.audit import Actor
from tests import arena_world
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "a-long-password-1"
BY = Actor.system("tests.pages")
NAMES = (
    "<img src=x onerror=pwned()>",
    "</title><script>pwned()</script>",
    "{{ 7|add:7 }}${pwned()}`",
    "Tidewatcher",
)
HOSTILE = (
    "<script>pwned()</script>",
    '"><svg onload=pwned()>',
    "' onmouseover='pwned()' autofocus onfocus='pwned()",
    "javascript:pwned()",
    "<a href='javascript:pwned()'>click</a>",
    "</textarea></q></script><iframe srcdoc='<script>parent.pwned()</script>'>",
    "{% csrf_token %}{{ constructor.constructor('pwned()')() }}",
)


def picture(colour: str) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (600, 400), colour).save(drawn, "PNG")
    return drawn.getvalue()


def reported_clones() -> list[Clone]:
    """Four clones with hostile names, descriptions and reports; the last one has a picture."""
    now = clock.now()
    owner = get_user_model().objects.create_user('<b onmouseover="pwned()">eve</b>')
    made = []
    for place, name in enumerate(NAMES):
        clone = services.create_clone(
            owner=owner, name=name, description=HOSTILE[place], by=BY, now=now, is_paid=True
        )
        for number, text in enumerate(HOSTILE[place:]):
            key = f"visitor-{place}-{number}"
            services.report_clone(
                clone=clone,
                reporter=owner if number == 1 else None,
                reporter_key=key,
                category=("scam", "offensive", "impersonation")[number % 3],
                text=text,
                now=now,
            )
        made.append(clone)
    services.set_image(clone=made[-1], content=picture("teal"), by=BY, now=now)
    return made


@pytest.fixture
def operator(visitor: Visitor) -> Visitor:
    get_user_model().objects.create_superuser("boss", "", PASSWORD)
    visitor.page.add_init_script("window.hits = 0; window.pwned = () => { window.hits += 1; };")
    visitor.go("/admin/login/?next=/admin/")
    visitor.page.get_by_label("Username").fill("boss")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector(".pp-dash")
    return visitor


def open_act(page: Any, clone: Clone, name: str) -> Any:
    page.locator(f'[popovertarget="{clone.public_id}-{name}"]').first.click()
    return page.locator(f"[id='{clone.public_id}-{name}']")


def test_b11_b14_hostile_names_and_reports_stay_texts_on_every_operator_page(operator: Visitor) -> None:
    clones = reported_clones()
    page = operator.page
    pages = [
        "/admin/moderation/",
        "/admin/clones/clone/",
        "/admin/clones/report/",
        "/admin/operations/auditevent/",
        *(f"/admin/clones/clone/{clone.pk}/change/" for clone in clones),
        *(f"/admin/clones/report/{report.pk}/change/" for report in Report.objects.all()[:8]),
    ]
    for path in pages:
        operator.go(path)
        page.mouse.move(300, 300)
        page.wait_for_timeout(50)
        assert page.evaluate("window.hits") == 0, path
        assert page.locator("iframe, svg[onload], [onerror], [onmouseover], [onfocus]").count() == 0, path
    operator.go("/admin/moderation/")
    for clone in clones:
        assert page.get_by_role("link", name=clone.name, exact=True).is_visible()
    assert page.locator("q", has_text=HOSTILE[4]).first.is_visible()


def test_b11_hostile_names_stay_texts_on_the_players_pages(visitor: Visitor, folder: Path) -> None:
    now = arena_world.move(arena_world.begin(folder), steps=16)
    page = visitor.page
    page.add_init_script("window.hits = 0; window.pwned = () => { window.hits += 1; };")
    clones = [member.clone for member in ArenaMembership.objects.select_related("clone")]
    clones += [view.clone for view in Audition.objects.filter(status="running").select_related("clone")]
    for number, clone in enumerate(clones):
        name = ("<img src=x onerror=pwned()>{}", "</script><script>pwned()//{}")[number % 2].format(number)
        services.edit_profile(clone=clone, name=name, description=HOSTILE[number % 7], by=BY, now=now)
    for path in ("/", "/auditions", *(f"/clones/{clone.public_id}" for clone in clones[:3])):
        visitor.go(path)
        page.wait_for_timeout(300)
        page.mouse.move(500, 400)
        assert page.evaluate("window.hits") == 0, path
        assert page.locator("[onerror], [onmouseover], [onfocus], svg[onload]").count() == 0, path
        assert "pwned()" in page.locator("main").inner_text(), path


def test_an_operator_dismisses_hides_and_reinstates_by_dialog(operator: Visitor) -> None:
    clones = reported_clones()
    page, shown = operator.page, clones[-1]
    operator.go("/admin/moderation/")
    assert page.locator(".md-case").count() == len(clones)
    for width in (NARROW, WIDE):
        operator.see(width=width)
    dialog = open_act(page, shown, "hide")
    assert dialog.is_visible()
    dialog.get_by_role("button", name="Hide profile").click()
    assert page.url.endswith("/admin/moderation/") and dialog.is_visible(), "without a reason nothing is sent"
    dialog.get_by_label("Reason").fill("pretends to be somebody")
    dialog.get_by_role("button", name="Hide profile").click()
    page.wait_for_selector("text=The profile is hidden.")
    shown.refresh_from_db()
    assert shown.status == "hidden"
    assert set(Report.objects.filter(clone=shown).values_list("status", flat=True)) == {"upheld"}
    dialog = open_act(page, clones[0], "dismiss")
    dialog.get_by_label("Reason").fill("nothing is wrong with it")
    dialog.get_by_role("button", name="Dismiss reports").click()
    page.wait_for_selector("text=The reports are dismissed.")
    operator.go("/admin/moderation/?view=hidden")
    for width in (NARROW, WIDE):
        operator.see(width=width)
    assert page.locator(".md-picture").evaluate("image => image.naturalWidth") == 512
    dialog = open_act(page, shown, "reinstate")
    dialog.get_by_label("Reason").fill("the owner changed it")
    dialog.get_by_role("button", name="Reinstate").click()
    page.wait_for_selector("text=No clone is hidden")
    shown.refresh_from_db()
    assert shown.status == "live"
