"""Stateful tests of trading; what the machines assert is told in full."""

import pytest

for _module in ("checks", "life", "operators", "prices", "tape", "trader"):
    pytest.register_assert_rewrite(f"tests.trading.machines.{_module}")
