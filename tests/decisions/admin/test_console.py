"""The console shows decisions and lets nobody change them."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    """A signed-in superuser."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("op", password="a long enough password"))
    return client


def test_the_lists_and_a_run_open(ask, operator):
    run = ask()
    assert run.public_id in operator.get("/admin/decisions/decisionrun/").content.decode()
    detail = operator.get(f"/admin/decisions/decisionrun/{run.pk}/change/")
    assert detail.status_code == 200 and "fast mean" in detail.content.decode()
    assert operator.get("/admin/decisions/proposedaction/").status_code == 200


def test_nothing_can_be_added_or_deleted(ask, operator):
    run = ask()
    assert operator.get("/admin/decisions/decisionrun/add/").status_code == 403
    assert operator.post(f"/admin/decisions/decisionrun/{run.pk}/delete/", {"post": "yes"}).status_code == 403
