"""Stateful tests of economy; what the machine asserts is told in full."""

import pytest

for _module in ("chains", "deposits", "life", "people"):
    pytest.register_assert_rewrite(f"tests.economy.machines.{_module}")
