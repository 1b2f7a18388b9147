"""The chain for its own tests."""

from tests.chain.fixtures import chain

__all__ = ["chain"]
