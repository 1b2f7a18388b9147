"""A local EVM for the tests: anvil and solc from packages, prepared on demand, skipped where they cannot run."""
