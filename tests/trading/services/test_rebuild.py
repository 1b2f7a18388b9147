"""The rebuild is silent on a clean history and names every column that was tampered with."""

import pytest

from apps.trading.models import PropAccount
from apps.trading.services import execution, marking, rebuild
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy() -> PropAccount:
    """An account with fills, funding and snapshots."""
    world.put_quote(dollars=100)
    account = world.make_account()
    for kind in ("open", "close", "open"):
        world.propose_action(account, kind)
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    account.refresh_from_db()
    return account


def test_f21_a_clean_history_is_rebuilt_as_stored(busy: PropAccount) -> None:
    assert [str(each) for each in rebuild.compare()] == []
