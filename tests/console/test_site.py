"""The operator's site: dashboard, sidebar, changelists and who may enter."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests import arena_world


@pytest.fixture
def operator(db: None) -> Any:
    return get_user_model().objects.create(username="boss", is_staff=True, is_superuser=True)


@pytest.fixture
def console(operator: Any, client: Client) -> Client:
    client.force_login(operator)
    return client


def test_the_dashboard_counts_what_the_domains_hold(console: Client, tmp_path: Path) -> None:
    arena_world.move(arena_world.begin(tmp_path), steps=16)
    answer = console.get(reverse("admin:index"))
    assert answer.status_code == 200
    arena, hour = answer.context["arena"], answer.context["hour"]
    assert answer.context["accounts"]["open"] == len(arena["rows"]) + len(arena["auditions"])
    assert hour["executed"] + hour["held"] > 0 and hour["runs"] > 0
    assert sum(reason["count"] for reason in hour["reasons"]) == hour["denied"]
    assert b"SYNTHETIC" in answer.content


def test_the_dashboard_stands_on_empty_tables(console: Client) -> None:
    assert b"Nobody is in the Arena yet" in console.get(reverse("admin:index")).content


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label_lower)
def test_every_registered_model_has_a_changelist_in_the_sidebar(console: Client, model: Any) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    answer = console.get(address)
    assert answer.status_code == 200
    links = [item["link"] for group in answer.context["sidebar_navigation"] for item in group["items"]]
    assert address in links


def test_an_operator_without_permissions_sees_no_model(client: Client, db: None) -> None:
    user = get_user_model().objects.create(username="new", is_staff=True)
    client.force_login(user)
    answer = client.get(reverse("admin:index"))
    groups = answer.context["sidebar_navigation"][1:]
    assert not any(item["has_permission"] for group in groups for item in group["items"])


def test_a_stranger_is_sent_to_the_login(client: Client, db: None) -> None:
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_login_without_a_destination_leads_to_the_dashboard(client: Client, db: None) -> None:
    get_user_model().objects.create_superuser("boss", "", "a-long-password-1")
    answer = client.post(
        reverse("admin:login"), {"username": "boss", "password": "a-long-password-1"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == reverse("admin:index")
