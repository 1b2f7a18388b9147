"""Stateful tests of trading; what the machines assert is told in full."""

import pytest

pytest.register_assert_rewrite("tests.trading.machines.trading")
