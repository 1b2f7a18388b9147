"""A private PostgreSQL is started for the tests and leaves nothing behind."""

from pathlib import Path

import psycopg
import pytest

from pumpparty.runtime.postgres import private_server
from pumpparty.runtime.refusal import CannotStart


@pytest.mark.postgres
def test_a_private_server_runs_and_goes_away() -> None:
    try:
        with private_server() as url:
            folder = Path(url.partition("host=")[2])
            with psycopg.connect(url) as connection:
                row = connection.execute("SELECT 1 + 1").fetchone()
            assert row == (2,)
            assert folder.exists()
    except CannotStart as refusal:
        pytest.skip(str(refusal))
    assert not folder.exists()
