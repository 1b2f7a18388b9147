"""What the desk refuses when an act is asked for, before a second person hears of it."""

import pytest
from django.test import Client

from apps.operations.models import AuditEvent, HeldAct
from apps.trading.models import PropAccount
from tests.console.test_desk import act, said
from tests.trading import world

pytestmark = pytest.mark.django_db


def test_more_than_the_free_cash_is_refused_at_asking(admin_client: Client) -> None:
    account = world.make_account()
    poor = act(admin_client, account, "adjust", amount="-100000.01")
    assert "less free cash" in said(poor)[-1] and not HeldAct.objects.exists()
    assert AuditEvent.objects.latest("id").detail == {"refused": "INSUFFICIENT_CASH"}
    act(admin_client, account, "adjust", amount="-100000.00")
    assert HeldAct.objects.get().payload == {"amount_micros": -world.START}


def test_a_mistyped_identifier_keeps_the_dialog_and_its_reason(admin_client: Client) -> None:
    account = world.make_account()
    kept = act(admin_client, account, "halt", confirmation="acc_other", reason="a long thought")
    assert kept.status_code == 200 and "HX-Redirect" not in kept
    assert b"a long thought" in kept.content and account.public_id.encode() in kept.content
    assert PropAccount.objects.get().status == "active"
