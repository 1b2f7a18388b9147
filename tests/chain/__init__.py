"""A local EVM for the tests: anvil and solc from packages, prepared on demand, skipped where they cannot run.

A contract for tests is a file in `contracts/`: `chain.deploy("Name", *arguments)` finds it by its name. A conftest that
imports `chain` from `tests.chain.fixtures` gives its tests a chain of their own process.
"""
